"""Recipes on pixels: shape, count, range, replay, and that noise belongs to its address."""

import numpy as np
import pytest
from conftest import moving_scene
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import ClipInfo, Recipe, RecipeStage
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import load_preset, parse_spec, preset_names
from ddsr_bench.errors import DdsrError


def info(frames):
    count, height, width = frames.shape[:3]
    return ClipInfo(id="clip", width=width, height=height, frames=count, fps="24")


@pytest.mark.parametrize("name", preset_names())
@pytest.mark.parametrize("scale", [2, 4])
def test_presets_give_lr_frames_and_replay(name, scale, clip):
    recipe = sample(load_preset(name), 3, info(clip), scale)
    first = np.stack(list(apply(recipe, iter(clip))))
    assert first.shape == (8, 64 // scale, 96 // scale, 3)
    assert first.dtype == np.uint8
    again = np.stack(list(apply(Recipe.from_json(recipe.to_json()), iter(clip))))
    assert np.array_equal(first, again)
    assert first.std() > 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    preset=st.sampled_from(["realbasicvsr", "real-esrgan", "bsrgan", "srwd", "ddsr", "camera"]),
    seed=st.integers(0, 2**40),
    width=st.integers(9, 70),
    height=st.integers(9, 50),
    frames=st.integers(2, 4),
    scale=st.sampled_from([2, 3, 4]),
)
def test_apply_never_yields_a_wrong_shape_or_count(preset, seed, width, height, frames, scale):
    source = moving_scene(frames, width // scale * scale, height // scale * scale)
    recipe = sample(load_preset(preset), seed, info(source), scale)
    result = list(apply(recipe, iter(source)))
    assert len(result) == frames
    assert {frame.shape for frame in result} == {(source.shape[1] // scale, source.shape[2] // scale, 3)}
    assert {frame.dtype for frame in result} == {np.dtype(np.uint8)}


STAGE = {
    "blur": st.fixed_dictionaries(
        {"shape": st.sampled_from(["iso", "sinc", "defocus"]), "size": st.sampled_from([3, 9, 15])},
        optional={"sigma_x": st.floats(0.01, 20), "omega": st.floats(0.05, 3.14), "radius": st.floats(0, 30)},
    ),
    "noise": st.fixed_dictionaries(
        {"distribution": st.sampled_from(["gaussian", "poisson"])},
        optional={
            "sigma": st.floats(0, 255), "strength": st.floats(0, 50), "clip": st.booleans(),
            "colour": st.sampled_from(["colour", "grey", "correlated"]),
        },
    ),
    "resize": st.fixed_dictionaries(
        {"mode": st.sampled_from(["nearest", "bilinear", "area", "lanczos"]), "factor": st.floats(0.02, 3)},
        optional={"even": st.booleans(), "relative_to": st.sampled_from(["frame", "lr"])},
    ),
    "jpeg": st.fixed_dictionaries({"quality": st.floats(1, 100)}),
    "sharpen": st.fixed_dictionaries({}, optional={"amount": st.floats(0, 5), "size": st.sampled_from([5, 51])}),
}  # fmt: skip
STAGES = st.lists(
    st.sampled_from(sorted(STAGE)).flatmap(lambda kind: STAGE[kind].map(lambda params: (kind, params))), max_size=5
)


@settings(max_examples=60, deadline=None)
@given(stages=STAGES)
def test_any_chain_of_extreme_stages_stays_finite(stages):
    source = moving_scene(2, 24, 16)
    listed = [RecipeStage(kind=k, key=str(n), params=p) for n, (k, p) in enumerate(stages)]
    end = RecipeStage(kind="resize", key="end", params={"mode": "area", "to": "lr"})
    recipe = Recipe(preset="any", clip=info(source), scale=2, seed=5, stages=(*listed, end))
    floats = [frame for frame in _before_bytes(recipe, source)]
    assert all(np.isfinite(frame).all() for frame in floats)
    assert [frame.shape for frame in apply(recipe, iter(source))] == [(8, 12, 3)] * 2


def _before_bytes(recipe, source):
    from ddsr_bench.degrade import pipeline

    stream = pipeline._source(recipe, iter(source))
    for stage in recipe.stages:
        module = pipeline.get_stage(stage.kind)
        stream = module.apply(stream, stage.typed(), pipeline._context(recipe, stage.key))
    return stream


def test_removing_a_stage_leaves_the_noise_of_the_others(clip):
    spec = parse_spec(
        'name = "n"\n[[stage]]\nkind = "jpeg"\nquality = 100\n'
        '[[stage]]\nkind = "resize"\nmode = "area"\nto = "lr"\n'
        '[[stage]]\nkind = "noise"\ndistribution = "gaussian"\nsigma = 20.0'
    )
    recipe = sample(spec, 0, info(clip), 4)
    without = recipe.model_copy(update={"stages": recipe.stages[1:]})
    noisy, other = (np.stack(list(apply(r, iter(clip)))).astype(float) for r in (recipe, without))
    assert np.abs(noisy - other).mean() < 6  # what JPEG does to the colours
    assert np.abs(noisy[0] - noisy[1]).mean() > 15


@pytest.mark.parametrize(("sigma", "level"), [(5.0, 128), (20.0, 128), (10.0, 60)])
def test_measured_gaussian_noise_is_the_recipes(sigma, level):
    source = np.full((2, 200, 200, 3), level, np.uint8)
    stage = RecipeStage(kind="noise", key="0", params={"distribution": "gaussian", "sigma": sigma})
    recipe = Recipe(preset="n", clip=info(source), scale=1, seed=1, stages=(stage,))
    result = np.stack(list(apply(recipe, iter(source)))).astype(float)
    # Rounding to bytes adds 1/12 to the variance.
    assert result.var() == pytest.approx(sigma**2 + 1 / 12, rel=0.02)
    assert result.mean() == pytest.approx(level, abs=0.2)


def test_measured_poisson_noise_grows_with_the_signal_as_published():
    levels = np.array([40, 80, 120, 150, 180], np.uint8)
    source = np.repeat(levels[None, :, None, None], 4, 0) * np.ones((1, 1, 3000, 3), np.uint8)
    stage = RecipeStage(kind="noise", key="0", params={"distribution": "poisson", "strength": 1.0})
    recipe = Recipe(preset="n", clip=info(source), scale=1, seed=2, stages=(stage,))
    result = np.stack(list(apply(recipe, iter(source)))).astype(float) / 255
    variance = result.var(axis=(0, 2, 3)) - (1 / 255) ** 2 / 12
    slope, intercept = np.polyfit(levels / 255, variance, 1)
    assert slope == pytest.approx(1 / 256, rel=0.05)  # strength^2 / peak
    assert intercept == pytest.approx(0, abs=1e-4)


def test_grey_noise_is_the_same_in_all_channels():
    source = np.full((1, 64, 64, 3), 128, np.uint8)
    stage = RecipeStage(kind="noise", key="0", params={"distribution": "gaussian", "sigma": 15.0, "colour": "grey"})
    frame = next(apply(Recipe(preset="n", clip=info(source), scale=1, seed=1, stages=(stage,)), iter(source)))
    assert np.array_equal(frame[..., 0], frame[..., 1])
    assert np.array_equal(frame[..., 0], frame[..., 2])


@pytest.mark.parametrize(
    ("stages", "frames", "message"),
    [
        ((), 8, 'clip: the recipe ends at 96x64, not at 24x16; end it with a resize stage that has to = "lr"'),
        (("end",), 5, "clip: 5 frames, its recipe is for 8"),
        (("end",), 9, "clip: 9 frames, its recipe is for 8"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(clip, stages, frames, message):
    end = RecipeStage(kind="resize", key="end", params={"mode": "area", "to": "lr"})
    recipe = Recipe(preset="x", clip=info(clip), scale=4, seed=0, stages=tuple(end for _ in stages))
    source = np.concatenate([clip, clip])[:frames]
    with pytest.raises(DdsrError) as caught:
        list(apply(recipe, iter(source)))
    assert str(caught.value) == message


def test_a_smaller_frame_is_refused(clip):
    recipe = sample(load_preset("bicubic"), 0, info(clip), 4)
    with pytest.raises(DdsrError, match="clip: frame 0 is 96x60, its recipe is for 96x64"):
        list(apply(recipe, iter(clip[:, :60])))


def test_memory_does_not_grow_with_the_clip():
    # Frames must be released as they pass: count how many are alive at once.
    import weakref

    alive, most = [], 0

    class Counted(np.ndarray):
        pass

    def source():
        nonlocal most
        for _ in range(60):
            frame = np.full((32, 32, 3), 90, np.uint8).view(Counted)
            alive.append(weakref.ref(frame))
            most = max(most, sum(ref() is not None for ref in alive))
            yield frame
            del frame

    spec = parse_spec('name = "n"\n[[stage]]\nkind = "exposure"\nexposure = 1.5\n')
    recipe = sample(spec, 0, ClipInfo(id="c", width=32, height=32, frames=60), 2)
    assert sum(1 for _ in apply(recipe, source())) == 60
    assert most <= 8


def test_bicubic_preset_is_within_half_a_level_of_the_matlab_weights(clip):
    from ddsr_bench.degrade import resample

    recipe = sample(load_preset("bicubic"), 0, info(clip), 4)
    frame = next(apply(recipe, iter(clip)))
    rows, row_weights = resample.weights("matlab_bicubic", 64, 16)
    columns, column_weights = resample.weights("matlab_bicubic", 96, 24)
    vertical = (clip[0].astype(float)[rows] * row_weights[:, :, None, None]).sum(axis=1)
    expected = (vertical[:, columns] * column_weights[None, :, :, None]).sum(axis=2)
    assert np.abs(frame - np.clip(expected, 0, 255)).max() <= 0.51
