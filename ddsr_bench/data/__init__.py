"""Datasets: finding clips, generating LR/HR pairs, writing tables and cards that ``datasets`` opens."""
