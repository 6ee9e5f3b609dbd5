"""The registry: names without loading, help for mistyped ones, and other packages cannot break us."""

import sys
import warnings

import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.registry import Registry, RegistryWarning, lazy_modules

GROUP = "ddsr_bench_test.methods"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make an importable package ``zoo``; return a function that adds modules to it."""
    folder = tmp_path / "zoo"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def add(name, text):
        (folder / f"{name}.py").write_text(text)

    add("__init__", "")
    yield add
    for name in [name for name in sys.modules if name.split(".")[0] == "zoo"]:
        del sys.modules[name]


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Return a function that installs a distribution with entry points in GROUP."""

    def install(name, **points):
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{key} = {value}" for key, value in points.items()]
        (folder / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))

    monkeypatch.syspath_prepend(tmp_path)
    return install


# --- own entries -----------------------------------------------------------------------------------------


def test_decorator_registers_and_returns():
    registry = Registry("metric")

    @registry.register("psnr")
    def psnr():
        return 1

    assert registry.get("psnr") is psnr
    assert psnr() == 1
    assert "psnr" in registry
    assert "ssim" not in registry


def test_names_are_sorted_and_matched():
    registry = Registry("method")
    for name in ("bicubic_x4", "area_x2", "lanczos_x4", "X4"):
        registry.register(name)(object())
    assert registry.names() == list(registry) == ["X4", "area_x2", "bicubic_x4", "lanczos_x4"]
    assert registry.names("*x4*") == ["bicubic_x4", "lanczos_x4"]
    assert registry.names("?rea_x[12]") == ["area_x2"]
    assert len(registry) == 4


def test_unknown_names_get_help():
    registry = Registry("metric")
    for name in ("niqe", "nrqm", "brisque"):
        registry.register(name)(object())
    with pytest.raises(DdsrError) as caught:
        registry.get("nique")
    text = "metric 'nique': unknown; did you mean 'niqe' or 'brisque'? choose one of: brisque, niqe, nrqm"
    assert str(caught.value) == text
    with pytest.raises(DdsrError) as caught:
        registry.get("zzz")
    assert str(caught.value) == "metric 'zzz': unknown; choose one of: brisque, niqe, nrqm"
    with pytest.raises(DdsrError, match=r"choose one of: \(none\)$"):
        Registry("preset").get("ddsr")


def test_duplicates_are_refused():
    registry = Registry("metric")
    registry.register("psnr")(object())
    with pytest.raises(DdsrError, match=r"^metric 'psnr': registered twice; choose another name$"):
        registry.register("psnr")(object())
    with pytest.raises(DdsrError, match="registered twice"):
        registry.register_lazy("psnr", "zoo.psnr:METRIC")


# --- lazy ones -------------------------------------------------------------------------------------------


def test_lazy_entries_are_imported_when_asked_for(package):
    package("cat", "VALUE = object()")
    registry = Registry("animal")
    registry.register_lazy("cat", "zoo.cat:VALUE")
    assert registry.names() == ["cat"]
    assert "zoo.cat" not in sys.modules
    assert registry.get("cat") is sys.modules["zoo.cat"].VALUE
    assert registry.get("cat") is registry.get("cat")
    with pytest.raises(ValueError, match=r"write it as 'package\.module:attribute'"):
        registry.register_lazy("dog", "zoo.dog")


def test_a_file_added_to_a_package_is_an_entry(package):
    package("cat", "VALUE = 'meow'")
    package("_shared", "raise RuntimeError('not an entry')")
    registry = Registry("animal")
    registry.register_package("zoo", "VALUE")
    package("dog", "VALUE = 'woof'")  # after registering, before asking
    assert registry.names() == lazy_modules("zoo") == ["cat", "dog"]
    assert not {"zoo.cat", "zoo.dog"} & set(sys.modules)
    assert registry.load("d*") == {"dog": "woof"}
    assert "zoo.cat" not in sys.modules
    assert registry.get("cat") == "meow"


def test_what_is_missing_is_named(package):
    package("cat", "import no_such_module_here")
    registry = Registry("animal")
    registry.register_lazy("cat", "zoo.cat:VALUE")
    with pytest.raises(DdsrError) as caught:
        registry.load()
    text = "animal 'cat': cannot be loaded (No module named 'no_such_module_here'); install what it needs"
    assert str(caught.value) == text


def test_our_own_bugs_are_not_dressed_up(package):
    package("cat", "1 / 0")
    registry = Registry("animal")
    registry.register_lazy("cat", "zoo.cat:VALUE")
    with pytest.raises(ZeroDivisionError):
        registry.get("cat")


def test_lazy_modules_of_what_is_no_package():
    for name in ("no_such_package_here", "ddsr_bench.errors"):
        with pytest.raises(ValueError, match="is not a package"):
            lazy_modules(name)


# --- other packages --------------------------------------------------------------------------------------


def test_entry_points_are_listed_without_loading(package, distribution):
    package("cat", "VALUE = 'meow'")
    distribution("animals", cat="zoo.cat:VALUE")
    registry = Registry("animal", group=GROUP)
    assert registry.names() == ["cat"]
    assert "zoo.cat" not in sys.modules
    assert registry.get("cat") == "meow"


def test_a_broken_entry_point_is_a_warning_and_the_rest_loads(package, distribution):
    package("cat", "VALUE = 'meow'")
    package("dog", "raise RuntimeError('first line\\nsecond line')")
    package("owl", "raise SystemExit(3)")
    package("rat", "VALUE = 7")
    distribution("animals", cat="zoo.cat:VALUE", dog="zoo.dog:VALUE", owl="zoo.owl:VALUE", rat="zoo.rat:VALUE")
    distribution("more", ant="zoo.none:VALUE")
    registry = Registry("animal", group=GROUP, accept=lambda value: isinstance(value, str))
    registry.register("bee")("buzz")
    with pytest.warns(RegistryWarning) as caught:
        assert registry.load() == {"bee": "buzz", "cat": "meow"}
    blame = "animal {!r}: the entry point zoo.{}:VALUE of another package is broken ({}); "
    blame += "update or remove that package"
    assert [str(warning.message) for warning in caught] == [
        "animal 'ant': cannot be loaded (No module named 'zoo.none'); install what it needs",
        blame.format("dog", "dog", "RuntimeError: first line second line"),
        blame.format("owl", "owl", "SystemExit: 3"),
        blame.format("rat", "rat", "it is no animal"),
    ]
    with pytest.raises(DdsrError, match="animal 'dog': the entry point"):
        registry.get("dog")


def test_a_foreign_entry_does_not_replace_ours(package, distribution):
    package("cat", "VALUE = 'meow'")
    distribution("animals", cat="zoo.cat:VALUE", dog="zoo.cat:VALUE")
    distribution("rivals", dog="zoo.rival:VALUE")
    registry = Registry("animal", group=GROUP)
    registry.register("cat")("ours")
    with pytest.warns(RegistryWarning) as caught:
        assert registry.load() == {"cat": "ours", "dog": "meow"}
    assert [str(warning.message) for warning in caught] == [
        "animal 'cat': zoo.cat:VALUE left out, the name is taken",
        "animal 'dog': zoo.rival:VALUE left out, the name is taken",
    ]


def test_ours_listed_as_entry_point_too_is_no_quarrel(package, distribution):
    package("cat", "VALUE = 'meow'")
    distribution("animals", cat="zoo.cat:VALUE")
    registry = Registry("animal", group=GROUP)
    registry.register_lazy("cat", "zoo.cat:VALUE")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert registry.load() == {"cat": "meow"}
