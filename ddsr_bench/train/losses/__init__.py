"""Losses: pure functions of tensors, one file each, computed in float32 or finer whatever comes in."""
