"""Our values on calibration pictures against the authors' own, for every picture in the folder.

The folder holds ``official_scores.csv`` (a row per measure, a column per picture) and the pictures:
``DDSR_BENCH_CALIBRATION``, or ``data/calibration`` of the shared material. Full-reference measures need the sharp
pictures too: ``test_full_reference.py``.
"""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.models import PARAMETERS, adopt
from ddsr_bench.quality.runner import score_frames

SHARED = Path(os.environ.get("DDSR_BENCH_SHARED", Path(__file__).parents[3] / "shared"))
FOLDER = Path(os.environ.get("DDSR_BENCH_CALIBRATION", SHARED / "data" / "calibration"))
# Relative and absolute. Flat regions: the official value depends on rounding (see ``nss.mscn``), so it is looser there.
TOLERANCE = {"niqe": (0.005, 0.02), "brisque": (0.005, 0.02), "ilniqe": (0.005, 0.02), "piqe": (0.0, 0.01)}
FLAT = {"brisque": (0.035, 0.6)}
# More of the picture than this in constant 7x7 windows is a flat region.
FLAT_SHARE = 0.02


def pictures():
    table = FOLDER / "official_scores.csv"
    if not table.is_file():
        return []
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "Method" and (FOLDER / name).is_file()]
    return [(row["Method"], name, float(row[name])) for row in rows if row["Method"] in TOLERANCE for name in names]


def flat_share(rgb):
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    window = np.ones((7, 7), np.uint8)
    return float((cv2.dilate(grey, window) == cv2.erode(grey, window)).mean())


@pytest.fixture(scope="module")
def parameters(tmp_path_factory):
    """The authors' parameter files, in a store of their own."""
    folder = SHARED / "data" / "params"
    if not folder.is_dir():
        pytest.skip(f"no parameter files in {folder}; set DDSR_BENCH_SHARED")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DDSR_BENCH_HOME", str(tmp_path_factory.mktemp("home")))
        for name in TOLERANCE.keys() & PARAMETERS.keys():
            adopt(folder, name)
        yield


@pytest.mark.skipif(not pictures(), reason=f"no official_scores.csv in {FOLDER}; set DDSR_BENCH_CALIBRATION")
@pytest.mark.parametrize(("name", "picture", "official"), pictures())
def test_the_official_value_is_reached(parameters, name, picture, official):
    rgb = np.ascontiguousarray(cv2.imread(str(FOLDER / picture))[..., ::-1])
    found = float(score_frames(iter([rgb]), [get_metric(name)]).values[name][0, 0])
    relative, absolute = TOLERANCE[name]
    if name in FLAT and flat_share(rgb) > FLAT_SHARE:
        relative, absolute = FLAT[name]
    assert found == pytest.approx(official, rel=relative, abs=absolute)
