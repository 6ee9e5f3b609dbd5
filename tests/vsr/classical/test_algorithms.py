"""Each algorithm against what its paper promises."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from conftest import moving_scene

from ddsr_bench.vsr.classical.back_projection import SIGMA, project_back
from ddsr_bench.vsr.classical.btv import descend
from ddsr_bench.vsr.classical.denoised import nlm_lanczos
from ddsr_bench.vsr.classical.fusion import fuse, make_flow_fusion
from ddsr_bench.vsr.classical.motion import Motion, warp_enlarged
from ddsr_bench.vsr.classical.pixels import noise_level, to_float
from ddsr_bench.vsr.classical.resize import blur, enlarge, shrink
from ddsr_bench.vsr.classical.simple import bicubic, bicubic_unsharp, lanczos
from ddsr_bench.vsr.classical.steering_kernel import steering_kernel
from ddsr_bench.vsr.classical.wiener import wiener


def noisy(clip, sigma, seed=0):
    drawn = np.random.default_rng(seed).normal(0, sigma, clip.shape)
    return np.clip(np.rint(clip + drawn), 0, 255).astype(np.uint8)


def grey(values):
    return np.repeat(np.rint(values).astype(np.uint8)[..., None], 3, 2)


def step(height=40, width=60):
    """A soft upright edge, 60 to 180."""
    x = np.arange(width)
    return grey(np.tile(60 + 120 / (1 + np.exp(-(x - width / 2 + 0.5) / 0.5)), (height, 1)))


def test_back_projection_agrees_with_its_input_more_at_every_step():
    low = to_float(moving_scene(1, 64, 48)[0])
    left = []
    for steps in range(6):
        high = project_back(enlarge(low, 3), low, 3, steps, 1.0)
        left.append(np.abs(shrink(high, 3, SIGMA * 3) - low).mean())
    assert all(later < 0.8 * earlier for earlier, later in pairwise(left))


def objective(picture, target, weights, sigma, prior):
    """Farsiu et al., eq. 22, written out: every shift of P = 2 once, alpha = .7."""
    value = (np.abs(blur(picture, sigma) - target) * weights).sum()
    wide = np.pad(picture, 2, mode="symmetric")
    height, width = picture.shape
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            if 0 < abs(dy) + abs(dx) <= 2:
                there = wide[2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width]
                value += prior / 2 * 0.7 ** (abs(dy) + abs(dx)) * np.abs(picture - there).sum()
    return value


@pytest.mark.parametrize("prior", [0.02, 0.1, 0.4])
def test_btv_descends_its_objective(prior):
    target = noisy(step(), 6)[..., 0].astype(np.float32)
    weights = np.random.default_rng(1).uniform(0.2, 1, target.shape).astype(np.float32)
    made = descend(target, weights, 1.0, prior)
    before, after = (objective(one, target, weights / weights.max(), 1.0, prior) for one in (target, made))
    assert after < 0.95 * before


def test_btv_flattens_noise_and_keeps_the_edge():
    clean, dirty = (one[..., 0].astype(np.float32) for one in (step(), noisy(step(), 6)))
    made = descend(dirty, np.ones_like(dirty), 0.9, 0.2)
    assert made[:, 4:24].std() < 0.4 * dirty[:, 4:24].std()
    rise = made.mean(0)[31] - made.mean(0)[28]
    assert rise > 0.9 * (clean.mean(0)[31] - clean.mean(0)[28])


def test_fusion_of_a_still_clip_is_nearly_the_mean_of_five():
    """1 / sqrt(5) = .447 at best; flow that follows the noise and wary weights cost some of it."""
    still = np.repeat(moving_scene(1, 96, 80, seed=3), 5, axis=0)
    dirty = noisy(still, 8)
    fused, weights = fuse(Motion(), list(dirty), 2, 2)
    alone, clean = (enlarge(to_float(clip[2]), 2) for clip in (dirty, still))
    ratio = np.std(fused - clean) / np.std(alone - clean)
    assert 1 / np.sqrt(5) < ratio < 0.6
    assert 4 < weights.mean() <= 5


def test_fusion_leaves_out_what_does_not_fit():
    scene = list(moving_scene(5, 64, 48))
    strange = [*scene[:3], 255 - scene[3], np.zeros_like(scene[4])]
    upscale = make_flow_fusion(2)
    apart = np.abs(upscale(strange, 2).astype(int) - make_flow_fusion(2)(scene[:3], 2))
    assert np.median(apart) <= 1
    assert apart.mean() < 1.5


def test_warping_puts_a_neighbour_on_the_output_grid_of_the_frame():
    clip = moving_scene(2, 96, 64, speed=1.4)
    fetched, trust = warp_enlarged(to_float(clip[1]), Motion().flow(clip[0], clip[1]), 3)
    here = enlarge(to_float(clip[0]), 3)
    inner = (slice(30, -30), slice(30, -30))
    assert (
        np.abs(fetched[inner] - here[inner]).mean() < 0.4 * np.abs(enlarge(to_float(clip[1]), 3) - here)[inner].mean()
    )
    assert fetched.shape == (192, 288, 3)
    assert (trust.min(), trust.shape) == (0, (192, 288))  # what has left the frame at the side


def test_unsharp_and_wiener_make_an_edge_steeper():
    rise = {}
    for one in (bicubic, bicubic_unsharp, wiener):
        row = one(step(), 2)[40, :, 0].astype(int)
        rise[one.__name__] = np.diff(row).max()
    assert rise["bicubic_unsharp"] > 1.2 * rise["bicubic"]
    assert rise["wiener"] > 1.2 * rise["bicubic"]


def test_wiener_rings_beside_a_hard_edge():
    hard = grey(np.where(np.arange(60) < 30, 60.0, 180.0) * np.ones((40, 1)))
    over = {one.__name__: int(one(hard, 2)[..., 0].max()) - 180 for one in (bicubic, wiener)}
    assert over["bicubic"] <= 10
    assert over["bicubic"] + 5 < over["wiener"] < 60


def test_wiener_gives_a_wave_the_gain_of_the_formula():
    """12 cycles in 96 columns, a quarter of the LR picture's Nyquist frequency; mirrored borders keep it whole."""
    x = np.arange(96)
    low = grey(np.tile(128 + 60 * np.cos(2 * np.pi * 12 * (x + 0.5) / 96), (32, 1)))
    sigma = 0.45
    response = np.exp(-2 * (np.pi * sigma / 8) ** 2)
    expected = response / (response**2 + 4e-3 / 16)
    before, after = (np.ptp(one(low, 2)[20:44, 40:-40, 1].astype(float), axis=1).mean() for one in (bicubic, wiener))
    assert noise_level(low[..., 0].astype(np.float32)) == 0
    assert after / before == pytest.approx(expected, rel=0.015)


