"""The report's figures, a module for each; matplotlib is imported only when one is drawn."""
