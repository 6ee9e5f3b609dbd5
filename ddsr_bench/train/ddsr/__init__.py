"""Recipes of DDSR: data made by the generator while training goes on, losses, validation, export."""
