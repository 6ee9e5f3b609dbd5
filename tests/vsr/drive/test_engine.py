"""Devices, precisions, memory that runs out, compilers that fail."""

import numpy as np
import pytest
import torch
from fake_networks import BothWays, Enlarge, Recurrent, Window, a_run, made_frames

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.drive import place
from ddsr_bench.vsr.drive.engine import RunnerWarning, is_out_of_memory
from ddsr_bench.vsr.method import Settings


def ran(run, frames):
    return np.stack(list(run(iter(frames))))


def close(made, expected, levels=1):
    return made.shape == expected.shape and int(np.abs(made.astype(int) - expected).max()) <= levels


class Limited(torch.nn.Module):
    """A network that has memory for so many pixels at once, counted over all frames that go in."""

    def __init__(self, module, pixels):
        super().__init__()
        self.module, self.pixels = module, pixels
        for name in ("features", "fuse", "stretch"):
            if hasattr(module, name):
                setattr(self, name, getattr(module, name))
        if hasattr(module, "step"):
            self.step = lambda x, state: self._guarded(module.step, x, state)
        if hasattr(module, "stretch"):
            self.stretch = lambda x, keep, state: self._guarded(module.stretch, x, keep, state)

    def _guarded(self, function, x, *others):
        if x.shape[-1] * x.shape[-2] * (x.shape[1] if x.ndim == 5 else 1) > self.pixels:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes")
        return function(x, *others)

    def forward(self, x):
        return self._guarded(self.module, x)


def test_frames_go_on_in_smaller_tiles_and_it_says_so():
    frames, module = made_frames(3, 64, 64), Enlarge().eval()
    run = a_run(Limited(module, 1100), "frame", halo=1)
    with pytest.warns(RunnerWarning) as told:
        made = ran(run, frames)
    texts = [str(one.message) for one in told if one.category is RunnerWarning]
    assert texts == [
        "method 'fake': not enough memory on cpu, going on in tiles of 32",
    ]
    assert close(made, ran(a_run(module, "frame"), frames))


def test_a_window_goes_on_in_smaller_tiles():
    frames, module = made_frames(6, 64, 64), Window(5, reuse=False).eval()
    with pytest.warns(RunnerWarning, match="going on in tiles of 32"):
        made = ran(a_run(Limited(module, 6000), "window", window=5, halo=1), frames)
    assert close(made, ran(a_run(module, "window", window=5), frames))


def test_recurrence_that_loses_its_tiles_says_where_it_begins_anew():
    class Later(Recurrent):
        calls = 0

        def step(self, frame, state):
            self.calls += 1
            if self.calls == 4:
                raise MemoryError
            return super().step(frame, state)

    frames, module = made_frames(6, 48, 48), Later().eval()
    with pytest.warns(RunnerWarning) as told:
        made = ran(a_run(module, "forward", halo=1), frames)
    texts = [str(one.message) for one in told if one.category is RunnerWarning]
    assert "begins anew at frame 3 of the shot" in texts[1]
    first, again = (ran(a_run(Recurrent().eval(), "forward"), part) for part in (frames[:3], frames[3:]))
    assert close(made, np.concatenate([first, again]))


@pytest.mark.parametrize("carry", [True, False])
def test_both_ways_go_on_in_shorter_windows(carry):
    frames, module = made_frames(30, 16, 16), BothWays(fade=0.02, carry=carry).eval()
    expected = ran(a_run(BothWays(fade=0.02).eval(), "bidirectional", overlap=3), frames)
    with pytest.warns(RunnerWarning, match="going on in windows of 10 frames"):
        made = ran(a_run(Limited(module, 16 * 16 * 12), "bidirectional", overlap=3), frames)
    assert close(made, expected)


@pytest.mark.parametrize(
    ("drive", "module", "facts"),
    [
        ("frame", Enlarge(), {}),
        ("frame", Enlarge(), {"halo": 4}),
        ("forward", Recurrent(), {}),
        ("bidirectional", BothWays(), {"overlap": 3}),
    ],
)
@pytest.mark.filterwarnings("ignore::ddsr_bench.vsr.drive.engine.RunnerWarning")
def test_memory_for_nothing_at_all_is_one_line(drive, module, facts):
    with pytest.raises(DdsrError, match=r"not enough memory on cpu for .*64x48; use smaller frames") as caught:
        ran(a_run(Limited(module.eval(), 10), drive, **facts), made_frames(30, 48, 64))
    assert "\n" not in str(caught.value)


