"""Quality measures, one module each; what a module offers is its ``METRIC``."""
