"""Specs: what is accepted, and the text of every refusal."""

import pytest

from ddsr_bench.degrade.spec import load_preset, load_spec, parse_spec, preset_names
from ddsr_bench.errors import DdsrError


def spec(body):
    return parse_spec(f'name = "t"\n{body}', "t.toml")


JPEG = '[[stage]]\nkind = "jpeg"\n'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "t.toml: stage: no stages; add at least one [[stage]] table"),
        ("[[stage]]\nprob = 1.0", 't.toml: stage[0].kind: missing; name a stage, as in kind = "blur"'),
        ('[[stage]]\nkind = "blurr"', "t.toml: stage[0].kind: stage kind 'blurr': unknown; allowed: "),
        (JPEG, "t.toml: stage[0].quality: missing; jpeg needs it (allowed: 1 to 100)"),
        (
            JPEG + "qualty = 3",
            "t.toml: stage[0].qualty: unknown key; did you mean 'quality'? (allowed: quality)",
        ),
        (
            JPEG + "quality = [90, 30]",
            "t.toml: stage[0].quality: [90, 30] is empty, its low end is above its high end",
        ),
        (JPEG + "quality = [30, 130]", "t.toml: stage[0].quality: 130 is not allowed; allowed: 1 to 100"),
        (JPEG + 'quality = "good"', "t.toml: stage[0].quality: 'good' is not allowed; allowed: 1 to 100"),
        (
            JPEG + "quality = { choices = [] }",
            "t.toml: stage[0].quality.choices: [] is empty; give a list of at least",
        ),
        (
            JPEG + "quality = { choices = [30, 60], weights = [1] }",
            "t.toml: stage[0].quality.weights: [1]; give 2 numbers >= 0 that are not all 0",
        ),
        (
            JPEG + "quality = { range = [30, 60], stp = 1 }",
            "t.toml: stage[0].quality.stp: unknown key; did you mean 'step'?",
        ),
        (JPEG + 'quality = "@q"', "t.toml: stage[0].quality: '@q' is not under [shared] (there: nothing)"),
        (JPEG + "quality = 50\nprob = 1.5", "t.toml: stage[0].prob: 1.5; give a number from 0 to 1"),
        (JPEG + "quality = 50\nrepeat = 0", "t.toml: stage[0].repeat: 0; give a whole number from 1 to 8"),
        (
            '[[stage]]\nkind = "blur"\nshape = "iso"\nsize = { range = [7, 21], step = 1 }',
            "t.toml: stage[0].size: cannot move over the clip; leave out 'step' and 'drift'",
        ),
        (
            '[[stage]]\nkind = "blur"\nshape = "round"\nsize = 7',
            "t.toml: stage[0].shape: 'round' is not allowed; allowed: iso, aniso",
        ),
        (
            '[[stage]]\nkind = "blur"\nshape = [1, 2]\nsize = 7',
            "t.toml: stage[0].shape: a range, but it takes allowed: iso",
        ),
        (
            '[[stage]]\nkind = "resize"\nmode = "area"\nfactor = { range = [0, 2], transform = "reciprocal" }',
            "t.toml: stage[0].factor: [0, 2] has no reciprocal; use a low end above 0",
        ),
        (
            '[[stage]]\nkind = "shuffle"\nkeep_order = ["x"]\n[[stage.stage]]\nkind = "jpeg"\nquality = 50',
            "t.toml: stage[0].keep_order: no member has label 'x'",
        ),
        ("[[stage]", "t.toml: not valid TOML: "),
    ],
)
def test_a_wrong_spec_is_one_clear_line(body, message):
    with pytest.raises(DdsrError) as caught:
        spec(body)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_the_name_and_version_are_checked():
    with pytest.raises(DdsrError, match=r'spec: name: missing; add name = "my-spec"'):
        parse_spec(JPEG + "quality = 50")
    with pytest.raises(DdsrError, match="spec_version: 9; this version of ddsr-bench reads 1"):
        parse_spec('spec_version = 9\nname = "x"\n' + JPEG + "quality = 50")


def test_an_unknown_top_key_names_its_neighbour():
    with pytest.raises(DdsrError, match=r"spec.stages: unknown key; did you mean 'stage'\?"):
        parse_spec('name = "x"\n[[stages]]\nkind = "jpeg"')


def test_a_missing_or_binary_file_is_named(tmp_path):
    with pytest.raises(DdsrError, match=r"nope.toml: spec cannot be read \(No such file or directory\)"):
        load_spec(tmp_path / "nope.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DdsrError, match=r"b.toml: spec cannot be read \(not UTF-8 text\)"):
        load_spec(tmp_path / "b.toml")


def test_an_unknown_preset_lists_the_presets():
    with pytest.raises(DdsrError, match=r"preset 'ddrs': unknown .presets: bicubic, blur-down, bsrgan"):
        load_preset("ddrs")


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_loads_and_names_its_source(name):
    preset = load_preset(name)
    assert preset.name == name
    assert preset.title
    assert len(preset.source) > 20


def test_the_presets_are_those_promised():
    promised = "bicubic blur-down bsrgan camera ddsr real-esrgan realbasicvsr srwd"
    assert preset_names() == sorted(promised.split())
