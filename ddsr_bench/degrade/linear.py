"""Blur and blur + resize of a planar float frame, by the cheapest of several exact routes.

A kernel is first trimmed of rows and columns that hold next to nothing and split into separable terms by its
singular value decomposition; what is dropped sums to at most :data:`TOLERANCE` in absolute value, so no sample
moves by more than ``TOLERANCE`` of the frame's range (a quarter of a grey level). Then, by estimated cost:

* one or few terms, no resize: separable filtering;
* small kernels: direct filtering;
* large kernels of high rank: one product in the Fourier domain;
* a resize behind it: each term's taps and the resize's weights are multiplied into one banded matrix per axis,
  and the frame is taken through both as dense blocks (BLAS), so only the samples that are kept are computed.

Borders are mirrored without repeating the edge sample (OpenCV's default) for blurs; the resize clamps or mirrors as
its mode says.
"""

from __future__ import annotations

import functools
import math
from contextlib import AbstractContextManager
from typing import Any

import cv2
import numpy as np

from ddsr_bench.degrade import fourier, resample

Array = np.ndarray[Any, np.dtype[Any]]
TOLERANCE = 1e-3
# Nanoseconds a sample, measured on one core at 720p; only their order matters.
_DIRECT, _SEPARABLE, _FOURIER, _GEMM = 0.09, 0.2, 7.5, 0.1


def blur(frame: Array, kernel: Array) -> Array:
    """Correlate each plane with ``kernel``.

    Args:
        frame: float32 (3, H, W).
        kernel: float64 (k, k), k odd.

    Returns:
        float32 (3, H, W), within :data:`TOLERANCE` of ``cv2.filter2D``.
    """
    return _blur(frame, trim(kernel), None)


def _blur(frame: Array, kernel: Array, terms: list[tuple[Array, Array]] | None) -> Array:
    if kernel.shape == (1, 1):
        return frame if kernel[0, 0] == 1 else np.asarray(frame * np.float32(kernel[0, 0]))
    terms = terms or separate(kernel)
    area, (rows, columns) = frame[0].size, kernel.shape
    route = _cheapest(area, rows, columns, len(terms))
    planes = np.empty_like(frame)
    if route == "fourier":
        return fourier.correlate(frame, kernel)
    for source, target in zip(frame, planes, strict=True):
        if route == "direct":
            cv2.filter2D(source, cv2.CV_32F, kernel, dst=target)
        else:
            _separable(source, target, terms)
    return planes


def blur_resize(frame: Array, kernel: Array | None, size: tuple[int, int], mode: str) -> Array:
    """Correlate with ``kernel`` (None: no blur), then resize to ``size`` (height, width) by ``mode``.

    float32 (3, H, W) -> float32 (3, *size); equal to the two steps one after the other within
    :data:`TOLERANCE`. See :mod:`ddsr_bench.degrade.resample` for the modes.
    """
    height, width = frame.shape[1:]
    if kernel is not None:
        kernel = trim(kernel)
        kernel = None if kernel.shape == (1, 1) and kernel[0, 0] == 1 else kernel
    if size == (height, width) and mode != "decimate":
        return frame if kernel is None else blur(frame, kernel)
    if kernel is None:
        return _resize(frame, size, mode)
    terms = separate(kernel)
    grows = size[0] > height or size[1] > width
    if mode == "nearest" or (mode == "area" and grows):
        # These jump from sample to sample where a product rounds one way or the other: OpenCV's own rounding counts.
        return _resize(_blur(frame, kernel, terms), size, mode)
    fused = _fused_cost(frame.shape[1:], size, kernel.shape, mode) * len(terms)
    two_steps = _blur_cost(height * width, kernel.shape, len(terms)) + _resize_cost((height, width), size, mode)
    if fused > two_steps:
        return _resize(_blur(frame, kernel, terms), size, mode)
    return _fused(frame, terms, size, mode)


