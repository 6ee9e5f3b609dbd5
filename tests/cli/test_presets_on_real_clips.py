"""Every real clip through every preset (slow: `make test-slow`)."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from ddsr_bench.cli import main
from ddsr_bench.degrade.spec import preset_names
from ddsr_bench.video import probe, read_frames


@pytest.mark.slow
@pytest.mark.parametrize("preset", preset_names())
def test_every_real_clip_runs(shared, tmp_path, preset):
    out = tmp_path / "out"
    command = ["generate-lr", str(shared / "clips"), "--out", str(out), "--preset", preset, "--frames", "0:16"]
    result = CliRunner().invoke(main, [*command, "--keep-hr", "--preview", "--workers", "2"])
    assert result.exit_code == 0, result.stderr
    table = pd.read_parquet(out / "metadata.parquet")
    assert len(table) == len(json.loads((out / "results.json").read_text())["failures"]) + len(table) >= 10
    for row in table.itertuples():
        lr = probe(out / row.file_name)
        assert (lr.width, lr.height, lr.frames) == (row.hr_width // 4, row.hr_height // 4, row.frames)
        brightness = [next(read_frames(out / name)).mean() for name in (row.file_name, row.hr_file_name)]
        assert abs(brightness[0] - brightness[1]) < 60, row.id
