"""The floors of the house plan: nothing imports upwards, and importing the package costs nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ddsr_bench

ROOT = Path(ddsr_bench.__file__).parent
GROUND = {"video", "jobs", "provenance", "weights", "registry", "seeding", "errors", "userfile", "files", "cardfile"}
FIRST = {"degrade", "quality", "vsr", "evaluate", "subjective"}
SECOND = {"data", "train", "leaderboard"}
ALLOWED = {
    **{room: GROUND for room in GROUND},
    **{room: GROUND | {room} for room in FIRST},
    **{room: GROUND | FIRST | SECOND for room in SECOND},
    "cli": GROUND | FIRST | SECOND | {"cli"},
}
HEAVY = ("torch", "matplotlib", "datasets", "ray", "pandas", "sklearn", "scipy.stats")
# Networks and their training are made of torch, so these folders import it at the top; nothing imports them before.
TORCH_FOLDERS = (
    "quality/fast_vqa/network/",
    "quality/rw_vsr_qa/network",
    "train/",
    "vsr/archs/",
    "vsr/blocks/",
    "vsr/drive/",
)


def room_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def imported_rooms(tree):
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            # `from ddsr_bench import seeding` names the room behind the import.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "ddsr_bench" and len(parts) > 1 and parts[1] != "__version__":
                yield parts[1]


def sources():
    return [path for path in sorted(ROOT.rglob("*.py")) if room_of(path) not in ("__init__", "__main__")]


@pytest.fixture(scope="module")
def trees():
    """Every file of the package, parsed once, by its path below it."""
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in sources()}


def test_nothing_imports_upwards(trees):
    for name, tree in trees.items():
        room = name.removesuffix(".py").split("/")[0]
        assert room in ALLOWED, f"{name}: {room} is no room of the house plan; give it a floor here"
        assert set(imported_rooms(tree)) <= ALLOWED[room], name
        relative = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
        assert not relative, f"{name}: relative import"


def test_heavy_libraries_are_imported_where_they_are_needed(trees):
    for name, tree in trees.items():
        inside_torch = name.startswith(TORCH_FOLDERS)
        heavy = tuple(library for library in HEAVY if not (inside_torch and library == "torch"))
        for node in tree.body:
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            assert not [module for module in modules if module.startswith(heavy)], name


def test_folders_of_networks_are_imported_where_they_are_needed(trees):
    rooms = tuple(f"ddsr_bench.{folder.strip('/').replace('/', '.')}" for folder in TORCH_FOLDERS)
    for name, tree in trees.items():
        for node in () if name.startswith(TORCH_FOLDERS) else tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                assert not node.module.startswith(rooms), name


def test_the_floors_test_would_notice():
    tree = ast.parse("from ddsr_bench.data.table import row\nfrom ddsr_bench import cli\nimport ddsr_bench.train.loop")
    assert sorted(imported_rooms(tree)) == ["cli", "data", "train"]


def test_import_is_quick_and_light():
    code = (
        "import time, sys; start = time.perf_counter(); import ddsr_bench; "
        "print(time.perf_counter() - start, 'numpy' in sys.modules, 'av' in sys.modules, 'torch' in sys.modules)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() for _ in range(3)
    ]
    assert min(float(run[0]) for run in runs) < 0.3
    assert {tuple(run[1:]) for run in runs} == {("False", "False", "False")}


def test_the_public_names_are_frozen_and_importable():
    assert sorted(ddsr_bench.__all__) == [
        "ClipInfo", "DdsrError", "Recipe", "Spec", "VideoWriter", "__version__", "apply", "load", "load_preset",
        "load_spec", "preset_names", "probe", "read_frames", "sample", "upscale",
    ]  # fmt: skip
    for name in ddsr_bench.__all__:
        assert getattr(ddsr_bench, name) is not None
    with pytest.raises(AttributeError, match="module 'ddsr_bench' has no attribute 'nope'"):
        _ = ddsr_bench.nope
