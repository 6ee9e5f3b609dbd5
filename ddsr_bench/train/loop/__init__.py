"""The loop that all recipes are trained by: plain PyTorch, exact to go on with, the same on one process and on many."""
