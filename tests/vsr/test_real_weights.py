"""Trained networks on real frames: equal to the published code's outputs, in phase with bicubic, of the same colour."""

from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import read_frames
from ddsr_bench.vsr.archs.vespcn import VESPCN
from ddsr_bench.vsr.cards import method_card
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.checkpoints import weight_spec
from ddsr_bench.vsr.frozen_graph import read_constants
from ddsr_bench.vsr.method import Settings
from ddsr_bench.weights import use_file
from ddsr_bench.weights.state import load_state_dict

GOLDENS = Path(__file__).parents[1] / "goldens" / "real_weights"
FILES = {
    "mobile-rrn-16": "mobile_rrn_16/mobile_rrn_16_from_ckpt150.npz",
    "mobile-rrn-32": "mobile_rrn_32/mobile_rrn_32_from_ckpt150.npz",
    "realesr-general": "realesr_general_x4v3/realesr_general_x4v3_fp16_from_ncnn.pth",
    "realesr-animevideov3": "realesr_animevideov3_x4/realesr_animevideov3_x4_fp16_from_ncnn.pth",
    "rfdn": "ntire22_esr/rfdn_baseline.pth",
    "rlfn": "ntire22_esr/team04_rlfn.pth",
    "espcn": "espcn_egvsr/espcn_x4_subconv_100.pth",
    "espcn x2": "opencv_espcn/ESPCN_x2.pb",
    "espcn x4": "opencv_espcn/ESPCN_x4.pb",
    "fsrcnn x2": "opencv_fsrcnn/FSRCNN_x2.pb",
    "fsrcnn x4": "opencv_fsrcnn/FSRCNN_x4.pb",
    "vespcn": "vespcn_egvsr/vespcn_ep0500.pth",
}


def run(shared, case, frames, **settings):
    """All frames by the method that ``case`` begins with, at the scale that it ends with (x4 unless it says)."""
    name, _, scale = case.partition(" x")
    weights, scale = shared / "weights" / FILES[case], int(scale or 4)
    method = get_method(name).start(Settings(scale=scale, weights=weights, device="cpu", precision="fp32", **settings))
    return np.stack(list(method(iter(frames))))


GOLDEN = [
    ("mobile-rrn-32", "mobile_rrn_32_x4", "sr_f32_thwc", 1 / 255),
    ("realesr-general", "realesr_general_x4v3", "sr", 1.0),
    ("realesr-animevideov3", "realesr_animevideov3_x4", "sr", 1.0),
    ("rfdn", "rfdn_ntire22_x4", "sr", 1.0),
]


@pytest.mark.parametrize(("name", "golden", "key", "unit"), GOLDEN, ids=[one[0] for one in GOLDEN])
def test_outputs_are_those_of_the_published_code(shared, name, golden, key, unit):
    """Bytes, so half a level from rounding; the references are kept in half precision, .06 of a level."""
    with np.load(GOLDENS / f"{golden}.npz") as archive:
        low, expected = archive["lr_u8"], archive[key].astype(np.float64) * unit * 255
    if expected.shape[1] == 3:
        expected = expected.transpose(0, 2, 3, 1)
    made = run(shared, name, list(low))
    assert made.shape == expected.shape
    difference = np.abs(made - np.clip(expected, 0, 255))
    assert difference.max() <= 0.5 + 0.15
    assert difference.mean() < 0.3


@pytest.mark.parametrize("case", ["espcn x2", "espcn x4", "fsrcnn x2", "fsrcnn x4"])
def test_luma_networks_are_those_of_opencv(shared, case):
    """OpenCV 4.12's DNN module ran the published graphs; versions from 5.0 on cannot, for want of a layer."""
    name, scale = case.split(" x")
    module = import_module(f"ddsr_bench.vsr.archs.{name}")
    network = {"espcn": "ESPCN", "fsrcnn": "FSRCNN"}[name]
    network = getattr(module, network)(int(scale)).eval()
    network.load_state_dict(module.from_graph(read_constants(shared / "weights" / FILES[case])))
    with np.load(GOLDENS / "opencv_luma.npz") as archive, torch.inference_mode():
        made = network(torch.from_numpy(archive["input"])).numpy()
        assert np.abs(made - archive[f"{name}_x{scale}"]).max() < 1e-4


def test_vespcn_is_that_of_the_published_code(shared):
    """Without what the method does around it. The reference is kept in half precision: 2.5e-4 near white."""
    network = VESPCN().eval()
    network.load_state_dict(load_state_dict(shared / "weights" / FILES["vespcn"]))
    with np.load(GOLDENS / "vespcn_egvsr_x4.npz") as archive:
        low, expected = archive["lr_u8"], archive["sr_f32_tchw"].astype(np.float32)
    x = torch.from_numpy(low).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        made = torch.cat([network.published(x[None, middle - 1 : middle + 2]) for middle in (1, 2, 3)])
        whole = network(x[None, :3])
    assert np.abs(made.numpy() - expected).max() < 5e-4
    # Mirrored frames give back the border: the same picture nine pixels further in, away from where they reach.
    assert whole.shape == (1, 3, 192, 256)
    inside = np.abs(whole[0, :, 9:-9, 9:-9].numpy() - expected[0])[:, 30:-30, 30:-30]
    assert inside.mean() < 0.5 / 255
    assert inside.max() < 6 / 255


@pytest.fixture(scope="module")
def frames(shared):
    """Five frames of a real clip, made small so that what is right is known: 64x48."""
    high = list(read_frames(shared / "clips" / "vsfa_test.mp4", 0, 5))
    crops = [frame[100 : 100 + 192, 300 : 300 + 256] for frame in high]
    return [cv2.resize(frame, (64, 48), interpolation=cv2.INTER_AREA) for frame in crops]


