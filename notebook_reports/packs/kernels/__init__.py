"""Warm kernels: a fresh process per report, forked from a parent that has imported the stack."""
