"""The recipe from its options to its files: it learns, resumes to the bit, guards, and refuses what cannot be used."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hr_clips import write_clips
from safetensors.torch import load_file

from ddsr_bench import video
from ddsr_bench.errors import DdsrError
from ddsr_bench.train.ddsr.config import DdsrConfig
from ddsr_bench.train.ddsr.run import Options, rehearsed, settings_of, task_of, train_ddsr
from ddsr_bench.train.loop.journal import read_log
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.settings import load_settings, shipped_names
from ddsr_bench.vsr.shipped import load_weights

SMALL = """
[loop]
epochs = 3
optimiser = "adam"
learning_rate = 3e-3
weight_decay = 0.0
average = 0.5
checkpoint_every = 3

[data]
crop = 16
frames = 4
batch = 2
samples = 2
reuse = 2
validation = 0.2
judged_clips = 1
judged_frames = 8

[network]
channels = 8
"""
STAGE_2 = """
watch = "quality"
critic_width = 8

[loss]
features = 0.1
adversarial = 0.01
denoised = 0.5
quality = 0.1
"""


@pytest.fixture(autouse=True)
def one_thread():
    """Sums of floats are the same in each run only with an equal number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ddsr")
    (folder / "small.toml").write_text(SMALL)
    (folder / "stage2.toml").write_text(STAGE_2 + SMALL.replace("crop = 16", "crop = 32"))
    write_clips(folder / "hr", width=144, height=136)
    return Options(
        data=str(folder / "hr"),
        out=Path("out"),
        config=str(folder / "small.toml"),
        cache=folder / "clips",
        device="cpu",
        workers=0,
    )


@pytest.fixture(scope="module")
def trained(options, tmp_path_factory):
    """A finished run: its folder and what it returned."""
    out = tmp_path_factory.mktemp("trained")
    return out, train_ddsr(replace(options, out=out), Ranks())


def curve(out):
    return [(line["kind"], line["step"], line["values"]) for line in read_log(out / "log.jsonl")]


def test_a_run_leaves_weights_a_record_and_its_log(trained, options):
    out, done = trained
    assert (done.outcome.steps, done.outcome.epochs) == (12, 3)
    assert {path.name for path in out.iterdir()} >= {"best.safetensors", "last.pt", "log.jsonl", "train.json"}
    record = json.loads((out / "train.json").read_text())["training"]
    assert record["settings"]["name"] == "small.toml"
    assert {side: len(clips) for side, clips in record["data"]["clips"].items()} == {"train": 4, "validation": 1}
    assert record["watched"] == {"name": "psnr", "best": pytest.approx(done.values["psnr"])}
    assert set(done.values) == {"psnr", "ssim", "gmsd", "niqe_fit", "rw_vsr_qa", "flicker", "watched"}
    load_weights(out / "best.safetensors", kind="lite", scale=4)
    lines = read_log(out / "log.jsonl")
    assert set(lines[0]["values"]) == {"pixel", "clean", "norm"}


def test_it_learns(options, tmp_path):
    """To sharpen what bicubic made small, which bilinear enlargement, where it begins, does not."""
    longer = tmp_path / "longer.toml"
    longer.write_text(SMALL.replace("epochs = 3", "epochs = 30\nvalidate_every = 30"))
    options = replace(options, config=str(longer), preset="bicubic", out=tmp_path / "out")
    task = task_of(options)
    with torch.no_grad():
        before = task.validate({"network": task.network.eval()}, Ranks()).values["psnr"]
    assert train_ddsr(options, Ranks()).values["psnr"] > before + 0.15


