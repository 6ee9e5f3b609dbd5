"""Recipes as files: what is read, and the text of every refusal."""

import json

import pytest

from ddsr_bench.degrade.recipe import ClipInfo, Recipe, RecipeStage
from ddsr_bench.errors import DdsrError


def recipe(**changes):
    stage = RecipeStage(kind="jpeg", key="0", params={"quality": [50.0, 51.0]})
    base = {
        "preset": "p",
        "clip": ClipInfo(id="a", width=8, height=8, frames=2),
        "scale": 2,
        "seed": 1,
        "stages": (stage,),
    }
    return Recipe(**{**base, **changes})


def test_json_round_trip():
    assert Recipe.from_json(recipe().to_json()) == recipe()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"recipe_version": 2},
            "r.json: recipe_version 2, this version of ddsr-bench reads 1; draw it again with",
        ),
        ({"scale": 0}, "r.json: scale: "),
        ({"colour": 1}, "r.json: colour: Extra inputs are not permitted"),
        (
            {"stages": [{"kind": "jpg", "key": "0", "params": {}}]},
            "r.json: stage kind 'jpg': unknown; allowed: ",
        ),
        (
            {"stages": [{"kind": "jpeg", "key": "0", "params": {"quality": 300}}]},
            "r.json: recipe stage 0 (jpeg).params: quality = 300.0 is outside 1 to 100",
        ),
        (
            {"stages": [{"kind": "jpeg", "key": "0", "params": {"quality": 30, "q": 1}}]},
            "r.json: recipe stage 0 (jpeg).q: Extra inputs are not permitted",
        ),
        (
            {"clip": {"id": "a", "width": 8, "height": 8, "frames": 2, "fps": "0/1"}},
            "r.json: clip.fps: fps must be above 0",
        ),
        ({"clip": {"id": "a", "width": 8, "height": 8, "frames": 2, "fps": "x"}}, "r.json: clip.fps: "),
    ],
)
def test_a_wrong_recipe_is_one_clear_line(tmp_path, change, message):
    path = tmp_path / "r.json"
    path.write_text(json.dumps({**json.loads(recipe().to_json()), **change}))
    with pytest.raises(DdsrError) as caught:
        Recipe.load(path)
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)


def test_text_that_is_no_json(tmp_path):
    (tmp_path / "r.json").write_text("{")
    with pytest.raises(DdsrError, match=r"r.json: not valid JSON"):
        Recipe.load(tmp_path / "r.json")
    with pytest.raises(DdsrError, match=r"gone.json: recipe cannot be read"):
        Recipe.load(tmp_path / "gone.json")


def test_a_list_is_no_recipe():
    with pytest.raises(DdsrError, match="recipe_version None"):
        Recipe.from_json("[1, 2]")
