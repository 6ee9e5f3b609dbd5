"""Training: losses, one loop for all recipes, and the recipes of RW-VSR-QA and DDSR."""