@pytest.mark.parametrize("config", ["small.toml", pytest.param("stage2.toml", marks=pytest.mark.slow)])
def test_cut_off_and_resumed_is_as_if_never_interrupted(options, tmp_path, config):
    options = replace(options, config=str(Path(options.config).with_name(config)))
    train_ddsr(replace(options, out=tmp_path / "whole"), Ranks())

    class CutOffError(Exception):
        pass

    def cut(report):
        if report.kind == "step" and report.step == 8:
            raise CutOffError

    with pytest.raises(CutOffError):
        train_ddsr(replace(options, out=tmp_path / "cut"), Ranks(), progress=cut)
    # Degraded clips of a killed run need not be there any more.
    fresh = replace(options, out=tmp_path / "cut", cache=tmp_path / "other-clips", resume=True)
    assert train_ddsr(fresh, Ranks()).outcome.resumed_at == 6
    assert curve(tmp_path / "cut") == curve(tmp_path / "whole")
    ours, theirs = (load_file(tmp_path / name / "best.safetensors") for name in ("cut", "whole"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_stage_2_begins_with_stage_1_and_trains_a_critic(options, trained, tmp_path):
    stage2 = replace(
        options,
        config=str(Path(options.config).with_name("stage2.toml")),
        init=trained[0] / "best.safetensors",
        out=tmp_path,
        epochs=1,
    )
    task = task_of(stage2)
    given = load_file(stage2.init)
    assert all(torch.equal(given[name], tensor) for name, tensor in task.network.state_dict().items())
    train_ddsr(stage2, Ranks())
    names = set(read_log(tmp_path / "log.jsonl")[0]["values"])
    assert names == {
        *(f"network.{name}" for name in ("pixel", "clean", "features", "adversarial", "denoised", "quality", "norm")),
        *(f"critic.{name}" for name in ("real", "made", "norm")),
    }
    assert json.loads((tmp_path / "train.json").read_text())["training"]["init_sha256"] == task.init


def test_another_scale_gives_the_layers_that_fit(options, trained, tmp_path):
    best, x2 = trained[0] / "best.safetensors", tmp_path / "x2.toml"
    x2.write_text(SMALL.replace("[data]", "[data]\nscale = 2"))
    given, task = load_file(best), task_of(replace(options, config=str(x2), transfer=best))
    made = task.network.state_dict()
    anew = {name for name, tensor in made.items() if tensor.shape != given[name].shape}
    assert anew == {"picture.weight", "picture.bias"}
    assert all(torch.equal(made[name], given[name]) for name in set(made) - anew)
    assert not made["picture.weight"].any()
    assert task.facts()["init"] == video.file_sha256(best)
    with pytest.raises(DdsrError, match="--init and --transfer exclude each other"):
        task_of(replace(options, init=best, transfer=best))
    wide = tmp_path / "wide.toml"
    wide.write_text(SMALL.replace("channels = 8", "channels = 16"))
    with pytest.raises(DdsrError, match=r"only 13% of the network's weights are in it"):
        task_of(replace(options, config=str(wide), transfer=best))


def test_training_that_goes_on_skips_the_draws_that_were(options, tmp_path):
    later = tmp_path / "later.toml"
    later.write_text(SMALL.replace("[data]", "[data]\nskip = 2"))
    first = next(task_of(options).batches(2, 0, Ranks()))
    skipped = next(task_of(replace(options, config=str(later))).batches(0, 0, Ranks()))
    assert all(torch.equal(first[name], skipped[name]) for name in ("lr", "hr"))


def test_the_guard_does_not_count_what_pleases_the_quality_model_alone(options):
    task = task_of(replace(options, config=str(Path(options.config).with_name("stage2.toml"))))
    task._began = {"ssim": 0.8, "gmsd": 0.1}
    fine = {"ssim": 0.79, "gmsd": 0.105, "rw_vsr_qa": 3.5}
    assert task._watched(fine) == 3.5
    assert math.isnan(task._watched({**fine, "ssim": 0.77}))
    assert math.isnan(task._watched({**fine, "gmsd": 0.12}))


def test_two_processes_take_the_steps_of_one(options, tmp_path):
    """Gradients of shares, averaged, are the gradient of the batch."""
    task = task_of(replace(options, out=tmp_path))
    batch = next(task.batches(0, 0, Ranks()))
    from ddsr_bench.train.loop.task import Moment

    def gradients(part):
        losses = task.losses("network", part, Moment(0, 0, 0, 0, 1), Ranks())
        total = sum(task.weights[name] * value for name, value in losses.items())
        return torch.cat([one.flatten() for one in torch.autograd.grad(total, list(task.network.parameters()))])

    halves = [gradients({name: tensor[k : k + 1] for name, tensor in batch.items()}) for k in (0, 1)]
    torch.testing.assert_close((halves[0] + halves[1]) / 2, gradients(batch), atol=1e-7, rtol=1e-4)


def test_a_dry_run_times_a_step(options):
    seconds, memory = rehearsed(task_of(options), options)
    assert seconds > 0
    assert memory.endswith("GiB of this process")


@pytest.mark.parametrize("name", shipped_names("ddsr"))
def test_settings_that_come_with_the_package_are_sound(name):
    config = load_settings(name, "ddsr", DdsrConfig)
    assert name == "tiny" or str(config.data.scale) == name.split("-x")[1][0]
    kind = {"ddsr-lite": "lite", "ddsr-paper": "frvsr", "tiny": "lite"}.get(name.split("-x")[0], "full")
    assert config.network.kind == kind
    guided = config.loss.quality or config.loss.features
    # Patches of the quality model are 64 pixels, at half resolution too.
    assert not guided or config.data.crop * config.data.scale >= 128
    assert (config.watch == "quality") == bool(config.loss.adversarial or config.loss.quality)


def test_what_cannot_be_used_is_told_in_a_line(options, trained, tmp_path):
    def message(**changes):
        with pytest.raises(DdsrError) as caught:
            task_of(replace(options, **changes))
        return str(caught.value)

    x2 = tmp_path / "x2.toml"
    x2.write_text(SMALL.replace("[data]", "[data]\nscale = 2"))
    best = trained[0] / "best.safetensors"
    assert "best.safetensors: scale is 4, wanted 2" in message(config=str(x2), init=best)
    wide = tmp_path / "wide.toml"
    wide.write_text(SMALL.replace("channels = 8", "channels = 16"))
    assert "best.safetensors: wrong checkpoint" in message(config=str(wide), init=best)
    assert "last.pt: not a safetensors file" in message(init=trained[0] / "last.pt")
    few = tmp_path / "few.toml"
    few.write_text(SMALL.replace("batch = 2", "batch = 20"))
    assert "4 clips to train on give no batch of 20; raise data.samples" in message(config=str(few))
    assert "no settings of that name" in message(config="ddsr-huge")
    assert "nothing: no such folder" in message(data=str(tmp_path / "nothing"))
    assert "unknown" in message(preset="rain") or "preset" in message(preset="rain")
    flat = tmp_path / "flat.toml"
    flat.write_text(SMALL + 'kind = "full"\ntemporal = false\n')
    assert "network.temporal: a network of kind 'full' is always temporal" in message(config=str(flat))
    flat.write_text(SMALL + 'kind = "full"\naligned = true\n')
    assert "network.aligned: a network of kind 'full' finds motion itself" in message(config=str(flat))


def test_options_overrule_settings(options):
    config = settings_of(replace(options, epochs=7, preset="srwd", precision="bf16"))
    assert (config.loop.epochs, config.data.preset, config.loop.precision) == (7, "srwd", "bf16")


def test_a_quality_model_of_another_version_is_refused(options, monkeypatch):
    monkeypatch.setattr("ddsr_bench.quality.rw_vsr_qa.checkpoint.WEIGHTS_VERSION", 99)
    with pytest.raises(DdsrError, match="weights_version 1, but this program has 99"):
        task_of(replace(options, config=str(Path(options.config).with_name("stage2.toml"))))
