"""What is refused rather than shown wrongly: HDR, interlaced pictures, and colour models without a matrix."""

from __future__ import annotations

import shlex
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.naming import shown

_HDR = {16: "PQ", 18: "HLG"}  # ITU-T H.273, transfer characteristics
_ENCODE = "-c:v libx264 -crf 12"
_TONEMAP = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)


def refuse_unsupported(path: Path, transfer: int, interlaced: bool) -> None:
    """Raises where a stream needs a conversion that has artistic choices in it, which are the user's to make.

    Args:
        path: the file, for the message.
        transfer: transfer characteristics code of ITU-T H.273 (16 is PQ, 18 is HLG).
        interlaced: whether header or frames say that two fields share a frame.

    Raises:
        DdsrError: HDR or interlaced; the line holds the ffmpeg command that converts the file.
    """
    if transfer in _HDR:
        command = _command(path, _TONEMAP, "sdr")
        raise DdsrError(f"{shown(path)}: HDR ({_HDR[transfer]}) is not read; tone-map it first: {command}")
    if interlaced:
        command = _command(path, "bwdif=mode=send_frame", "progressive")
        raise DdsrError(f"{shown(path)}: interlaced video is not read; deinterlace it first: {command}")


def refuse_matrix(path: Path, code: int) -> None:
    """Raises for a matrix code of ITU-T H.273 that has no plain matrix (constant luminance, YCgCo, ICtCp)."""
    command = _command(path, "zscale=m=bt709:r=tv,format=yuv420p", "bt709")
    raise DdsrError(f"{shown(path)}: colour matrix code {code} is not read; convert it first: {command}")


def _command(path: Path, chain: str, tag: str) -> str:
    target = path.with_name(f"{path.stem}_{tag}.mp4")
    return f"ffmpeg -i {shlex.quote(shown(path))} -vf {chain} {_ENCODE} {shlex.quote(shown(target))}"
