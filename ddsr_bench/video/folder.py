"""A folder of PNG or JPEG images as a clip."""

from __future__ import annotations

import os
import re
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import FOLDER_FPS, Frame, Plane, VideoInfo
from ddsr_bench.video.naming import shown

_PIX_FMTS = {(False, False): "rgb24", (False, True): "rgb48", (True, False): "gray", (True, True): "gray16"}
SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})


def list_images(folder: Path) -> list[Path]:
    """The images of a folder in natural order (``2.png`` before ``10.png``); hidden files are left aside.

    Raises:
        DdsrError: no image in the folder.
    """
    images = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
    if not images:
        raise DdsrError(f"{shown(folder)}: no PNG or JPEG images here; give a folder of frames or a video")
    return sorted(images, key=_natural)


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    """A sort key in which runs of digits count as numbers; the name itself breaks ties such as 1 and 01."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if index % 2 else (-1, part) for index, part in enumerate(parts)], path.name


def load_image(path: Path) -> Plane:
    """One image at its own depth: ``(H, W)`` where grey, else RGB ``(H, W, 3)``; uint8 or uint16, no alpha.

    Raises:
        DdsrError: not an image, or one of an unusual depth.
    """
    data = path.read_bytes()
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if _is_whole(data) else None
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise DdsrError(f"{shown(path)}: not an 8 or 16 bit PNG or JPEG image; export the frame again")
    if image.ndim == 2:
        return np.asarray(image)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2RGB if image.shape[2] == 4 else cv2.COLOR_BGR2RGB))


def _is_whole(data: bytes) -> bool:
    """Whether a PNG's chunks are all there with right sums, or a file starts as JPEG does.

    OpenCV prints to stderr about what fails here.
    """
    if data[:2] == b"\xff\xd8":
        return True
    at, kind = 8, b""
    while data[:8] == b"\x89PNG\r\n\x1a\n" and at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return False
        at = end
    return kind == b"IEND"


def to_rgb8(image: Plane) -> Frame:
    """8-bit RGB ``(H, W, 3)`` of a loaded image; 16 bit is divided by 257 and rounded."""
    if image.dtype == np.uint16:
        image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)) if image.ndim == 2 else image


def probe_folder(folder: Path, fps: Fraction | None) -> VideoInfo:
    """Describes a folder from its first image; ``fps`` defaults to ``FOLDER_FPS`` (24/1)."""
    images = list_images(folder)
    first = load_image(images[0])
    rate = fps or FOLDER_FPS
    deep, grey = first.dtype == np.uint16, first.ndim == 2
    return VideoInfo(
        path=folder,
        kind="folder",
        codec="png" if images[0].suffix.lower() == ".png" else "mjpeg",
        pix_fmt=_PIX_FMTS[grey, deep],
        width=first.shape[1],
        height=first.shape[0],
        frames=len(images),
        fps=rate,
        duration=float(len(images) / rate),
        matrix="gray" if grey else "rgb",
        matrix_tagged=True,
        full_range=True,
        rotation=0,
        bit_depth=16 if deep else 8,
        is_vfr=False,
        has_audio=False,
    )


def load_images(images: list[Path], threads: int | None) -> Iterator[Plane]:
    """Loads images in order, a few ahead on ``threads`` threads; all must have the size of the first.

    Raises:
        DdsrError: an image that cannot be read or that has another size, named.
    """
    workers = threads or min(4, os.cpu_count() or 1)
    ahead: deque[Future[Plane]] = deque()
    waiting = iter(images)
    size: tuple[int, ...] | None = None
    with ThreadPoolExecutor(workers) as pool:
        for path in images:
            while len(ahead) <= workers and (following := next(waiting, None)) is not None:
                ahead.append(pool.submit(load_image, following))
            image = ahead.popleft().result()
            size = size or image.shape[:2]
            _check_size(path, image, size, images[0])
            yield image


def _check_size(path: Path, image: Plane, size: tuple[int, ...], first: Path) -> None:
    if image.shape[:2] != size:
        here, there = (f"{s[1]}x{s[0]}" for s in (image.shape, size))
        raise DdsrError(f"{shown(path)}: {here}, but {first.name} is {there}; one folder must hold one size")
