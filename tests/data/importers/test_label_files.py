"""Label files that are not as they should be: rows too long, quotes without an end, truncated and tiny .mat files."""

import io
import zlib

import numpy as np
import pytest
from scipy.io import savemat

from ddsr_bench.data.importers.generic import read as read_generic
from ddsr_bench.data.importers.label import Labels, csv_rows, plain_lines
from ddsr_bench.data.importers.live_vqc import read as read_live_vqc
from ddsr_bench.errors import DdsrError


def test_a_row_with_too_many_fields_is_told_and_the_rest_is_read(tmp_path):
    path = tmp_path / "l.csv"
    path.write_text("file_name,mos\na.avi,3\nb, or not.avi,4\nc.avi,5,,\n")
    found = read_generic([path])
    assert [(one.file, one.mos) for one in found.labels] == [("a.avi", 3), ("c.avi", 5)]
    assert found.problems == [("l.csv:3", "has more fields than the header's 2; quote those with commas in them")]


def test_a_field_without_an_end(tmp_path):
    path = tmp_path / "l.csv"
    path.write_text('file_name,mos\na.avi,3\n"b.avi,4\n' + "x.avi,1\n" * 20_000)
    with pytest.raises(
        DdsrError, match=r"l\.csv:\d+: is no CSV \(field larger than field limit \(131072\)\); look for"
    ):
        read_generic([path])


def test_line_ends_inside_quotes_and_of_all_systems(tmp_path):
    path = tmp_path / "l.csv"
    path.write_bytes('\ufefffile_name, MOS\r\n"a\r\nb.avi",3\r\nc\u2028d.avi,\r\ne.avi\r\n'.encode())
    rows = list(csv_rows(path, Labels()))
    assert [(row["file_name"], row["mos"]) for _, row in rows] == [
        ("a\r\nb.avi", "3"),
        ("c\u2028d.avi", ""),
        ("e.avi", ""),
    ]
    assert [place for place, _ in rows] == [3, 4, 5]
    path.write_bytes(b"a,1\rb,2\r\n\nc,3")
    assert list(plain_lines(path)) == [(1, ["a", "1"]), (2, ["b", "2"]), (4, ["c", "3"])]


@pytest.mark.parametrize("read", [lambda path: list(plain_lines(path)), lambda path: list(csv_rows(path, Labels()))])
def test_files_that_are_no_text(tmp_path, read):
    (tmp_path / "l.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DdsrError, match=r"l\.csv: labels cannot be read \(not UTF-8\); give a text file"):
        read(tmp_path / "l.csv")
    with pytest.raises(DdsrError, match=r"none: labels cannot be read \(No such file or directory\)"):
        read(tmp_path / "none")


def mat(names, scores, *, compressed=False):
    memory = io.BytesIO()
    savemat(memory, {"video_list": names, "mos": np.array(scores)}, do_compression=compressed)
    return memory.getvalue()


@pytest.mark.parametrize("names", [np.array([["A001.mp4"]], dtype=object), np.array(["A001.mp4"]), "A001.mp4"])
def test_a_mat_file_of_one_video(tmp_path, names):
    (tmp_path / "data.mat").write_bytes(mat(names, [[81.5]]))
    found = read_live_vqc([tmp_path / "data.mat"])
    assert found.problems == []
    assert [(one.file, one.mos) for one in found.labels] == [("A001.mp4", 81.5)]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_mat_file_cut_anywhere(tmp_path, compressed):
    whole = mat(np.array([["a.mp4"], ["b.mp4"]], dtype=object), [1.0, 2.0], compressed=compressed)
    path = tmp_path / "data.mat"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(DdsrError, match=r"data\.mat: is no data\.mat of LIVE-VQC \(.+\); get the file anew"):
            read_live_vqc([path])


def test_a_mat_file_whose_compressed_part_is_spoilt(tmp_path):
    whole = bytearray(mat(np.array([["a.mp4"]], dtype=object), [1.0], compressed=True))
    whole[140:150] = bytes(10)
    (tmp_path / "data.mat").write_bytes(whole)
    with pytest.raises(DdsrError, match=r"is no data\.mat of LIVE-VQC") as caught:
        read_live_vqc([tmp_path / "data.mat"])
    assert isinstance(caught.value.__cause__, zlib.error)
