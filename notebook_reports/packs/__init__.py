"""Plan, run, export and compare packs of executed notebooks."""
