"""Importing rated datasets that people already have: one file a layout, each a function from label files to labels."""
