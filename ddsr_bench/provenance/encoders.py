"""Which builds of the video encoders PyAV carries: equal settings give other bits in another build."""

from __future__ import annotations

import ctypes
import re
from fractions import Fraction
from functools import cache
from pathlib import Path

# Encoder -> how its shared library's file is named, and its function that returns a version text.
_LIBRARIES: dict[str, tuple[str, str | None]] = {
    "libx264": ("libx264", None),
    "libx265": ("libx265", None),
    "libsvtav1": ("libSvtAv1Enc", "svt_av1_get_version"),
    "libvpx": ("libvpx", "vpx_codec_version_str"),
}
# x264 and x265 sign their streams; other encoders are asked through their library.
_SIGNATURES = {
    "libx264": (rb"x264 - (core \d+(?: r\w+)?(?: [0-9a-f]{7,})?)", {"x264-params": "threads=1"}),
    "libx265": (rb"x265 (\(build \d+\) - [\w.+-]+)", {"x265-params": "log-level=none:pools=none"}),
}


@cache
def encoder_builds() -> dict[str, str | None]:
    """Return encoder name -> build, such as ``"core 165 (libx264-d6533a8d.so.165)"``; None if unknown.

    The library's file name is part of it because wheels put a hash of the library there. x264 and x265 are
    asked by encoding one 64x64 frame (some milliseconds), the others through their library. Never raises.
    """
    return {name: _build(name) for name in _LIBRARIES}


def _build(name: str) -> str | None:
    stem, function = _LIBRARIES[name]
    library = _library_file(stem)
    version = _version_call(library, function) if function else _stream_signature(name)
    if library is None:
        return version
    return f"{version or 'unknown version'} ({library.name})"


def _stream_signature(name: str) -> str | None:
    pattern, options = _SIGNATURES[name]
    try:
        found = re.search(pattern, _encode_one_frame(name, options))
    # Any failure means "unknown": libraries differ in what they raise, and provenance never stops a run.
    except Exception:
        return None
    return found.group(1).decode("ascii", "replace") if found else None


def _encode_one_frame(name: str, options: dict[str, str]) -> bytes:
    """Return the bytes of one black frame of 64x64 px, headers included."""
    import av

    context = av.CodecContext.create(name, "w")
    context.width = context.height = 64
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, 25)
    context.options = options
    frame = av.VideoFrame(64, 64, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.pts = 0
    packets = [*context.encode(frame), *context.encode(None)]
    return b"".join(bytes(packet) for packet in packets) + (context.extradata or b"")


def _library_file(stem: str) -> Path | None:
    """Return the loaded library's file: beside PyAV (wheels), else among this process's mapped files."""
    import av

    package = Path(av.__file__).parent
    for folder in (package.parent / "av.libs", package / ".dylibs"):
        for file in sorted(folder.glob(f"{stem}[-.]*")):
            return file
    try:
        mapped = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(rf"/\S*/{re.escape(stem)}[-.]\S*", mapped)
    return Path(found.group(0)) if found else None


def _version_call(library: Path | None, function: str) -> str | None:
    if library is None:
        return None
    try:
        call = getattr(ctypes.CDLL(str(library)), function)
    except (OSError, AttributeError):
        return None
    call.restype = ctypes.c_char_p
    text = call()
    return text.decode("ascii", "replace") if text else None
