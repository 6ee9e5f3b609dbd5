"""Drives against the same networks called plainly on the whole clip."""

import numpy as np
import pytest
import torch
from fake_networks import BothWays, Enlarge, Recurrent, Window, a_run, as_frames, as_tensor, made_frames

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.drive.window import window_numbers
from ddsr_bench.vsr.method import Settings


def ran(run, frames):
    return np.stack(list(run(iter(frames))))


def close(made, expected):
    """Equal but for rounding at a half."""
    return made.shape == expected.shape and int(np.abs(made.astype(int) - expected).max()) <= 1


@torch.no_grad()
def test_frames_one_by_one():
    frames, module = made_frames(), Enlarge().eval()
    assert close(ran(a_run(module, "frame"), frames), as_frames(module(as_tensor(frames)[0])))


@torch.no_grad()
@pytest.mark.parametrize("pad_at", ["end", "start"])
@pytest.mark.parametrize("pad_mode", ["reflect", "replicate"])
def test_padding_is_where_the_network_wants_it_and_is_cut_off(pad_at, pad_mode):
    class Picky(torch.nn.Module):
        def forward(self, x):
            assert x.shape[-1] % 16 == x.shape[-2] % 16 == 0
            self.seen = x
            return torch.nn.functional.interpolate(x, scale_factor=2, mode="nearest")

    frames, module = made_frames(1, 20, 28), Picky()
    made = ran(a_run(module, "frame", multiple=16, pad_mode=pad_mode, pad_at=pad_at), frames)
    assert np.array_equal(made[0], frames[0].repeat(2, 0).repeat(2, 1))
    pads = [(12, 0), (4, 0)] if pad_at == "start" else [(0, 12), (0, 4)]
    expected = np.pad(frames[0], [*pads, (0, 0)], {"reflect": "reflect", "replicate": "edge"}[pad_mode])
    assert np.allclose(module.seen[0].permute(1, 2, 0).numpy() * 255, expected, atol=1e-3)


def test_padding_of_a_single_pixel():
    assert ran(a_run(Enlarge().eval(), "frame", multiple=8), made_frames(1, 1, 1)).shape == (1, 2, 2, 3)


@torch.no_grad()
@pytest.mark.parametrize("reuse", [True, False])
@pytest.mark.parametrize("edges", ["reflect", "replicate", "circle"])
@pytest.mark.parametrize("count", [1, 3, 5, 9])
def test_windows_and_their_edges(reuse, edges, count):
    frames, module = made_frames(count), Window(5, reuse=reuse).eval()
    x = as_tensor(frames)
    expected = torch.cat([module(x[:, window_numbers(t, count, 2, edges)]) for t in range(count)])
    assert close(ran(a_run(module, "window", window=5, edges=edges), frames), as_frames(expected))


def test_features_are_made_once_for_each_frame():
    module = Window(5).eval()
    ran(a_run(module, "window", window=5), made_frames(40))
    assert module.calls == 40


def test_numbers_of_windows():
    assert window_numbers(0, 9, 2, "reflect") == [2, 1, 0, 1, 2]
    assert window_numbers(1, 9, 2, "replicate") == [0, 0, 1, 2, 3]
    # As EDVR's authors count: [4, 3, 0, 1, 2] and [3, 0, 1, 2, 3] at the beginning, mirrored at the end.
    assert window_numbers(0, 9, 2, "circle") == [4, 3, 0, 1, 2]
    assert window_numbers(1, 9, 2, "circle") == [4, 0, 1, 2, 3]
    assert window_numbers(8, 9, 2, "circle") == [6, 7, 8, 5, 4]
    assert window_numbers(0, 1, 2, "circle") == [0, 0, 0, 0, 0]


@torch.no_grad()
def test_recurrence_streams():
    frames, module = made_frames(9), Recurrent().eval()
    taken = []

    def counted():
        for index, frame in enumerate(frames):
            taken.append(index)
            yield frame

    going = a_run(module, "forward")(counted())
    first = next(going)
    assert taken == [0]
    made = np.stack([first, *going])
    assert close(made, as_frames(module(as_tensor(frames))[0]))


@torch.no_grad()
@pytest.mark.parametrize("carry", [True, False])
@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize("count", [1, 9, 10, 11, 20, 57])
def test_windows_in_both_directions_are_as_the_whole_clip(carry, period, count):
    frames, module = made_frames(count, 8, 8), BothWays(fade=0.05, carry=carry).eval()
    settings = Settings(precision="fp32", window=10)
    run = a_run(module, "bidirectional", overlap=3, period=period, settings=settings)
    assert close(ran(run, frames), as_frames(module(as_tensor(frames))[0]))


@torch.no_grad()
def test_exact_sees_the_whole_shot():
    frames, module = made_frames(50, 8, 8), BothWays(fade=0.97, carry=False).eval()
    expected = as_frames(module(as_tensor(frames))[0])
    windowed, exact = (
        ran(a_run(module, "bidirectional", overlap=3, settings=Settings(precision="fp32", exact=exact)), frames)
        for exact in (False, True)
    )
    assert close(exact, expected)
    assert not close(windowed, expected)


def test_windows_begin_at_multiples_of_the_period():
    class Marks(BothWays):
        def forward(self, x):
            self.starts.append(int((x[0, 0, 0, 0, 0] * 255).round()))
            return super().forward(x)

    module = Marks(carry=False).eval()
    module.starts = []
    frames = [np.full((4, 4, 3), index, np.uint8) for index in range(60)]
    settings = Settings(precision="fp32", window=13)
    ran(a_run(module, "bidirectional", overlap=3, period=5, settings=settings), frames)
    assert len(module.starts) > 4
    assert all(start % 5 == 0 for start in module.starts)


def test_a_window_without_room_is_refused():
    with pytest.raises(DdsrError, match=r"windows of 8 frames are too short, 5 overlap .* give 11 or more"):
        a_run(BothWays(carry=False), "bidirectional", overlap=5, settings=Settings(window=8))


@torch.no_grad()
@pytest.mark.parametrize(("drive", "module"), [("frame", Enlarge()), ("window", Window(3)), ("forward", Recurrent())])
def test_tiles_change_nothing(drive, module):
    frames, module = made_frames(4, 40, 56), module.eval()
    facts = {"window": 3} if drive == "window" else {}
    whole = ran(a_run(module, drive, **facts), frames)
    parts = ran(a_run(module, drive, halo=1, settings=Settings(precision="fp32", tile=16), **facts), frames)
    assert close(parts, whole)


@torch.no_grad()
def test_tiles_in_both_directions():
    frames, module = made_frames(12, 40, 56), BothWays(fade=0.05).eval()
    whole = ran(a_run(module, "bidirectional", overlap=3), frames)
    settings = Settings(precision="fp32", tile=16, window=8)
    assert close(ran(a_run(module, "bidirectional", overlap=3, halo=1, settings=settings), frames), whole)
