"""Score tables: columns found by themselves, every kind of file, and notes on what was left out."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from ddsr_bench.evaluate.table import load_table
from ddsr_bench.evaluate.table_columns import numbered


def table(n=8, **columns):
    base = {
        "video_id": [f"{index:03d}" for index in range(n)],
        "source_id": [f"s{index // 4}" for index in range(n)],
        "method": ["None", "bicubic"] * (n // 2),
        "mos": np.linspace(1, 5, n),
        "niqe": np.linspace(9, 2, n),
        "width": [640] * n,
    }
    return pd.DataFrame({**base, **columns})


@pytest.fixture
def save(tmp_path):
    def write(frame, name="scores.csv"):
        path = tmp_path / name
        frame.to_csv(path, index=False)
        return path

    return write


def test_a_plain_table_needs_no_options(save):
    loaded = load_table(save(table()))
    assert loaded.name == "scores.csv"
    assert loaded.video_ids[:2] == ("000", "001")
    assert list(loaded.metrics) == ["niqe"]
    assert loaded.metrics["niqe"].dtype == loaded.mos.dtype == np.float64
    assert loaded.sources == ("s0",) * 4 + ("s1",) * 4
    assert loaded.methods[:2] == ("None", "bicubic")
    assert loaded.inputs is None
    assert loaded.mos_ci95 is None
    assert loaded.score_origin == "unstated"
    assert loaded.columns == {"mos": "mos", "video": "video_id", "source": "source_id", "method": "method"}
    assert loaded.notes == ("Columns left out (not metrics by their names): width.",)


@pytest.mark.parametrize(
    "name",
    [
        "a.csv",
        "a.csv.gz",
        "a.tsv",
        "a.txt",
        "a.parquet",
        "records.json",
        "columns.json",
        "index.json",
        "a.jsonl",
        "b.json.gz",
    ],
)
def test_every_kind_of_file_holds_the_same(tmp_path, name, save):
    frame, path = table(), tmp_path / name
    plain = load_table(save(frame))
    if name.endswith((".csv", ".csv.gz")):
        frame.to_csv(path, index=False)
    elif name.endswith((".tsv", ".txt")):
        frame.to_csv(path, index=False, sep="\t")
    elif name == "a.parquet":
        frame.to_parquet(path)
    elif name == "index.json":
        path.write_text(frame.to_json())
    elif name == "columns.json":
        path.write_text(json.dumps(frame.to_dict(orient="list")))
    else:
        frame.to_json(path, orient="records", lines=name == "a.jsonl")
    loaded = load_table(path)
    assert loaded.video_ids == plain.video_ids
    assert (loaded.sources, loaded.methods) == (plain.sources, plain.methods)
    assert np.array_equal(loaded.metrics["niqe"], plain.metrics["niqe"])
    assert loaded.notes == plain.notes


def test_excel_writes_bom_semicolons_and_spaces(tmp_path):
    path = tmp_path / "excel.csv"
    path.write_text("MOS; Video Name;PSNR (dB)\n" + "".join(f"{i}.5;v{i};3{i}\n" for i in range(5)), "utf-8-sig")
    loaded = load_table(path)
    assert loaded.columns == {"mos": "MOS", "video": "Video Name"}
    assert loaded.metrics["PSNR (dB)"].tolist() == [30, 31, 32, 33, 34]


def test_columns_can_be_named(save):
    frame = table(opinion=range(8), clip_of=list("aabbccdd"), ssim=np.linspace(0.1, 0.9, 8))
    loaded = load_table(save(frame), mos="opinion", group="clip_of", metrics=["ssim", "width"])
    assert loaded.mos.tolist() == list(range(8))
    assert loaded.sources == tuple("aabbccdd")
    assert list(loaded.metrics) == ["ssim", "width"]
    assert loaded.columns["mos"] == "opinion"
    assert loaded.notes[0] == "The MOS are column 'opinion'."
    assert "Metric 'width' is constant." in loaded.notes


def test_rows_are_names_where_there_is_no_video_column(save):
    loaded = load_table(save(table().drop(columns="video_id")))
    assert loaded.video_ids == tuple("12345678")
    assert loaded.notes[0] == "No column names the videos: they are called by their row, from 1."


def test_whole_numbers_stay_whole_as_names(tmp_path):
    path = tmp_path / "a.parquet"
    table(video_id=np.arange(8) * 1.0, source_id=pd.array([1, 2] * 4, dtype="Int64")).to_parquet(path)
    loaded = load_table(path)
    assert loaded.video_ids[3] == "3"
    assert loaded.sources[:2] == ("1", "2")


@pytest.mark.parametrize("names", ["f{:02d}", "feat_{}", "{}", "brisque-{}"])
def test_numbered_features_are_no_metrics(save, names):
    features = {names.format(index): np.random.default_rng(index).random(8) for index in range(12)}
    first, last = names.format(0), names.format(11)
    path = save(table(**features))
    loaded = load_table(path)
    assert list(loaded.metrics) == ["niqe"]
    assert f"12 numbered columns ({first}..{last}) look like features and were left out." in loaded.notes
    chosen = load_table(path, features={"mine": f"{first}:{last}"})
    assert chosen.features["mine"].shape == (8, 12)
    assert chosen.features["mine"][:, 11].tolist() == list(features[last])
    assert f"mine is trained on 12 features ({first}..{last})." in chosen.notes


def test_features_by_pattern_take_numbers_only(save):
    path = save(table(f1=np.arange(8), f2=np.arange(8), fps=25, file=list("abcdefgh"), g1=np.ones(8)))
    loaded = load_table(path, features={"mine": "f*, g1"}, video_column="video_id")
    assert "mine is trained on 3 features (f1..g1)." in loaded.notes
    assert list(loaded.metrics) == ["niqe"]
    assert load_table(path, features={"mine": "f1"}, metrics=["mine"]).metrics == {}


def test_few_numbered_metrics_are_metrics():
    assert numbered([f"vif_scale{scale}" for scale in range(4)]) == {}
    assert numbered(["f0", "f1", "ssim"]) == {"f": ["f0", "f1"]}


def test_missing_rows_are_dropped_when_asked_and_noted(save):
    frame = table(psnr=np.linspace(30, 37, 8))
    frame.loc[2, "niqe"] = np.nan
    frame.loc[[2, 5], "psnr"] = [np.inf, np.nan]
    loaded = load_table(save(frame), drop_missing=True)
    assert loaded.video_ids == ("000", "001", "003", "004", "006", "007")
    assert len(loaded.mos) == len(loaded.sources) == len(loaded.metrics["psnr"]) == 6
    assert (
        "2 of 8 rows dropped: missing or infinite 'niqe' in 1 of 8 rows (first: row 3 (video '002')), "
        "'psnr' in 2 of 8 rows (first: row 3 (video '002'))." in loaded.notes
    )


def test_intervals_are_taken_or_computed(save):
    frame = table(mos_std=np.full(8, 0.9), n_ratings=np.full(8, 36))
    computed = load_table(save(frame))
    assert np.allclose(computed.mos_ci95, 1.96 * 0.9 / 6)
    assert computed.n_ratings.tolist() == [36.0] * 8
    assert "The MOS' 95 % intervals were computed as 1.96 standard deviations / sqrt(ratings)." in computed.notes
    given = load_table(save(frame.assign(mos_ci95=0.4)))
    assert given.mos_ci95.tolist() == [0.4] * 8
    frame.loc[1, "n_ratings"] = 0
    unusable = load_table(save(frame))
    assert unusable.mos_ci95 is None
    assert "Column 'n_ratings' was not used: 1 of its values are missing or impossible." in unusable.notes


def test_degenerate_tables_are_loaded_with_a_note(save):
    loaded = load_table(
        save(table(mos=3.0, niqe=1.0, source_id="only", score_origin="simulated", empty=np.nan, lens="x"))
    )
    assert loaded.score_origin == "simulated"
    assert loaded.notes == (
        "Columns left out (not metrics by their names): width.",
        "Columns left out (text): lens.",
        "Columns left out (empty): empty.",
        "All MOS are equal (3): no coefficient is defined.",
        "Metric 'niqe' is constant.",
        "All videos are of one source: nothing can be said about others.",
    )


def test_an_empty_label_column_is_no_label(save):
    loaded = load_table(save(table(method=np.nan)))
    assert loaded.methods is None
    assert "method" not in loaded.columns
    assert "Column 'method' is empty and was left out." in loaded.notes


def test_a_million_rows(tmp_path):
    n = 1_000_000
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"video": np.arange(n).astype(str), "mos": rng.random(n), "niqe": rng.random(n)})
    frame.to_csv(tmp_path / "big.csv", index=False)
    loaded = load_table(tmp_path / "big.csv")
    assert len(loaded.video_ids) == len(loaded.mos) == n
    assert loaded.metrics["niqe"][-1] == frame["niqe"].iloc[-1]


def test_real_tables(shared):
    folder = shared / "data" / "predictions"
    rated = load_table(folder / "sr_video_222_libvmaf_features_mos.csv")
    assert len(rated.mos) == 222
    assert (len(set(rated.sources)), len(set(rated.methods))) == (6, 7)
    assert {"vmaf_neg", "float_ssim", "vif_scale0", "adm2"} <= set(rated.metrics)
    spread = pd.read_csv(folder / "sr_video_222_libvmaf_features_mos.csv")
    assert np.allclose(rated.mos_ci95, 1.96 * spread.mos_std / np.sqrt(spread.n_ratings), rtol=0.001)
    with gzip.open(folder / "bvqa_LIVE_VQC_brisque_feats_mos.csv.gz", "rt") as file:
        first = [float(cell) for cell in file.readlines()[1].split(",")[2:]]
    features = load_table(folder / "bvqa_LIVE_VQC_brisque_feats_mos.csv.gz", features={"brisque": "f*"}).features
    assert features["brisque"].shape == (585, 36)
    assert features["brisque"][0].tolist() == first
