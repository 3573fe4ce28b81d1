"""Statistics of comparing institutions and of policy change: frames in, frozen results out."""
