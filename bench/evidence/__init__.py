"""Simulations that the reports print: how often a method is right, and in which worlds."""
