"""From people's ratings to scores."""
