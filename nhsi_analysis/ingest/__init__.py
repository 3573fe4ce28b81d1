"""Readers from the publishers' own files to the shape of the tables."""
