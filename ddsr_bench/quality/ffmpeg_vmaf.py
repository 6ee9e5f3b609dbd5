"""libvmaf at work: two clips' luma go into an ffmpeg process frame by frame, per-frame scores come out of its log."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import subprocess
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.checks import large_enough, paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats

#: Threads of libvmaf; scores are the same for any number.
THREADS = 1
#: Least side that libvmaf takes.
SMALLEST = 17
_INSTALL = "install it with: pip install 'ddsr-bench[vmaf]'"
_PATIENCE_S = 600
_LOG, _MESSAGES = "vmaf.json", "messages.txt"


def find_ffmpeg() -> str:
    """Path of the ffmpeg that the package ``imageio-ffmpeg`` carries, known to have libvmaf.

    Raises:
        DdsrError: the package is absent, has no program for this machine, or one without libvmaf.
    """
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise DdsrError(f"vmaf: the package imageio-ffmpeg is not installed; {_INSTALL}") from error
    try:
        program = str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise DdsrError("vmaf: imageio-ffmpeg has no ffmpeg for this machine; set IMAGEIO_FFMPEG_EXE") from error
    if not _has_libvmaf(program):
        raise DdsrError(f"vmaf: {program} has no libvmaf of today; update imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE")
    return program


@functools.lru_cache(maxsize=4)
def _has_libvmaf(program: str) -> bool:
    asked = [program, "-hide_banner", "-h", "filter=libvmaf"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    # Programs before 5.0 know libvmaf without this option and without models of their own.
    return re.search(r"^\s*model\s+<string>", answer.stdout, re.MULTILINE) is not None


class VmafScorer:
    """Streams a clip and its reference into ffmpeg; all values come at the end.

    Frames of both go alternately through one pipe and are told apart there by their number, which works for every
    size and on every system.

    Args:
        name: the measure's name, for messages.
        model: libvmaf's model, such as ``"vmaf_v0.6.1"``.
        keys: which of libvmaf's per-frame figures are wanted: its score, or features.
        features: what libvmaf shall compute beside the model's own features.
        smallest: least side of a frame.

    Raises:
        DdsrError: no ffmpeg with libvmaf.
    """

    def __init__(
        self,
        name: str,
        model: str,
        keys: tuple[str, ...] = ("vmaf",),
        features: tuple[str, ...] = (),
        smallest: int = SMALLEST,
    ) -> None:
        self._name, self._model, self._keys, self._features = name, model, keys, features
        self._smallest, self._program = smallest, find_ffmpeg()
        self._count, self._folder = 0, Path()
        self._shape: tuple[int, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self._stop: weakref.finalize[Any, Any] | None = None

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Pass frames on; no value is ready yet.

        Raises:
            DdsrError: no fitting reference, or ffmpeg gave up.
        """
        sharp = paired(self._name, frames, reference)
        large_enough(self._name, frames.rgb.shape[:3], self._smallest)
        if self._process is None and len(frames):
            self._open(frames.rgb.shape[1:3])
        for pair in zip(frames.plane("luma"), sharp.plane("luma"), strict=True):
            self._write(b"".join(_picture(plane) for plane in pair))
        self._count += len(frames)
        return np.zeros(0)

    def finish(self) -> Floats:
        """Scores of all frames, float64 (T,); (T, k) for several keys.

        Raises:
            DdsrError: no frames, or ffmpeg failed.
        """
        if self._process is None or self._stop is None:
            raise DdsrError(f"{self._name}: no frames; leave the clip out")
        try:
            return self._read(self._process)
        finally:
            self._stop()

    def _open(self, shape: tuple[int, ...]) -> None:
        folder = tempfile.TemporaryDirectory(prefix="ddsr-vmaf-", ignore_cleanup_errors=True)
        self._folder, self._shape = Path(folder.name), shape
        with (self._folder / _MESSAGES).open("wb") as messages:
            self._process = subprocess.Popen(
                _command(self._program, self._model, shape, self._features),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=messages,
                cwd=folder.name,
            )
        # Also when a scorer is dropped half-way, as after a fault elsewhere.
        self._stop = weakref.finalize(self, _stop, self._process, folder)

    def _write(self, data: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
        except OSError as error:
            self._process.wait(_PATIENCE_S)
            raise self._failed() from error

    def _read(self, process: subprocess.Popen[bytes]) -> Floats:
        assert process.stdin is not None
        try:
            # Closing sends what is still held back, which may find ffmpeg gone.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            code = process.wait(_PATIENCE_S)
            frames = json.loads((self._folder / _LOG).read_text("utf-8"))["frames"]
            values = np.array([[frame["metrics"][key] for key in self._keys] for frame in frames], np.float64)
        except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
            raise self._failed() from error
        if code != 0 or len(values) != self._count or not np.isfinite(values).all():
            raise self._failed()
        return values[:, 0] if len(self._keys) == 1 else values

    def _failed(self) -> DdsrError:
        lines = (self._folder / _MESSAGES).read_text("utf-8", "replace").strip().splitlines() or ["no message"]
        height, width = self._shape
        return DdsrError(f"{self._name}: ffmpeg gave no scores for {width}x{height} frames ({lines[0].strip()})")


def _command(program: str, model: str, shape: tuple[int, ...], features: tuple[str, ...] = ()) -> list[str]:
    # libvmaf's own option parser wants the model's key and value in one option.
    measure = f"libvmaf=model='version={model}':log_fmt=json:log_path={_LOG}:n_threads={THREADS}"
    if features:
        measure += ":feature='" + "|".join(f"name={feature}" for feature in features) + "'"
    split = "[0:v]split[a][b];[a]select='not(mod(n,2))',setpts=N[x];[b]select='mod(n,2)',setpts=N[y]"
    command = [program, "-hide_banner", "-loglevel", "error", "-threads", "1", "-filter_complex_threads", "1"]
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{shape[1]}x{shape[0]}", "-framerate", "25"]
    return [*command, *source, "-i", "pipe:0", "-filter_complex", f"{split};[x][y]{measure}", "-f", "null", "-"]


def _picture(plane: NDArray[np.float32]) -> bytes:
    """A frame as planar 4:2:0 bytes: luma rounded, chroma grey, which VMAF does not read."""
    height, width = plane.shape
    chroma = 2 * ((height + 1) // 2) * ((width + 1) // 2)
    return b"".join((np.rint(plane).astype(np.uint8).tobytes(), bytes([128]) * chroma))


def _stop(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    folder.cleanup()
