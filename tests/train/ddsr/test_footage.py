"""HR clips are found, checked and parted by source."""

import pytest
from hr_clips import write_clip, write_clips
from small_set import row

from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.errors import DdsrError
from ddsr_bench.train.ddsr.footage import find_footage, parted


def test_a_folders_clips_come_in_order_of_their_names(hr_folder, hr_footage):
    assert [clip.id for clip in hr_footage] == [f"clip-{k}" for k in range(5)]
    first = hr_footage[0]
    assert (first.width, first.height, first.frames, first.fps) == (80, 72, 9, "24")
    assert first.path == hr_folder / "clip-0.mkv"
    assert len({clip.sha256 for clip in hr_footage}) == 5


def test_of_a_dataset_the_training_split_alone_is_taken_once_a_source(tmp_path):
    # Sources 0 and 1 are the test split.
    write_tables(tmp_path, [row(source, method) for source in range(4) for method in ("bicubic", "lanczos")])
    for number in range(4):
        write_clip(tmp_path / "hr" / f"s{number}.mp4", number, width=64, height=48)
    found = find_footage(str(tmp_path), side=16, frames=4)
    assert [(clip.id, clip.group) for clip in found] == [("s2", "g1"), ("s3", "g1")]
    (tmp_path / "hr" / "s3.mp4").unlink()
    with pytest.raises(DdsrError, match=r"hr/s3\.mp4: this clip is not in .*; build the dataset"):
        find_footage(str(tmp_path), side=16, frames=4)


def test_parting_keeps_groups_whole_and_depends_on_names_and_seed_alone(hr_footage):
    sides = parted(hr_footage, 0.4, 0)
    assert len(sides.validation) == 2
    assert {clip.id for clip in (*sides.train, *sides.validation)} == {clip.id for clip in hr_footage}
    assert parted(hr_footage[::-1], 0.4, 0).validation == sides.validation[::-1]
    assert any(parted(hr_footage, 0.4, seed).validation != sides.validation for seed in range(1, 6))
    assert len(parted(hr_footage, 0.01, 0).validation) == 1
    assert len(parted(hr_footage, 0.99, 0).train) == 1


def test_what_cannot_be_trained_on_is_told_by_name(tmp_path, hr_footage):
    with pytest.raises(DdsrError, match="nothing: no such folder; give a folder of HR clips"):
        find_footage(str(tmp_path / "nothing"), side=16, frames=4)
    with pytest.raises(DdsrError, match="no video and no frame folder in it"):
        find_footage(str(tmp_path), side=16, frames=4)
    folder = write_clips(tmp_path / "clips", count=1)
    with pytest.raises(DdsrError, match=r"clip-0\.mkv: 80x72, but training crops are 96 pixels"):
        find_footage(str(folder), side=96, frames=4)
    with pytest.raises(DdsrError, match=r"clip-0\.mkv: 9 frames, but a training sequence has 10; remove the clip"):
        find_footage(str(folder), side=16, frames=10)
    with pytest.raises(DdsrError, match=r"only one source \(clip-0\)"):
        parted(hr_footage[:1], 0.5, 0)
    (folder / "broken.mkv").write_bytes(b"no video")
    with pytest.raises(DdsrError, match=r"broken\.mkv"):
        find_footage(str(folder), side=16, frames=4)
