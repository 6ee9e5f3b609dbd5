"""Upscaling without learning: the eleven conditions of the open dataset, from nearest neighbour to multi-frame SR."""

from __future__ import annotations

#: The methods of the open dataset, from the simplest on.
CONDITIONS = (
    "nearest",
    "bilinear",
    "bicubic",
    "lanczos",
    "bicubic-unsharp",
    "steering-kernel",
    "nlm-lanczos",
    "wiener",
    "back-projection",
    "flow-fusion",
    "btv",
)
