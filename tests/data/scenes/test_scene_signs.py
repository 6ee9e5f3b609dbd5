"""Signs: text fits, is there, and is sized; walls carry them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ddsr_bench.data.scenes.signs import Pen, draw_sign, sign_names
from ddsr_bench.data.scenes.text import _places
from ddsr_bench.seeding import generator


@pytest.mark.parametrize("name", sign_names())
def test_sign_has_ink_and_ground(name):
    sign = draw_sign(name, generator("sign", name), 300, 160, 1.5)
    assert sign.shape == (160, 300, 3)
    assert sign.dtype == np.float32
    assert sign.min() >= 0
    assert sign.max() <= 1
    grey = sign.mean(-1)
    ground = np.median(grey)
    ink = np.abs(grey - ground) > 0.15
    assert 0.01 < ink.mean() < 0.5


@pytest.mark.parametrize("text", ["I", "HARBOUR", "since 1901 - a small line"])
@pytest.mark.parametrize("box", [(200, 40), (60, 50)])
def test_fitted_text_fills_its_box_and_stays_inside(text, box):
    canvas = Image.new("L", (400, 200))
    pen = Pen(ImageDraw.Draw(canvas), 400, 200, generator("fit"), ((0, 0, 0),) * 3, 1.0)
    left, top, right, bottom = pen.fitted(text, *box, "DejaVuSans").getbbox(text)
    wide, high = (right - left) / box[0], (bottom - top) / box[1]
    assert max(wide, high) <= 1.06
    assert max(wide, high) >= 0.8 or min(box) < 20 or len(text) > 20


def test_signs_hang_on_the_wall_without_overlap():
    places = _places(generator("places"), 1920, 1088)
    assert len(places) >= 8
    taken = np.zeros((1088, 1920), int)
    for p in places:
        assert p.left >= 0
        assert p.top >= 0
        taken[p.top : p.top + p.height, p.left : p.left + p.width] += 1
    assert taken.max() == 1
    assert taken.sum() == sum(p.width * p.height for p in places)
