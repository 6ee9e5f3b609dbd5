"""Methods from a user's file, and folders of clips that were made elsewhere."""

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import write_video
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.own import from_function
from ddsr_bench.vsr.runner import Upscaler, upscale

OWN = '''
"""Methods."""
import numpy as np
from dataclasses import replace
from ddsr_bench.vsr.methods.nearest import METHOD

ours = replace(METHOD, name="ours")

def whole(frames):
    return frames.repeat(4, 1).repeat(4, 2)

def told(frames, scale):
    return [frame.repeat(scale, 0).repeat(scale, 1) for frame in frames]

def stream(frames):
    for frame in frames:
        yield frame.repeat(4, 0).repeat(4, 1)

def small(frames):
    return frames

def nan(frames):
    out = frames.repeat(4, 1).repeat(4, 2).astype(float)
    out[1, 0, 0, 0] = np.nan
    return out

def floats(frames):
    return frames.repeat(4, 1).repeat(4, 2) / 255

def few(frames):
    return frames.repeat(4, 1).repeat(4, 2)[:-1]

def nothing(frames):
    return None

def nullary():
    return None

def bicubic(frames):
    return frames

def patient(frames):
    return frames.repeat(4, 1).repeat(4, 2)
patient.fewest = 9

number = 3
'''


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    return path


@pytest.mark.parametrize(("name", "scale"), [("whole", 4), ("told", 2), ("told", 3), ("stream", 4), ("ours", 2)])
def test_functions_and_methods(own, clip, name, scale):
    assert np.array_equal(upscale(clip, f"{own}:{name}", scale), clip.repeat(scale, 1).repeat(scale, 2))


def test_a_version_follows_the_file(own):
    before = get_method(f"{own}:whole").version
    assert before.startswith("file-")
    assert get_method(f"{own}:ours").version.startswith("1+file-")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("small", r"method 'small': gave frames uint8 \(64, 96, 3\), expected uint8 \(256, 384, 3\) \(x4\)"),
        ("nan", r"method 'nan': frame 0 is float64; return uint8"),
        ("floats", r"method 'floats': frame 0 is float64; return uint8, 0..255"),
        ("few", r"method 'few': gave 7 frames for 8; it must give one for each"),
        ("nothing", r"method 'nothing': returned NoneType; return frames, uint8"),
        ("nullary", r"method 'nullary': takes 0 arguments; write it as f\(frames\) or f\(frames, scale\)"),
        ("number", r"own.py:number: is of type int; name a function of frames, or a Method"),
        ("absent", r"own.py has no 'absent'; name a function or a Method in it"),
        ("bicubic", r"own.py:bicubic: is called 'bicubic' as one of ours is; rename it"),
        ("patient", r"clip: 8 frames, but method 'patient' needs 9"),
    ],
)
def test_each_mistake_is_one_line(own, clip, name, text):
    with pytest.raises(DdsrError, match=text) as caught:
        upscale(clip, f"{own}:{name}")
    assert "\n" not in str(caught.value)


def test_nan_is_named():
    def nan(frames):
        return np.full((len(frames), 8, 8, 3), np.nan, np.float32)

    nan.version = "1"
    nan.scales = (2,)
    with pytest.raises(DdsrError, match=r"frame 0 holds NaN or infinity; return uint8, 0..255"):
        list(Upscaler(from_function(nan, "nan"))(np.zeros((2, 4, 4, 3), np.uint8)))


def test_no_such_file():
    with pytest.raises(DdsrError, match=r"nope.py: no such Python file; write --method path/to/file.py:function"):
        get_method("nope.py:f")


def folder_of(tmp_path, name, frames):
    (tmp_path / "sr").mkdir(exist_ok=True)
    write_video(tmp_path / "sr" / name, frames, 24, format="ffv1" if name.endswith(".mkv") else "png")
    return get_method(f"folder:{tmp_path / 'sr'}")


@pytest.mark.parametrize("name", ["a.mkv", "a"])
def test_a_folder_of_clips(tmp_path, clip, name):
    high = clip.repeat(3, 1).repeat(3, 2)
    method = folder_of(tmp_path, name, high)
    assert method.name == "sr"
    for scale in (None, 3):
        assert np.array_equal(list(Upscaler(method, scale=scale)(clip, clip="a")), high)


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        (lambda clip: clip[:5].repeat(2, 1).repeat(2, 2), r"a.mkv: the SR clip ends at frame 5; both need as many"),
        (lambda clip: clip.repeat(2, 0).repeat(2, 1).repeat(2, 2), r"a.mkv: the LR clip ends at frame 8"),
        (lambda clip: clip.repeat(2, 1)[:, :-2].repeat(2, 2), r"a.mkv: 192x126 is no whole multiple of 96x64"),
        (lambda clip: clip.repeat(2, 1), r"a.mkv: 96x128 is no whole multiple of 96x64"),
        (lambda clip: clip[:, ::2, ::2], r"a.mkv: 48x32 is no whole multiple of 96x64"),
    ],
)
def test_clips_that_do_not_fit(tmp_path, clip, frames, text):
    method = folder_of(tmp_path, "a.mkv", frames(clip))
    with pytest.raises(DdsrError, match=text):
        list(Upscaler(method)(clip, clip="a"))


def test_what_is_not_there(tmp_path, clip):
    method = folder_of(tmp_path, "a.mkv", clip.repeat(2, 1).repeat(2, 2))
    with pytest.raises(DdsrError, match=r"sr: no clip called 'b'; put one there, named as the LR clip is"):
        list(Upscaler(method)(clip, clip="b"))
    with pytest.raises(DdsrError, match=r"\.\./a: leaves the folder"):
        list(Upscaler(method)(clip, clip="../a"))
    with pytest.raises(DdsrError, match=r"a.mkv: is x2, but x4 was asked for"):
        list(Upscaler(method, scale=4)(clip, clip="a"))
    with pytest.raises(DdsrError, match="no such folder; write folder: and the folder that holds the clips"):
        get_method(f"folder:{tmp_path}/nope")
