"""Every metric by its name, pyiqa's, other packages', and a user's own."""

import sys
import textwrap
import types
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from ddsr_bench import registry
from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import catalogue
from ddsr_bench.quality.catalogue import choose_metrics, get_metric, is_feature_set, metric_names
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.own import from_function
from ddsr_bench.quality.runner import score_frames

CLIP = np.random.default_rng(0).integers(0, 256, (5, 40, 48, 3), np.uint8)


@pytest.fixture(autouse=True)
def fresh():
    catalogue._registry.cache_clear()
    yield
    catalogue._registry.cache_clear()


@pytest.mark.parametrize("name", metric_names())
def test_every_file_offers_the_metric_it_is_named_after(name):
    metric = get_metric(name)
    assert isinstance(metric, Metric)
    assert metric.name == name
    assert metric.version
    assert metric.reference in ("FR", "NR")


def test_names_are_known_without_loading_what_they_name():
    assert {"psnr", "psnr-y", "ssim", "niqe", "brisque"} <= set(metric_names())
    assert metric_names("*ssim") == ["ms-ssim", "ssim"]


def test_an_unknown_name_is_told_with_close_ones():
    with pytest.raises(DdsrError, match=r"^metric 'ssin': unknown; did you mean 'ssim'"):
        get_metric("ssin")


def test_patterns_take_full_reference_metrics_only_with_a_reference():
    assert "ssim" not in choose_metrics(["*"], with_reference=False)
    assert "ssim" in choose_metrics(["*"], with_reference=True)
    with pytest.raises(DdsrError, match=r"^metric 'zz\*': matches none; see: ddsr-bench metrics list$"):
        choose_metrics(["zz*"], with_reference=True)


def test_a_metric_asked_for_twice_is_one():
    assert list(choose_metrics(["psnr", "psn?", "psnr"], with_reference=True)) == ["psnr"]


def test_many_columns_are_features():
    assert is_feature_set(get_metric("brisque-features"))
    assert not is_feature_set(get_metric("siti"))


# Own metrics


@pytest.fixture
def own(tmp_path):
    def write(text, name="own.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


def test_a_function_of_frames_is_a_metric(own):
    path = own(
        """
        def mean_level(frames):
            return frames.mean(axis=(1, 2, 3))
        mean_level.higher_is_better = False
        def distance_to(frames, reference, power=2):
            return abs(frames.astype(float) - reference).mean(axis=(1, 2, 3)) ** power
        """
    )
    level, distance = get_metric(f"{path}:mean_level"), get_metric(f"{path}:distance_to")
    assert (level.name, level.reference, level.higher_is_better) == ("mean-level", "NR", False)
    assert (distance.name, distance.reference, distance.higher_is_better) == ("distance-to", "FR", None)
    scores = score_frames(CLIP, [level, distance], reference=CLIP[::-1], threads=2, batch=2)
    np.testing.assert_allclose(scores.values["mean-level"][:, 0], CLIP.mean(axis=(1, 2, 3)))
    assert scores.values["distance-to"][2] == 0


def test_a_metric_object_in_a_file_is_taken_as_it_is(own):
    path = own(
        """
        import numpy as np
        from ddsr_bench.quality.metric import Metric, PerFrame
        METRIC = Metric("mine", "3", "NR", True, lambda: PerFrame(lambda frames, _: np.ones(len(frames))))
        """
    )
    metric = get_metric(f"{path}:METRIC")
    assert (metric.name, metric.version) == ("mine", "3")
    assert score_frames(CLIP, [metric]).values["mine"].sum() == 5


def test_a_changed_file_is_another_version(own):
    first = own("def m(frames): return [0.0] * len(frames)", "one.py")
    second = own("def m(frames): return [1.0] * len(frames)", "two.py")
    assert get_metric(f"{first}:m").version != get_metric(f"{second}:m").version


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (None, "m", "{path}: no such Python file; write --metric path/to/file.py:function"),
        ("x = 1", "m", "{path}:m: {path} has no 'm'; name a function or a Metric in it"),
        ("m = 1", "m", "{path}:m: is of type int; name a function of frames, or a Metric"),
        ("def m(: pass", "m", "{path}: cannot be loaded (SyntaxError: "),
        ("raise SystemExit(3)", "m", "{path}: cannot be loaded (SystemExit: 3); correct the file"),
        ("def m(): pass", "m", "metric 'm': takes 0 arguments; write it as f(frames) or f(frames, reference)"),
        ("def m(a, b, c): pass", "m", "metric 'm': takes 3 arguments; write it as"),
    ],
    ids=["file", "name", "kind", "syntax", "exit", "none", "three"],
)
def test_what_is_wrong_with_an_own_metric_is_told_in_a_line(own, tmp_path, text, name, message):
    path = own(text, "given.py") if text is not None else tmp_path / "none.py"
    with pytest.raises(DdsrError) as caught:
        get_metric(f"{path}:{name}")
    assert str(caught.value).startswith(message.format(path=path))


@pytest.mark.parametrize("value", ["frames.mean()", "[1.0]", "[[1.0]] * len(frames)"])
def test_an_own_metric_must_return_a_value_for_each_frame(own, value):
    path = own(f"def m(frames): import numpy as np; return {value}", "wrong.py")
    error = score_frames(CLIP, [get_metric(f"{path}:m")], threads=1, batch=4).errors["m"]
    assert error.startswith("m: returned values of shape (")
    assert error.endswith(") for 4 frames; return one for each")


