"""Statistics that know nothing of the NHS: arrays in, frozen results out."""
