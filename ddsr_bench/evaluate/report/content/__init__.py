"""The report's words and tables, a module for each section."""