def test_wiener_sharpens_less_where_there_is_noise():
    flat = np.full((64, 64, 3), 128, np.uint8)
    mild, strong = (noisy(flat, sigma) for sigma in (2, 25))
    gain = [wiener(one, 2).mean(-1).std() / bicubic(one, 2).mean(-1).std() for one in (mild, strong)]
    assert gain[1] < 0.85 * gain[0]


def test_non_local_means_follows_the_noise():
    flat = np.full((64, 64, 3), 128, np.uint8)
    for sigma, most in ((3, 0.5), (10, 0.3), (20, 0.25)):
        dirty = noisy(flat, sigma)
        quiet, plain = (one(dirty, 2)[16:-16, 16:-16].mean(-1).std() for one in (nlm_lanczos, lanczos))
        assert quiet < most * plain
    clean = moving_scene(1, 64, 48)[0]
    assert np.abs(nlm_lanczos(clean, 2, strength=0.0).astype(int) - lanczos(clean, 2)).max() <= 1


def stairs(picture):
    """How far the line of grey 128 strays from a straight one, in pixels, standard deviation."""
    rows = []
    for column in picture[:, 24:-24, 1].T.astype(float) - 128:
        above = int(np.nonzero((column[:-1] < 0) & (column[1:] >= 0))[0][0])
        rows.append(above - column[above] / (column[above + 1] - column[above]))
    places = np.arange(len(rows))
    return np.std(rows - np.polyval(np.polyfit(places, rows, 1), places))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("slope", [0.4, 0.5774])
def test_steering_kernels_smooth_the_stairs_of_slanted_edges(scale, slope):
    """At 22 and 30 degrees; flatter edges are beyond the kernels' reach."""
    y, x = np.mgrid[0 : 80 * scale, 0 : 60 * scale]
    high = 128 + 90 * np.tanh(((y - slope * x) / scale - 15) / 0.3)
    low = grey(cv2.resize(high.astype(np.float32), (60, 80), interpolation=cv2.INTER_AREA))
    assert stairs(steering_kernel(low, scale)) < 0.75 * stairs(bicubic(low, scale))
