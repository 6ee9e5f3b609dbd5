"""The manifest: one typed table of rated videos, its checks, its splits, its card."""
