"""Real files from many sources; skipped where they are absent."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from ddsr_bench.video import probe, read_frames, read_luma, read_timestamps

pytestmark = pytest.mark.filterwarnings("ignore::ddsr_bench.video.UntaggedColourWarning")


def test_every_real_clip_is_read_whole(shared: Path) -> None:
    clips = sorted((shared / "clips").glob("*.mp4"))
    assert clips
    for path in clips:
        info = probe(path)
        with av.open(str(path)) as container:
            stream = container.streams.best("video")
            shown = [np.asarray(frame.planes[0])[:1] is not None for frame in container.decode(stream)]
        count = 0
        for frame in read_frames(path):
            assert frame.shape == (info.height, info.width, 3)
            count += 1
        assert count == info.frames == len(shown) == len(read_timestamps(path)), path.name


def test_real_luma_is_the_plane_that_the_decoder_gives(shared: Path) -> None:
    path = shared / "clips" / "carphone_pristine.mp4"
    with av.open(str(path)) as container:
        for plane, frame in zip(read_luma(path, 0, 10), container.decode(video=0), strict=False):
            np.testing.assert_array_equal(plane, frame.to_ndarray()[: frame.height])


def test_a_real_folder_of_frames(shared: Path) -> None:
    folder = shared / "clips" / "realbasicvsr_demo_000"
    info = probe(folder)
    frames = list(read_frames(folder))
    assert (info.width, info.height, info.frames) == (640, 360, len(frames))
