"""Parameterised notebooks made into packs of accessible pages, whatever they are about."""