def trim(kernel: Array, tolerance: float = TOLERANCE / 4) -> Array:
    """Drop outer rows and columns whose absolute values sum to at most ``tolerance`` in all; keeps the sum."""
    kernel = np.asarray(kernel, np.float64)
    total, spent = kernel.sum(), 0.0
    rows, columns = kernel.shape
    top = left = 0
    while rows - 2 * top > 1 or columns - 2 * left > 1:
        inner = kernel[top : rows - top, left : columns - left]
        ends = [np.abs(inner[[0, -1]]).sum(), np.abs(inner[:, [0, -1]]).sum()]
        ends = [np.inf if inner.shape[axis] == 1 else end for axis, end in enumerate(ends)]
        axis = int(np.argmin(ends))
        if spent + ends[axis] > tolerance:
            break
        spent += ends[axis]
        top, left = top + (axis == 0), left + (axis == 1)
    inner = kernel[top : rows - top, left : columns - left]
    return np.asarray(inner * (total / inner.sum())) if spent else inner


def separate(kernel: Array, tolerance: float = TOLERANCE / 2) -> list[tuple[Array, Array]]:
    """Fewest (column, row) pairs whose outer products sum to ``kernel`` within ``tolerance`` (sum of |error|)."""
    column, row = kernel.sum(axis=1), kernel.sum(axis=0) / kernel.sum()
    if np.abs(kernel - np.outer(column, row)).sum() <= tolerance:
        return [(column, row)]
    u, s, v = np.linalg.svd(kernel)
    rest = kernel.copy()
    terms: list[tuple[Array, Array]] = []
    for rank, value in enumerate(s):
        column, row = u[:, rank] * np.sqrt(value), v[rank] * np.sqrt(value)
        terms.append((column, row))
        rest -= np.outer(column, row)
        if np.abs(rest).sum() <= tolerance:
            break
    return terms


def _costs(area: int, rows: int, columns: int, rank: int) -> dict[str, float]:
    return {
        "direct": area * _DIRECT * rows * columns,
        "separable": area * rank * (_SEPARABLE * (rows + columns) + (0.4 if rank > 1 else 0)),
        "fourier": area * _FOURIER,
    }


def _cheapest(area: int, rows: int, columns: int, rank: int) -> str:
    costs = _costs(area, rows, columns, rank)
    return min(costs, key=lambda name: costs[name])


def _blur_cost(area: int, shape: tuple[int, ...], rank: int) -> float:
    return min(_costs(area, shape[0], shape[1], rank).values())


def _resize_cost(shape: tuple[int, int], size: tuple[int, int], mode: str) -> float:
    before, after = shape[0] * shape[1], size[0] * size[1]
    if mode != "area":
        return 3.0 * after
    # OpenCV's area average is scalar code at factors that are not whole.
    direct = 1.4 * before + 5.7 * math.sqrt(before * after)
    return min(direct, _fused_cost(shape, size, (1, 1), mode))


def _separable(source: Array, target: Array, terms: list[tuple[Array, Array]]) -> None:
    column, row = terms[0]
    cv2.sepFilter2D(source, cv2.CV_32F, row, column, dst=target)
    for column, row in terms[1:]:
        cv2.add(target, cv2.sepFilter2D(source, cv2.CV_32F, row, column), dst=target)


def _resize(frame: Array, size: tuple[int, int], mode: str) -> Array:
    flags = {
        "nearest": cv2.INTER_NEAREST,
        "bilinear": cv2.INTER_LINEAR,
        "bicubic": cv2.INTER_CUBIC,
        "lanczos": cv2.INTER_LANCZOS4,
        "area": cv2.INTER_AREA,
    }
    shape = (frame.shape[1], frame.shape[2])
    whole = mode == "area" and shape[0] % size[0] == 0 and shape[1] % size[1] == 0
    shrinks = mode == "area" and not whole and size[0] < shape[0] and size[1] < shape[1]
    slow = shrinks and _fused_cost(shape, size, (1, 1), mode) <= _resize_cost(shape, size, mode)
    if mode not in flags or slow:
        return _fused(frame, [(np.ones(1), np.ones(1))], size, mode)
    result = np.empty((len(frame), *size), np.float32)
    for source, target in zip(frame, result, strict=True):
        cv2.resize(source, size[::-1], dst=target, interpolation=flags[mode])
    return result


