"""The full-reference measures once more, in float64 and by the letter of their definitions, to test ours against.

Nothing is shared with the package: plain convolutions of both pictures, MATLAB's conventions spelled out.
"""

import numpy as np
from scipy.signal import convolve2d


def gaussian(size, sigma):
    x = np.arange(size) - size // 2
    window = np.exp(-(x[:, None] ** 2 + x[None] ** 2) / (2 * sigma**2))
    return window / window.sum()


def ssim_parts(x, y):
    window, c1, c2 = gaussian(11, 1.5), 2.55**2, 7.65**2
    mean = [convolve2d(p, window, "valid") for p in (x, y)]
    var = [convolve2d(p * p, window, "valid") - m * m for p, m in zip((x, y), mean, strict=True)]
    cov = convolve2d(x * y, window, "valid") - mean[0] * mean[1]
    luminance = (2 * mean[0] * mean[1] + c1) / (mean[0] ** 2 + mean[1] ** 2 + c1)
    return luminance, (2 * cov + c2) / (var[0] + var[1] + c2)


def ssim(x, y):
    luminance, structure = ssim_parts(x, y)
    return (luminance * structure).mean()


def halved(x, mode):
    odd = [(0, side % 2) for side in x.shape]
    x = np.pad(x, odd, mode=mode)
    return (x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) / 4


def ms_ssim(x, y, combination="product"):
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
    terms = []
    for scale in range(5):
        luminance, structure = ssim_parts(x, y)
        terms.append(structure.mean() if scale < 4 else (luminance * structure).mean())
        x, y = halved(x, "symmetric"), halved(y, "symmetric")
    if combination == "sum":
        return (weights * terms).sum() / weights.sum()
    return np.prod(np.array(terms) ** weights)


def gmsd(x, y):
    prewitt = np.array([[1, 0, -1]] * 3) / 3
    size = []
    for picture in (x, y):
        small = halved(picture, "constant")
        size.append(np.hypot(convolve2d(small, prewitt, "same"), convolve2d(small, prewitt.T, "same")))
    similarity = (2 * size[0] * size[1] + 170) / (size[0] ** 2 + size[1] ** 2 + 170)
    return similarity.std(ddof=1)


def channel(var_x, var_y, cov, tol):
    var_x, var_y = np.maximum(var_x, 0), np.maximum(var_y, 0)
    gain = cov / (var_x + tol)
    noise = var_y - gain * cov
    gain[var_x < tol], noise[var_x < tol] = 0, var_y[var_x < tol]
    gain[var_y < tol], noise[var_y < tol] = 0, 0
    noise[gain < 0] = var_y[gain < 0]
    return np.maximum(gain, 0), np.maximum(noise, tol)


def vifp(y, x):
    kept = held = 0
    for width in (17, 9, 5, 3):
        window = gaussian(width, width / 5)
        if width < 17:
            x, y = (convolve2d(p, window, "valid")[::2, ::2] for p in (x, y))
        mean = [convolve2d(p, window, "valid") for p in (x, y)]
        var = [convolve2d(p * p, window, "valid") - m * m for p, m in zip((x, y), mean, strict=True)]
        gain, noise = channel(*var, convolve2d(x * y, window, "valid") - mean[0] * mean[1], 1e-10)
        kept += np.log10(1 + gain**2 * np.maximum(var[0], 0) / (noise + 2)).sum()
        held += np.log10(1 + np.maximum(var[0], 0) / 2).sum()
    return kept / held


def vif(y, x, bands):
    """By loops over vectors; ``bands`` (a function) is the package's pyramid, tested by itself."""
    kept = held = 0
    for level, (pair_y, pair_x) in enumerate(zip(bands(y, 4), bands(x, 4), strict=True)):
        for band_y, band_x in zip(pair_y, pair_x, strict=True):
            parts = _band_information(band_y, band_x, 2 ** (4 - level) + 1)
            kept, held = kept + parts[0], held + parts[1]
    return kept / held


def _band_information(y, x, width):
    rows, columns = (side // 3 for side in x.shape)
    x, y = x[: 3 * rows, : 3 * columns], y[: 3 * rows, : 3 * columns]
    every = np.lib.stride_tricks.sliding_window_view(x, (3, 3)).reshape(-1, 9)
    covariance = np.cov(every.T, bias=True)
    inverse, spread = np.linalg.inv(covariance), np.linalg.eigvalsh(covariance)
    half = width // 2
    wide_x, wide_y = (np.pad(p, half, mode="reflect") for p in (x, y))
    edge = -(-half // 3)
    kept = held = 0.0
    for row in range(edge, rows - edge):
        for column in range(edge, columns - edge):
            vector = x[3 * row : 3 * row + 3, 3 * column : 3 * column + 3].ravel()
            here = np.s_[3 * row + 1 : 3 * row + 1 + width, 3 * column + 1 : 3 * column + 1 + width]
            block_x, block_y = wide_x[here], wide_y[here]
            cov = (block_x * block_y).mean() - block_x.mean() * block_y.mean()
            gain, noise = channel(np.array([block_x.var()]), np.array([block_y.var()]), np.array([cov]), 1e-15)
            strength = vector @ inverse @ vector / 9
            kept += np.log2(1 + gain[0] ** 2 * strength * spread / (noise[0] + 0.4)).sum()
            held += np.log2(1 + strength * spread / 0.4).sum()
    return kept, held
