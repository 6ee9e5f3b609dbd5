"""Photographs: facts, pixels, and a camera that never leaves them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ddsr_bench.data.scenes import make_scene, photo_names, photograph
from ddsr_bench.data.scenes.photographs import load_photograph
from ddsr_bench.errors import DdsrError

FOLDER = Path(find_spec("sklearn").origin).parent / "datasets" / "images"


@pytest.mark.parametrize("name", ["china", "flower"])
def test_facts_are_those_of_the_readme(name):
    photo = photograph(name)
    section = next(s for s in (FOLDER / "README.txt").read_text().split("Image: ") if s.startswith(photo.file_name))
    for fact in (photo.author, photo.profile_url, photo.source_url, photo.licence_url):
        assert fact in section
    for fact in (photo.author, "CC-BY-2.0", photo.licence_url, photo.source_url, "modified"):
        assert fact in photo.credit


def test_names_in_order():
    assert photo_names()[:2] == ["china", "flower"]
    assert photo_names()[2:] == ["grace-hopper", "astronaut", "coffee", "hubble", "retina", "rocket"]


@pytest.mark.parametrize("name", photo_names())
def test_every_photograph_says_whose_it_is_and_can_be_read(name):
    photo = photograph(name)
    if find_spec(photo.package) is None:
        pytest.skip(f"{photo.package} is not installed")
    pixels = load_photograph(name)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert min(pixels.shape[:2]) >= 400
    assert pixels.std() > 15
    assert photo.author in photo.credit
    assert photo.licence_url.startswith("https://creativecommons.org/")


def test_a_package_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr("ddsr_bench.data.scenes.photographs.find_spec", lambda name: None)
    with pytest.raises(DdsrError, match=r"scikit-image: not installed, and the photograph 'coffee' comes with it"):
        load_photograph("coffee")


@pytest.mark.parametrize("name", ["china", "flower"])
def test_pixels_are_rgb_as_pillow_reads_them(name):
    """Two builds of libjpeg may differ by a few levels, not in the order of channels."""
    ours = load_photograph(name).astype(int)
    pillow = np.asarray(Image.open(FOLDER / photograph(name).file_name).convert("RGB")).astype(int)
    assert ours.shape == (427, 640, 3)
    assert np.abs(ours - pillow).mean() < 0.5


def test_unknown_photograph():
    with pytest.raises(DdsrError, match=r"photograph 'lena': unknown; choose one of china, flower"):
        photograph("lena")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [(640, 360), (360, 640), (256, 256)])
def test_camera_stays_inside_the_photograph(seed, size):
    scene = make_scene("photo", seed=seed, width=size[0], height=size[1])
    right, bottom = size[0] - 0.5, size[1] - 0.5
    corners = np.array([[-0.5, right, -0.5, right], [-0.5, -0.5, bottom, bottom], [1, 1, 1, 1]])
    layer = scene.layers[0]
    height, width = layer.texture.levels[0].shape[:2]
    for time in np.arange(0, 20, 0.11):
        u, v, w = scene.to_texels(layer, float(time)) @ corners
        assert min((u / w).min(), (v / w).min()) >= -0.5
        assert (u / w).max() <= width - 0.5
        assert (v / w).max() <= height - 0.5


def test_seeds_take_the_photographs_in_turn():
    """The flower is orange on dark green, the tower stands before a pale sky."""
    brightness = [make_scene("photo", seed=seed, width=64, height=36).render(0.0).mean() for seed in range(4)]
    assert min(brightness[0], brightness[2]) > 1.3 * max(brightness[1], brightness[3])