def _fused_cost(shape: tuple[int, ...], size: tuple[int, int], kernel: tuple[int, ...], mode: str) -> float:
    spans = []
    for n_in, n_out, taps in zip(shape, size, kernel, strict=True):
        block = min(_block(n_in, n_out), n_out)
        spans.append(block * n_in / n_out + taps + 8 * max(1.0, n_in / n_out if "matlab" in mode else 1.0))
    vertical = size[0] * spans[0] * shape[1]
    horizontal = size[0] * spans[1] * size[1]
    return (vertical + horizontal) * _GEMM + shape[0] * shape[1] * 0.3


def _fused(frame: Array, terms: list[tuple[Array, Array]], size: tuple[int, int], mode: str) -> Array:
    height, width = frame.shape[1:]
    shrinks = size[0] <= height and size[1] <= width
    vertical = _blocks([term[0] for term in terms], height, size[0], mode, shrinks)
    horizontal = _blocks([term[1] for term in terms], width, size[1], mode, shrinks)
    rows, columns = len(terms[0][0]) // 2, len(terms[0][1]) // 2
    result = np.empty((len(frame), *size), np.float32)
    middle = np.empty((len(terms), size[0], width + 2 * columns), np.float32)
    with _one_thread():
        for source, target in zip(frame, result, strict=True):
            padded = source
            if rows or columns:
                padded = cv2.copyMakeBorder(source, rows, rows, columns, columns, cv2.BORDER_REFLECT_101)
            for start, stop, first, matrices in vertical:
                np.matmul(matrices, padded[first : first + matrices.shape[2]], out=middle[:, start:stop])
            for start, stop, first, matrices in horizontal:
                part = middle[:, :, first : first + matrices.shape[2]]
                block = target[:, start:stop]
                np.matmul(part[0], matrices[0].T, out=block)
                for rank in range(1, len(terms)):
                    block += part[rank] @ matrices[rank].T
    return result


def _one_thread() -> AbstractContextManager[Any]:
    """OpenBLAS rounds products otherwise when it shares them out among threads."""
    limit: AbstractContextManager[Any] = _pools().limit(limits=1, user_api="blas")
    return limit


@functools.cache
def _pools() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _block(n_in: int, n_out: int) -> int:
    # Small blocks hold fewer zeros, large ones need fewer calls.
    return 16 if n_out < 0.7 * n_in else 24


def _blocks(taps: list[Array], n_in: int, n_out: int, mode: str, shrinks: bool) -> list[tuple[int, int, int, Array]]:
    """Dense pieces (start, stop, first input sample, float32 (terms, outputs, inputs)) of the banded matrices."""
    index, weight = resample.weights(mode, n_in, n_out, shrinks)
    base, banded = _compose(index, weight, np.stack(taps))
    block = _block(n_in, n_out)
    width = banded.shape[2]
    pieces = []
    for start in range(0, n_out, block):
        stop = min(start + block, n_out)
        offset = base[start:stop] - base[start:stop].min()
        first = int(base[start:stop].min())
        dense = np.zeros((len(taps), stop - start, int(offset.max()) + width), np.float32)
        row, column = np.arange(stop - start)[:, None], offset[:, None] + np.arange(width)
        dense[:, row, column] = banded[:, start:stop]
        pieces.append((start, stop, first, dense))
    return pieces


def _compose(index: Array, weight: Array, taps: Array) -> tuple[Array, Array]:
    """Weights of blur-then-resample on the padded input: (first sample (n,), float64 (terms, n, width))."""
    base = index.min(axis=1)
    spread = int((index - base[:, None]).max())
    base = np.minimum(base, index.max() - spread)
    length = taps.shape[1]
    banded = np.zeros((len(taps), len(index), spread + length))
    rows = np.arange(len(index))[:, None]
    for tap in range(index.shape[1]):
        columns = (index[:, tap] - base)[:, None] + np.arange(length)
        banded[:, rows, columns] += weight[:, tap, None] * taps[:, None, :]
    return base, banded


@functools.lru_cache(maxsize=1)
def single_thread() -> None:
    """Tell OpenCV to stay on this thread: results and times then do not depend on the machine's load."""
    cv2.setNumThreads(1)