def phase(one, other):
    """Shift of ``other`` against ``one`` in pixels, by least squares on gradients of blurred luma."""
    a, b = (cv2.GaussianBlur(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float64), (0, 0), 3) for p in (one, other))
    a, b = a[16:-16, 16:-16], b[16:-16, 16:-16]
    gy, gx = np.gradient((a + b) / 2)
    matrix = np.array([[(gx * gx).sum(), (gx * gy).sum()], [(gx * gy).sum(), (gy * gy).sum()]])
    error = a - b
    return np.linalg.solve(matrix, [(gx * error).sum(), (gy * error).sum()])


# Networks whose loss is not fidelity alone move edges and colours by themselves.
FREE = {"realesr-general": (0.2, 4.0), "realesr-animevideov3": (0.2, 4.0), "vespcn": (0.05, 2.0)}


@pytest.mark.parametrize("case", sorted(FILES))
def test_pictures_lie_where_bicubic_has_them_and_have_its_colour(shared, case, frames):
    """Wrong orders of channels and kernels that are off by a pixel are found here: .05 px of the output."""
    made = run(shared, case, frames)
    scale = made.shape[1] // frames[0].shape[0]
    base = np.stack(list(get_method("bicubic").start(Settings(scale=scale))(iter(frames))))
    shift, level = FREE.get(case, (0.05, 1.0))
    assert np.abs(phase(base[2], made[2])).max() < shift
    colour = np.abs(made[2].mean(axis=(0, 1)) - base[2].mean(axis=(0, 1))).max()
    assert colour < level
    assert colour < 0.5 * np.abs(made[2, ..., ::-1].mean(axis=(0, 1)) - base[2].mean(axis=(0, 1))).max()
    assert np.corrcoef(made[2].ravel(), base[2].ravel())[0, 1] > 0.93


@pytest.mark.parametrize("name", ["rfdn", "rlfn"])
def test_tiles_of_networks_with_spatial_attention_are_close_to_whole_frames(shared, name):
    """Not equal, as with other networks: the attention's grid is stretched over what the network is given."""
    frame = next(iter(read_frames(shared / "clips" / "vsfa_test.mp4", 0, 1)))[100:164, 300:540]
    whole, tiles = (run(shared, name, [frame], tile=tile)[0].astype(int) for tile in (0, 224))
    off = np.abs(tiles - whole)
    assert 1 < off.max() < 40
    assert 0 < off.mean() < 0.3


def test_the_ruler_finds_a_shift_and_a_swap(frames):
    base = np.stack(list(get_method("bicubic").start(Settings(scale=4))(iter(frames))))[2]
    assert np.abs(phase(base, np.roll(base, 1, axis=1))[0]) > 0.5
    assert np.abs(base[..., ::-1].mean(axis=(0, 1)) - base.mean(axis=(0, 1))).max() > 1.0


def test_denoise_mixes_the_two_sets_of_weights(shared, frames, tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path))
    with pytest.raises(DdsrError, match=r"wdn-x4v3\.pth are not here; fetch them with: ddsr-bench weights"):
        run(shared, "realesr-general", frames[:1], options={"denoise": 0.5})
    twin = shared / "weights" / "realesr_general_wdn_x4v3" / "realesr_general_wdn_x4v3_fp16_from_ncnn.pth"
    card = method_card("realesr-general")
    use_file(weight_spec(card, card.file(4, "wdn")), twin, trust=True)
    full, half, none = (run(shared, "realesr-general", frames[:1], options={"denoise": d}) for d in (1.0, 0.5, 0.0))
    assert not np.array_equal(full, none)
    assert not np.array_equal(half, full)
    between = np.abs(half.astype(int) - full).mean(), np.abs(half.astype(int) - none).mean()
    assert max(between) < np.abs(full.astype(int) - none).mean()


def test_bad_files_are_one_line(tmp_path):
    bad = tmp_path / "weights.npz"
    bad.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(DdsrError, match=r"weights\.npz: not an \.npz file of plain arrays"):
        get_method("mobile-rrn-32").start(Settings(weights=bad))
    np.savez(bad, np.zeros(3))
    with pytest.raises(DdsrError, match=r"Mobile RRN: 1 arrays, not 26; export the checkpoint in Keras order"):
        get_method("mobile-rrn-32").start(Settings(weights=bad))
    np.savez(bad, np.array([{"a": 1}], dtype=object))
    with pytest.raises(DdsrError, match=r"weights\.npz: not an \.npz file of plain arrays"):
        get_method("mobile-rrn-32").start(Settings(weights=bad))


def test_espcn_says_which_file_it_wants(shared, frames):
    weights = shared / "weights" / FILES["espcn"]
    with pytest.raises(
        DdsrError, match=r"subconv_100\.pth: no frozen graph \(\.pb\), which x2 of method 'espcn' wants"
    ):
        get_method("espcn").start(Settings(scale=2, weights=weights))
    with pytest.raises(DdsrError, match=r"wrong checkpoint for the method, it has other shapes 2: conv3.weight"):
        get_method("espcn").start(Settings(scale=4, weights=shared / "weights" / FILES["espcn x2"]))
    with pytest.raises(DdsrError, match=r"ESPCN_x2\.pb: graph: constant 'f4' is missing; it is of another network"):
        get_method("fsrcnn").start(Settings(scale=2, weights=shared / "weights" / FILES["espcn x2"]))
