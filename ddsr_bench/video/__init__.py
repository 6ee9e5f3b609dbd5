"""The only room that knows containers and codecs: probe, read, write and hash clips."""

from ddsr_bench.video.colour import UntaggedColourWarning
from ddsr_bench.video.hashing import file_sha256, frames_sha256
from ddsr_bench.video.info import FOLDER_FPS, VideoInfo
from ddsr_bench.video.probe import probe
from ddsr_bench.video.read import read_frames, read_luma, read_timestamps
from ddsr_bench.video.sound import SoundOf, SoundWarning
from ddsr_bench.video.write import VideoWriter, write_video

__all__ = [
    "FOLDER_FPS",
    "SoundOf",
    "SoundWarning",
    "UntaggedColourWarning",
    "VideoInfo",
    "VideoWriter",
    "file_sha256",
    "frames_sha256",
    "probe",
    "read_frames",
    "read_luma",
    "read_timestamps",
    "write_video",
]