def test_other_errors_are_not_taken_for_memory():
    class Broken(torch.nn.Module):
        def forward(self, x):
            raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        ran(a_run(Broken(), "frame", halo=1), made_frames(1))
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert not is_out_of_memory(ValueError("out of memory"))


def test_large_pictures_are_cut_without_being_asked():
    sizes = []

    class Noting(Enlarge):
        def forward(self, x):
            sizes.append(tuple(x.shape[-2:]))
            return super().forward(x)

    ran(a_run(Noting().eval(), "frame", halo=16), made_frames(1, 600, 700))
    assert max(max(size) for size in sizes) <= 512
    sizes.clear()
    ran(a_run(Noting().eval(), "frame", halo=16, settings=Settings(tile=0)), made_frames(1, 600, 700))
    assert sizes == [(600, 700)]


def test_tiles_for_a_network_that_must_see_all():
    with pytest.warns(RunnerWarning, match="looks at whole frames, so the tile size is left aside"):
        run = a_run(Enlarge().eval(), "frame", settings=Settings(tile=16))
    assert ran(run, made_frames(1, 40, 40)).shape == (1, 80, 80, 3)


@pytest.mark.filterwarnings("ignore")
def test_compilers_that_fail_are_left_aside(monkeypatch):
    def failing(function):
        def call(*arguments):
            raise RuntimeError("no C++ compiler\nfound")

        return call

    frames, module = made_frames(2), Enlarge().eval()
    expected = ran(a_run(module, "frame"), frames)
    monkeypatch.setattr(torch, "compile", failing)
    run = a_run(module, "frame", settings=Settings(precision="fp32", compile=True))
    with pytest.warns(RunnerWarning, match=r"torch.compile failed \(RuntimeError: no C\+\+ compiler found\)") as told:
        assert np.array_equal(ran(run, frames), expected)
    assert len([one for one in told if one.category is RunnerWarning]) == 1


def test_reduced_precision_is_near(monkeypatch):
    frames = made_frames(3, 32, 32)
    seen = []

    class Noting(Enlarge):
        def forward(self, x):
            out = self.conv(x)
            seen.append(out.dtype)
            return super().forward(x)

    for precision, kind in (("fp32", torch.float32), ("bf16", torch.bfloat16), ("auto", None)):
        made = ran(a_run(Noting().eval(), "frame", settings=Settings(precision=precision)), frames)
        assert kind is None or seen[-1] == kind
        assert close(made, ran(a_run(Enlarge().eval(), "frame"), frames), 3)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx2", "fp32"), ("avx512f avx512_bf16", "bf16"), ("amx_tile amx_bf16", "bf16"), (None, "fp32")],
)
def test_auto_takes_bf16_only_where_it_is_quick(tmp_path, monkeypatch, flags, expected):
    path = tmp_path / "cpuinfo"
    if flags is not None:
        path.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    found = place.processor_flags.__wrapped__(path)
    monkeypatch.setattr(place, "processor_flags", lambda: found)
    assert place.chosen_place(Settings(device="cpu")).precision == expected


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"device": "tpu"}, r"device 'tpu': unknown; use auto, cpu, cuda, cuda:1 or mps"),
        ({"device": "cuda:77"}, r"device 'cuda:77': torch finds \d+ CUDA devices here; use --device cpu"),
        ({"device": "cpu", "precision": "fp16"}, r"precision fp16: not on cpu; use fp32 or bf16"),
        ({"device": "cpu", "precision": "fp8"}, r"precision 'fp8': unknown; use auto, fp32, bf16 or fp16"),
    ],
)
def test_what_is_not_here(settings, text):
    with pytest.raises(DdsrError, match=text):
        place.chosen_place(Settings(**settings))


def test_gradients_stay_off_and_the_callers_mode_is_untouched():
    going = a_run(Enlarge().eval(), "frame")(iter(made_frames(2)))
    next(going)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert not torch.is_autocast_enabled("cpu")
