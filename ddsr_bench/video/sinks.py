"""Where frames go: a container file or a folder of images, under a temporary name until it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
from av.video.reformatter import VideoReformatter

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import temporary_name
from ddsr_bench.video.colour import rgb_frame
from ddsr_bench.video.encoders import MUXERS, Target, add_stream, convert
from ddsr_bench.video.info import Frame
from ddsr_bench.video.naming import shown
from ddsr_bench.video.sound import SoundCopy, SoundOf


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what encoder, muxer and file system raise into a DdsrError that names the target."""
    try:
        yield
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DdsrError(
            f"{shown(path)}: cannot be written ({reason}); nothing was left behind, check disk space, "
            "permissions and settings"
        ) from error


class _Output:
    """A file that keeps its first failure for :meth:`check`: PyAV prints the ones it cannot raise."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.failure: OSError | None = None
        self.seek, self.tell = self._file.seek, self._file.tell

    def write(self, data: bytes) -> int:
        """Write all of ``data``, or remember why not."""
        if self.failure is None:
            try:
                self._file.write(data)
                self._file.flush()
            except OSError as error:
                self.failure = error
        return len(data)

    def check(self) -> None:
        """Raise the OSError that a write met."""
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """Close the file, what could not be written is dropped."""
        with suppress(OSError):
            self._file.close()


class FileSink:
    """Encodes frames into one file, with the sound of another."""

    def __init__(self, path: Path, target: Target, sound: SoundOf | None = None) -> None:
        self._path, self._target = path, target
        self._part = temporary_name(path)
        self._scaler = VideoReformatter()
        self._count = 0
        self._container: Any = None
        self._sound: SoundCopy | None = None
        with writing(path):
            # Python's own file object, since its write errors (a full disk) are raised and never lost.
            self._file = _Output(self._part)
            try:
                muxer = MUXERS[path.suffix.lower()]
                self._container = av.open(self._file, "w", format=muxer, options={"fflags": "+bitexact"})
                self._stream = add_stream(self._container, target)
                self._sound = None if sound is None else SoundCopy(sound, self._container, path)
            except BaseException:
                self.discard()
                raise

    def add(self, frame: Frame, time: float | None) -> None:
        """Encodes one frame, shown at ``time`` seconds (None: at its turn)."""
        with writing(self._path):
            encoded = convert(rgb_frame(frame), self._target, self._scaler)
            base: Fraction = self._stream.codec_context.time_base
            encoded.time_base = base
            encoded.pts = self._count if time is None else round(time / base)
            encoded.pict_type = 0
            self._container.mux(self._stream.encode(encoded))
            self._add_sound(float(encoded.pts * base))
            self._file.check()
            self._count += 1

    def finish(self) -> None:
        """Flushes the encoder and gives the file its name."""
        with writing(self._path):
            self._container.mux(self._stream.encode())
            self._add_sound(None)
            container, self._container = self._container, None
            container.close()
            self._file.close()
            self._file.check()
            os.replace(self._part, self._path)

    def _add_sound(self, time: float | None) -> None:
        for packet in self._sound.until(time) if self._sound else ():
            self._container.mux(packet)

    def discard(self) -> None:
        """Closes and removes what is unfinished; nothing to do after ``finish``."""
        container, self._container = self._container, None
        if self._sound is not None:
            self._sound.close()
        with suppress(av.error.FFmpegError, OSError):
            if container is not None:
                container.close()
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)


class FolderSink:
    """Writes frames as PNG files into one folder, which holds no sound."""

    def __init__(self, path: Path, target: Target, sound: SoundOf | None = None) -> None:
        self._path = path
        self._part = temporary_name(path)
        self._count = 0
        if path.exists() and not path.is_dir():
            raise DdsrError(f"{shown(path)}: a file is in the way of the folder of PNG frames; remove it")
        with writing(path):
            self._part.mkdir()

    def add(self, frame: Frame, time: float | None) -> None:
        """Writes one frame; its time is not kept."""
        with writing(self._path):
            _, data = cv2.imencode(".png", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            (self._part / f"{self._count:08d}.png").write_bytes(data.tobytes())
            self._count += 1

    def finish(self) -> None:
        """Gives the folder its name; an older one of that name is moved away first and then removed."""
        old = temporary_name(self._path)
        with writing(self._path):
            if self._path.exists():
                os.replace(self._path, old)
            try:
                os.replace(self._part, self._path)
            except OSError:
                if old.exists():
                    os.replace(old, self._path)
                raise
        shutil.rmtree(old, ignore_errors=True)

    def discard(self) -> None:
        """Removes what is unfinished; nothing to do after ``finish``."""
        shutil.rmtree(self._part, ignore_errors=True)
