"""The two forms in which a frame travels, the way between them, and tone curves.

* ``uint8 (H, W, 3)``: what cameras, codecs and files hold;
* ``float32 (3, H, W)`` in [0, 1], planar: what filters and noise work on. Values may leave [0, 1] between
  stages (ringing, noise) and are clipped only where they become bytes, as in the published pipelines.
"""

from __future__ import annotations

import cv2
import numpy as np

from ddsr_bench.degrade.stage import Frame


def to_float(frame: Frame) -> Frame:
    """Planar float32 in [0, 1] of a frame in either form; a float frame is returned as it is."""
    if frame.dtype != np.uint8:
        return frame
    height, width = frame.shape[:2]
    planes = np.empty((3, height, width), np.float32)
    for plane, channel in zip(planes, cv2.split(frame), strict=True):
        np.multiply(channel, np.float32(1 / 255), out=plane)
    return planes


def to_uint8(frame: Frame) -> Frame:
    """``uint8 (H, W, 3)``, rounded to nearest and clipped, of a frame in either form."""
    if frame.dtype == np.uint8:
        return frame
    return np.asarray(cv2.merge([quantise(plane) for plane in frame]))


def quantise(plane: Frame) -> Frame:
    """``uint8`` of a float plane in [0, 1], rounded and clipped."""
    # convertScaleAbs rounds and saturates at the top; below zero it would take the absolute value.
    _, positive = cv2.threshold(plane, 0.0, 0.0, cv2.THRESH_TOZERO)
    return np.asarray(cv2.convertScaleAbs(positive, None, 255))


def clip_unit(frame: Frame) -> Frame:
    """Clip a contiguous float32 array to [0, 1] in place and return it; four times as fast as ``np.clip``."""
    flat = frame.reshape(-1, frame.shape[-1])
    cv2.threshold(flat, 1.0, 0.0, cv2.THRESH_TRUNC, dst=flat)
    cv2.threshold(flat, 0.0, 0.0, cv2.THRESH_TOZERO, dst=flat)
    return frame


def size(frame: Frame) -> tuple[int, int]:
    """(height, width) of a frame in either form."""
    return (frame.shape[0], frame.shape[1]) if frame.dtype == np.uint8 else (frame.shape[1], frame.shape[2])