def test_an_own_metric_may_not_take_a_name_of_ours_or_of_another(own):
    path, other = own("def psnr(frames): return frames"), own("def a(frames): return frames", "a.py")
    twin = own("def a(frames): return frames", "b.py")
    with pytest.raises(DdsrError, match=r":psnr: is called 'psnr' as one of ours is; rename it$"):
        choose_metrics([f"{path}:psnr"], with_reference=True)
    with pytest.raises(DdsrError, match=r"b\.py:a: is called 'a' as .*a\.py:a is; rename one of the two$"):
        choose_metrics([f"{other}:a", f"{twin}:a"], with_reference=True)


# Other packages


def level(frames):
    return frames.mean(axis=(1, 2, 3))


PACKAGED = Metric("packaged", "7", "NR", True, lambda: None)
NEITHER = 3


def test_other_packages_add_metrics_and_functions_by_entry_points(monkeypatch):
    points = [
        EntryPoint(name, f"{__name__}:{target}", catalogue.GROUP)
        for name, target in {"packaged": "PACKAGED", "their-level": "level", "their-number": "NEITHER"}.items()
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == catalogue.GROUP else [])
    assert {"packaged", "their-level"} <= set(metric_names())
    assert get_metric("packaged") is PACKAGED
    theirs = get_metric("their-level")
    assert (theirs.name, theirs.reference) == ("their-level", "NR")
    np.testing.assert_allclose(score_frames(CLIP, [theirs]).values["their-level"][:, 0], CLIP.mean(axis=(1, 2, 3)))
    with pytest.raises(DdsrError, match=r"the entry point .*:NEITHER of another package is broken"):
        get_metric("their-number")


def test_a_function_without_a_source_needs_a_version():
    class Made:
        def __call__(self, frames):
            return frames

    with pytest.raises(DdsrError, match="its source cannot be found; give it an attribute 'version'"):
        from_function(Made(), "made")
    made = Made()
    made.version = 4
    assert from_function(made, "made").version == "4"


# pyiqa


def test_pyiqa_absent_is_told_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyiqa", None)
    with pytest.raises(DdsrError, match=r"install it with: pip install 'ddsr-bench\[pyiqa\]'$"):
        get_metric("pyiqa:musiq")
    assert metric_names("pyiqa:*") == []


@pytest.fixture
def pyiqa(monkeypatch):
    """A package of pyiqa's shape, with one no-reference and one full-reference network."""
    configs = {
        "musiq": {"metric_mode": "NR"},  # as in 0.1.16: only lower-better ones say so
        "lpips": {"metric_mode": "FR", "lower_better": True},
        "broken": {"metric_mode": "NR"},
    }

    def create_metric(name):
        if name == "broken":
            raise OSError("no\nnetwork")
        return lambda *pictures: (pictures[0] - (pictures[1] if pictures[1:] else 0)).abs().mean().reshape(1, 1)

    package = types.ModuleType("pyiqa")
    package.__version__ = "0.1.99"
    package.list_models = lambda: list(configs)
    package.create_metric = create_metric
    facts = types.ModuleType("pyiqa.default_model_configs")
    facts.DEFAULT_CONFIGS = configs
    monkeypatch.setitem(sys.modules, "pyiqa", package)
    monkeypatch.setitem(sys.modules, "pyiqa.default_model_configs", facts)
    from ddsr_bench.quality import pyiqa_bridge

    pyiqa_bridge._network.cache_clear()
    yield package
    pyiqa_bridge._network.cache_clear()


def test_the_bridge_gives_pyiqa_rgb_in_0_to_1_a_frame_at_a_time(pyiqa):
    assert metric_names("pyiqa:*") == ["pyiqa:broken", "pyiqa:lpips", "pyiqa:musiq"]
    musiq, lpips = get_metric("pyiqa:musiq"), get_metric("pyiqa:lpips")
    assert (musiq.version, musiq.reference, musiq.higher_is_better) == ("pyiqa-0.1.99", "NR", True)
    assert (lpips.reference, lpips.higher_is_better) == ("FR", False)
    scores = score_frames(CLIP, [musiq, lpips], reference=CLIP[::-1], threads=2, batch=3)
    np.testing.assert_allclose(scores.values["pyiqa:musiq"][:, 0], CLIP.mean(axis=(1, 2, 3)) / 255, rtol=1e-5)
    assert scores.values["pyiqa:lpips"][2] == 0


def test_an_unknown_or_broken_pyiqa_metric_is_told(pyiqa):
    with pytest.raises(DdsrError, match="pyiqa has no metric 'musik'; did you mean 'musiq'"):
        get_metric("pyiqa:musik")
    error = score_frames(CLIP, [get_metric("pyiqa:broken")]).errors["pyiqa:broken"]
    assert error == "pyiqa:broken: pyiqa cannot load it (OSError: no network); see pyiqa's own notes on its weights"


# A fitted model


def test_a_fitted_model_is_called_after_its_file(tmp_path):
    from ddsr_bench.quality.metrics.niqe_fit import SHIPPED

    path = tmp_path / "mine.npz"
    path.write_bytes(SHIPPED.read_bytes())
    fitted = get_metric(f"niqe-fit:{path}")
    assert fitted.name == "niqe-fit-mine"
    assert len(fitted.parameters["model_sha256"]) == 64
    clip = np.random.default_rng(0).integers(0, 256, (1, 192, 192, 3), np.uint8)
    scores = score_frames(clip, [fitted, get_metric("niqe-fit")])
    assert scores.values["niqe-fit-mine"] == scores.values["niqe-fit"]
    with pytest.raises(DdsrError, match=r"none\.npz: no fitted NIQE model"):
        get_metric(f"niqe-fit:{tmp_path / 'none.npz'}")
