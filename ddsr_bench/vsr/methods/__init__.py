"""One file a method, each holding ``METHOD``; its facts are in ``baselines/vsr/<name>.toml``."""
