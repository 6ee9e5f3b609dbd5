"""Drawing recipes: inside the ranges, addressed, and with the published shares."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.degrade.recipe import ClipInfo, Recipe
from ddsr_bench.degrade.sampling import keep_order, sample
from ddsr_bench.degrade.spec import load_preset, parse_spec, preset_names
from ddsr_bench.degrade.values import Range, parse_value
from ddsr_bench.degrade.walk import published_walk, reflect, smooth_drift
from ddsr_bench.errors import DdsrError

CLIP = ClipInfo(id="a", width=640, height=360, frames=12, fps="24")


def draws(preset, count=400):
    spec = load_preset(preset)
    return [sample(spec, seed, CLIP, 4) for seed in range(count)]


@pytest.mark.parametrize("name", preset_names())
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_presets_draw_valid_recipes_that_survive_json(name, scale):
    spec = load_preset(name)
    for seed in range(20):
        recipe = sample(spec, seed, CLIP, scale)
        again = Recipe.from_json(recipe.to_json())
        assert again == recipe
        assert again.to_json() == recipe.to_json()


def test_the_address_decides_not_the_order():
    spec = load_preset("realbasicvsr")
    first = [sample(spec, 7, CLIP.model_copy(update={"id": name}), 4) for name in "abc"]
    second = [sample(spec, 7, CLIP.model_copy(update={"id": name}), 4) for name in "cba"][::-1]
    assert first == second
    assert len({recipe.seed for recipe in first}) == 3
    assert sample(spec, 7, CLIP, 4, variant=1) != first[0]
    assert sample(spec, 8, CLIP, 4) != first[0]


def test_realbasicvsr_draws_the_published_shares():
    recipes = draws("realbasicvsr", 700)
    firsts = [recipe.stages[1].params for recipe in recipes]
    shares = Counter(params["shape"] for params in firsts)
    published = {"iso": 0.405, "aniso": 0.225, "generalized_iso": 0.108, "plateau_iso": 0.108, "sinc": 0.1}
    for shape, share in published.items():
        error = 4 * math.sqrt(share * (1 - share) / len(recipes))
        assert shares[shape] / len(recipes) == pytest.approx(share, abs=error)
    sizes = Counter(params["size"] for params in firsts)
    assert set(sizes) == set(range(7, 22, 2))
    assert max(sizes.values()) / min(sizes.values()) < 2
    second_blur = sum(any(stage.key == "6" for stage in recipe.stages) for recipe in recipes) / len(recipes)
    assert second_blur == pytest.approx(0.8, abs=0.06)
    codecs = Counter(stage.params["codec"] for recipe in recipes for stage in recipe.stages if stage.kind == "video")
    assert codecs["h264"] / sum(codecs.values()) == pytest.approx(2 / 3, abs=0.055)


def test_realbasicvsr_walks_by_the_published_steps():
    for recipe in draws("realbasicvsr", 50):
        blur = recipe.stages[1].params
        track = np.array(blur.get("sigma_x", blur.get("omega")))
        step = 0.02 if "sigma_x" in blur else 0.0628
        assert len(track) == CLIP.frames
        assert np.abs(np.diff(track)).max() <= step + 1e-6
        assert track.min() >= 0.2
        assert track.max() <= math.pi + 1e-6


def test_bsrgan_keeps_down3_behind_down2():
    orders = set()
    for recipe in draws("bsrgan", 200):
        keys = [stage.key for stage in recipe.stages]
        down2 = next(index for index, key in enumerate(keys) if key.startswith("1.2."))
        down3 = keys.index("1.3")
        assert down2 < down3
        orders.add(tuple(key[:3] for key in keys))
        assert recipe.stages[-1].kind == "jpeg"
    assert len(orders) > 50


def test_camera_has_one_exposure_for_blur_and_noise():
    seen = 0
    for recipe in draws("camera", 30):
        values = {stage.params["exposure"] for stage in recipe.stages if stage.kind in ("exposure", "sensor", "shake")}
        assert len(values) == 1
        seen += 1
    assert seen == 30


def test_every_recipe_ends_at_the_lr_size():
    for name in preset_names():
        for recipe in draws(name, 20):
            sizing = [s for s in recipe.stages if s.kind in ("resize", "binning") or s.params.get("bin", 1) > 1]
            assert sizing[-1].params.get("to") == "lr"


@settings(max_examples=60, deadline=None)
@given(
    low=st.floats(1, 100),
    span=st.floats(0, 50),
    seed=st.integers(0, 2**40),
    frames=st.integers(1, 40),
    move=st.sampled_from(["", ", step = 0.5", ", drift = 0.4", ', transform = "log"']),
)
def test_any_valid_range_draws_inside(low, span, seed, frames, move):
    high = min(low + span, 100)
    low = min(low, high)
    text = f'name = "x"\n[[stage]]\nkind = "jpeg"\nquality = {{ range = [{low!r}, {high!r}]{move} }}'
    clip = CLIP.model_copy(update={"frames": frames})
    quality = sample(parse_spec(text), seed, clip, 2).stages[0].params["quality"]
    values = np.atleast_1d(quality)
    # Drawn values carry seven digits, so an end may be met by half a unit of the seventh.
    assert values.min() >= low * (1 - 1e-6)
    assert values.max() <= high * (1 + 1e-6)
    assert len(values) == (frames if "step" in move or "drift" in move else 1)


def test_scale_expressions():
    assert parse_value([0.01, "4 + 1 * scale"], "x").limits(4) == (0.01, 8)
    assert parse_value(["-0.5 + 0.5 * scale", "scale"], "x").limits(3) == (1, 3)
    with pytest.raises(DdsrError, match="no range"):
        parse_value([0, "4 * scale + 1"], "x")


def test_transforms():
    rng = np.random.default_rng(0)
    reciprocal = [Range(1, 8, "reciprocal").draw(rng, 4, 1, 24) for _ in range(2000)]
    assert 1 / np.mean(1 / np.array(reciprocal)) == pytest.approx(1 / 4.5, rel=0.03)
    log = [Range(1, 100, "log").draw(rng, 4, 1, 24) for _ in range(2000)]
    assert np.median(log) == pytest.approx(10, rel=0.15)
    root = [Range(0, 4, "sqrt").draw(rng, 4, 1, 24) for _ in range(2000)]
    assert np.mean(np.square(root)) == pytest.approx(2, rel=0.05)


def test_the_drift_really_moves_and_the_walk_stays_inside():
    moved = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        track = np.array(smooth_drift(rng, 5.0, 0.3, 0.0, 10.0, 25, 24.0))
        assert track.min() >= 0
        assert track.max() <= 10
        moved.append(track[24] - track[0])
        assert np.abs(np.diff(track)).max() < 2
    assert 0.2 < np.std(moved) / 10 < 0.4
    walk = published_walk(np.random.default_rng(0), 0.5, 0.3, 0.0, 1.0, 200)
    assert min(walk) >= 0
    assert max(walk) <= 1


@given(st.floats(-50, 50))
def test_reflection_folds_into_the_interval(value):
    folded = reflect(np.array([value]), 2.0, 5.0)[0]
    assert 2 - 1e-9 <= folded <= 5 + 1e-9
    if 2 <= value <= 5:
        assert folded == pytest.approx(value)


def test_keep_order_by_hand():
    assert keep_order([3, 0, 2, 1], ["a", "b", "c", "d"], ("b", "d")) == [1, 0, 2, 3]


def test_a_clip_smaller_than_the_scale_is_refused():
    with pytest.raises(DdsrError, match="tiny: 3x9 is smaller than the scale 4; use a larger clip"):
        sample(load_preset("bicubic"), 0, ClipInfo(id="tiny", width=3, height=9, frames=1), 4)


def test_a_short_clip_says_which_stage_needs_more():
    with pytest.raises(DdsrError, match=r"one: 1 frame, but preset 'camera' needs 2 for its exposure stage; use"):
        sample(load_preset("camera"), 0, CLIP.model_copy(update={"id": "one", "frames": 1}), 4)
