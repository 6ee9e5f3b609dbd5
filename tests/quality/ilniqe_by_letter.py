"""ILNIQE once more, in float64 and by the letter of its authors' MATLAB release, to test ours against.

Nothing is shared with the package but the rule for flat regions: dense windows, one block and one sample set at a
time, root finding by Brent as in MATLAB's ``wblfit``. Blocks are in MATLAB's order for ours, row by row.
"""

import math

import numpy as np
from scipy.ndimage import correlate
from scipy.optimize import brentq
from scipy.signal import convolve2d
from scipy.special import gamma

EPS = np.finfo(float).eps
GRID = np.arange(200, 10001) / 1000
TABLE = gamma(2 / GRID) ** 2 / (gamma(1 / GRID) * gamma(3 / GRID))
NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))


def cubic(d):
    d = abs(d)
    if d <= 1:
        return 1.5 * (d * d * d) - 2.5 * (d * d) + 1
    return -0.5 * (d * d * d) + 2.5 * (d * d) - 4 * d + 2 if d <= 2 else 0.0


def resize_line(line, size):
    """One row or column, samples counted from 1; bytes in, bytes out."""
    scale, count = size / len(line), len(line)
    shrink, result = min(scale, 1.0), []
    for x in range(1, size + 1):
        centre = x / scale + 0.5 * (1 - 1 / scale)
        first = math.floor(centre - 2 / shrink)
        places = range(first, first + math.ceil(4 / shrink) + 2)
        weights = [shrink * cubic(shrink * (centre - place)) for place in places]
        mirrored = [(place - 1) % (2 * count) for place in places]
        samples = [line[place if place < count else 2 * count - 1 - place] for place in mirrored]
        total = sum(weight / sum(weights) * sample for weight, sample in zip(weights, samples, strict=True))
        result.append(min(max(math.floor(total + 0.5), 0), 255))
    return result


def resize(plane, size):
    """The axis with the smaller scale first, rounded in between."""
    for axis in (0, 1) if plane.shape[0] >= plane.shape[1] else (1, 0):
        lines = np.moveaxis(plane, axis, -1).astype(float)
        plane = np.moveaxis(np.array([resize_line(line, size) for line in lines]), -1, axis)
    return plane


def aggd(x):
    left, right = np.sqrt(np.mean(x[x < 0] ** 2)), np.sqrt(np.mean(x[x > 0] ** 2))
    r = left / right
    target = np.mean(np.abs(x)) ** 2 / np.mean(x**2) * (r**3 + 1) * (r + 1) / (r**2 + 1) ** 2
    alpha = GRID[np.argmin((TABLE - target) ** 2)]
    factor = np.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
    return alpha, left * factor, right * factor


def weibull(x):
    logs = np.log(x)
    top, extent = logs.max(), np.ptp(logs)
    z = (logs - top) / extent
    s = brentq(lambda s: s + z.mean() - np.sum(z * np.exp(z / s)) / np.sum(np.exp(z / s)), 1e-3, 10, xtol=1e-13)
    return math.exp(extent * s * math.log(np.mean(np.exp(z / s))) + top), 1 / (extent * s)


def block_features(maps):
    """234 features of one block, (109, side, side)."""
    alpha, left, right = aggd(maps[0].ravel())
    features = [alpha, (left + right) / 2]
    for shift in NEIGHBOURS:
        alpha, left, right = aggd((maps[0] * np.roll(maps[0], shift, (0, 1))).ravel())
        features += [alpha, (right - left) * gamma(2 / alpha) / gamma(1 / alpha), left, right]
    features += [value for part in maps[1:4] for value in weibull(part.ravel())]
    features += [value for part in maps[4:7] for value in (part.mean(), part.var(ddof=1))]
    for part in maps[7:85]:
        alpha, left, right = aggd(part.ravel())
        features += [alpha, (left + right) / 2]
    return features + [value for part in maps[85:] for value in weibull(part.ravel())]


