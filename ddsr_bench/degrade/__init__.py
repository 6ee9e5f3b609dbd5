"""The generator: a spec is drawn into a recipe (``sampling``), a recipe is applied to frames (``pipeline``).

Each stage is one file under ``stages/``, each preset one TOML file under ``presets/``.
"""
