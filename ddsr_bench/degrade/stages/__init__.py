"""The stages, one file each; :func:`ddsr_bench.degrade.stage.get_stage` finds them by name."""