def log_gabors(side, shortest):
    line = np.arange(-side // 2, side // 2) / side
    x, y = np.meshgrid(line, line)
    radius, angle = np.fft.ifftshift(np.sqrt(x**2 + y**2)), np.fft.ifftshift(np.arctan2(-y, x))
    radius[0, 0] = 1
    for wave in range(3):
        band = np.exp(-(np.log(radius * shortest * 1.31**wave) ** 2) / (2 * np.log(0.55) ** 2))
        band[0, 0] = 0
        for orientation in range(4):
            centre = orientation * np.pi / 4
            sine = np.sin(angle) * np.cos(centre) - np.cos(angle) * np.sin(centre)
            cosine = np.cos(angle) * np.cos(centre) + np.sin(angle) * np.sin(centre)
            yield band * np.exp(-(np.arctan2(sine, cosine) ** 2) / (2 * (np.pi / 4 / 1.1) ** 2))


def composite(colours, planes, scale):
    """The 109 maps of one scale."""
    window = gaussian(5, 5 / 6)
    mean = correlate(colours[2], window, mode="nearest")
    sigma = np.sqrt(np.abs(correlate(colours[2] ** 2, window, mode="nearest") - mean**2))
    apart = np.where(np.abs(colours[2] - mean) < 1e-6, 0, colours[2] - mean)
    width = 1.66 / scale**0.28
    y, x = np.mgrid[-5:6, -5:6]
    bell = np.exp(-(x**2 + y**2) / 2 / width / width)

    def slopes(plane):
        pair = [convolve2d(plane, kernel * bell, "same") for kernel in (x, y)]
        return [np.where(np.abs(slope) < 1e-9, 0, slope) for slope in pair]

    def magnitude(pair):
        return np.sqrt(pair[0] ** 2 + pair[1] ** 2) + EPS

    pairs = [slopes(colour) for colour in colours]
    logs = [np.log(plane + 1e-5) for plane in planes]
    r, g, b = (log - log.mean() for log in logs)
    spectrum = np.fft.fft2(colours[2])
    responses = [np.fft.ifft2(spectrum * f) for f in log_gabors(len(colours[2]), 2.4 / scale**0.87)]
    parts = [part for response in responses for part in (response.real, response.imag)]
    more = [slopes(part) for part in parts]
    maps = [apart / (sigma + 1), *map(magnitude, pairs)]
    maps += [(r + g + b) / np.sqrt(3), (r + g - 2 * b) / np.sqrt(6), (r - g) / np.sqrt(2)]
    maps += [slope for pair in pairs for slope in pair] + parts
    return np.array(maps + [slope for pair in more for slope in pair] + [magnitude(pair) for pair in more])


def gaussian(size, sigma):
    x = np.arange(size) - (size - 1) / 2
    window = np.exp(-(x[:, None] ** 2 + x[None] ** 2) / (2 * sigma**2))
    return window / window.sum()


def halve(plane):
    height, width = plane.shape
    padded = np.pad(plane, ((2, 3), (2, 3)), "edge")
    window = gaussian(6, 0.9)
    smooth = sum(window[i, j] * padded[i : i + height, j : j + width] for i in range(6) for j in range(6))
    return smooth[::2, ::2]


def features(planes, chosen):
    """Features of some of the 36 blocks, by number, of resized R, G, B cut to 504x504: (blocks, 468)."""
    r, g, b = planes
    colours = [0.3 * r + 0.04 * g - 0.35 * b, 0.34 * r - 0.6 * g + 0.17 * b, 0.06 * r + 0.63 * g + 0.27 * b]
    rows = [[] for _ in chosen]
    for scale in (1, 2):
        maps, side = composite(colours, planes, scale), 84 // scale
        for row, number in zip(rows, chosen, strict=True):
            top, left = number // 6 * side, number % 6 * side
            row += block_features(maps[:, top : top + side, left : left + side])
        colours, planes = [halve(c) for c in colours], [halve(p) for p in planes]
    return np.array(rows)


def distance(features, mean, covariance, centre, axes):
    """Of features that are all finite."""
    projected = (features - centre) @ axes
    pooled = (covariance + np.cov(projected, rowvar=False)) / 2
    inverse = np.linalg.pinv(pooled, rcond=len(pooled) * np.finfo(float).eps)
    return np.mean([np.sqrt((row - mean) @ inverse @ (row - mean)) for row in projected])
