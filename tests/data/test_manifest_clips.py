"""The clips of a dataset folder by its tables."""

import pytest
from small_set import row

from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.data.manifest_clips import read_manifest
from ddsr_bench.errors import DdsrError


def test_a_side_without_rows_is_no_fault(tmp_path):
    """A set of few sources may have nothing to test on."""
    for split in ("train", "test"):
        root = tmp_path / split
        root.mkdir()
        write_tables(root, [row(source, "bicubic", split=split) for source in range(3)])
        manifest = read_manifest(root)
        assert [clip.id for clip in manifest.clips] == [f"s{source}-x2-bicubic" for source in range(3)]
        assert manifest.table == root / f"{split}.parquet"


def test_a_set_without_any_rows_is(tmp_path):
    write_tables(tmp_path, [])
    with pytest.raises(DdsrError, match=r"(train|test)\.parquet: no rows; give a table with a row per video"):
        read_manifest(tmp_path)
