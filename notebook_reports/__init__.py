"""Parameterised notebooks made into packs of accessible pages, whatever they are about."""

__version__ = "0.7.0"
