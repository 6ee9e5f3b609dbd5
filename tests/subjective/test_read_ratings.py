"""Rating tables as people write them, and the text of what is wrong with them."""

import json

import numpy as np
import pandas
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.subjective.columns import Wanted
from ddsr_bench.subjective.read import read_ratings

LONG = "subject,video_id,rating\nann,a.mp4,1\nann,b.mp4,5\nbob,a.mp4,2\nbob,b.mp4,\n"
MATRIX = "video_id,method,s1,s2\na.mp4,edvr,1,2\nb.mp4,tdan,5,\n"
EXPECTED = [[1, 2], [5, np.nan]]


@pytest.fixture
def write(tmp_path):
    def make(text, name="ratings.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


def refusal(path, **options):
    with pytest.raises(DdsrError) as caught:
        read_ratings(path, **options)
    return str(caught.value).replace(str(path.parent) + "/", "")


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        LONG.replace(",", ";"),
        LONG.replace("\n", "\r\n"),
        "\ufeff" + LONG,
        LONG.replace("subject,video_id,rating", "Observer,PVS Name,Vote"),
        LONG.replace("ann,a", "ann, a"),
        MATRIX,
        MATRIX.replace("s1,s2", "1,2"),
        "subject,a.mp4,b.mp4\nann,1,5\nbob,2,\n",
    ],
)
def test_layouts_and_dialects(write, text):
    table = read_ratings(write(text))
    np.testing.assert_array_equal(table.matrix(), EXPECTED)
    assert table.videos == ("a.mp4", "b.mp4")


@pytest.mark.parametrize("suffix", [".parquet", ".json", ".tsv", ".csv.json"])
def test_other_files(tmp_path, suffix):
    path = tmp_path / f"ratings{suffix}"
    frame = pandas.DataFrame({"subject": ["ann", "ann", "bob"], "video_id": ["a", "b", "a"], "rating": [1, 5, 2]})
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".tsv":
        frame.to_csv(path, sep="\t", index=False)
    else:
        path.write_text(json.dumps(frame.to_dict("list" if suffix == ".json" else "records")))
    np.testing.assert_array_equal(read_ratings(path).matrix(), EXPECTED)


def test_a_matrix_without_header_is_numbered(write):
    table = read_ratings(write("5.0,4\n1,\n3,2\n"))
    assert (table.videos, table.subjects) == (("video_01", "video_02", "video_03"), ("subject_01", "subject_02"))
    assert table.notes[0] == "matrix: rows numbered, subjects = 2 columns (numbered)"


def test_names_are_text(write):
    table = read_ratings(write("subject,video_id,rating\n01,007,3\n1,007,4\n"))
    assert (table.subjects, table.videos) == (("01", "1"), ("007",))


def test_columns_by_option(write):
    path = write("who,what,points,score\nx,a,1,9\ny,a,2,9\n")
    table = read_ratings(path, wanted=Wanted(None, "who", "what", "points"))
    assert table.matrix().tolist() == [[1, 2]]
    assert table.notes[0] == "long table: subject = who, video = what, rating = points"
    path = write("clip,width,ann,bob,eve\na,640,1,2,3\nb,640,3,4,5\n")
    table = read_ratings(path, wanted=Wanted(subject="ann,b*"))
    assert table.subjects == ("ann", "bob")


def test_matrix_columns_of_names_without_numbers(write):
    table = read_ratings(write("clip,clip_id,ann,david,mos,fps\na,1,1,2,1.5,24\nb,2,3,4,3.5,25\n"))
    assert table.subjects == ("ann", "david")
    assert table.video_columns == {"clip_id": ["1", "2"], "mos": [1.5, 3.5], "fps": [24, 25]}


@pytest.mark.parametrize(("first", "rows"), [("0,1,2", 1), ("1,2,3", 2), ("1,2,3,4,5,6", 1), ("2,3,4", 2), ("5", 2)])
def test_a_first_line_of_numbers_is_a_header_or_votes(write, first, rows):
    assert len(read_ratings(write(f"{first}\n{','.join('3' * len(first.split(',')))}\n")).videos) == rows


def test_blank_cells_are_missing_votes(tmp_path):
    frame = pandas.DataFrame({"subject": ["a", "b"], "video_id": ["v", "v"], "rating": ["3", " "]})
    frame.to_parquet(tmp_path / "ratings.parquet")
    table = read_ratings(tmp_path / "ratings.parquet")
    assert (table.subjects, table.notes[-1]) == (("a",), "1 subjects without a vote left out: b")


def test_columns_that_are_constant_per_video_are_handed_on(write):
    text = "subject,video_id,rating,source_id,method,age\nann,a,1,010,edvr,30\nbob,a,2,010,edvr,40\nann,b,5,011,,30\n"
    columns = read_ratings(write(text)).video_columns
    assert columns["source_id"] == ["010", "011"]
    assert columns["method"][0] == "edvr"
    assert pandas.isna(columns["method"][1])
    assert list(columns) == ["source_id", "method"]
    assert read_ratings(write(MATRIX)).video_columns == {"method": ["edvr", "tdan"]}


def test_handed_on_columns_lose_videos_without_votes(write):
    table = read_ratings(write("video_id,method,s1,s2\na,x,1,2\nb,y,,\nc,z,3,4\n"))
    assert (table.videos, table.video_columns) == (("a", "c"), {"method": ["x", "z"]})


REPEATED = "subject,video_id,rating\nann,a,1\nbob,a,2\nbob,b,2\nann,a,4\n"


def test_repeated_votes(write):
    path = write(REPEATED)
    assert refusal(path) == (
        "ratings.csv: row 4 (subject ann, video a): rated before in row 1; remove one, name the sitting with "
        "--session-column, or say --repetitions keep or mean"
    )
    kept = read_ratings(path, repetitions="keep")
    assert len(kept.rating) == 4
    averaged = read_ratings(path, repetitions="mean")
    np.testing.assert_array_equal(averaged.matrix(), [[2.5, 2], [np.nan, 2]])
    assert sorted(averaged.rating) == [2, 2, 2.5]
    assert averaged.notes[-1] == "1 repeated votes averaged with the first"


def test_a_session_column_explains_repeated_votes(write):
    lines = REPEATED.strip().split("\n")
    sessions = ["session", "1", "1", "1", "2"]
    path = write("\n".join(f"{line},{session}" for line, session in zip(lines, sessions, strict=True)))
    assert len(read_ratings(path).rating) == 4
    path = write("\n".join(f"{line},1" if i else f"{line},session" for i, line in enumerate(lines)))
    assert "rated before in row 1 in the same session; remove one" in refusal(path)


def test_simulated_votes_are_known_by_option_or_column(write):
    path = write(LONG)
    assert read_ratings(path).score_origin == "subjective"
    assert read_ratings(path, simulated=True).score_origin == "simulated"
    text = "subject,video_id,rating,score_origin\nann,a,1,subjective\nbob,a,2,simulated\n"
    assert read_ratings(write(text)).score_origin == "simulated"
    assert refusal(write(text.replace("simulated", "guessed"))) == (
        "ratings.csv: column 'score_origin' holds 'guessed'; subjective or simulated"
    )


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            LONG.replace("b.mp4,5", "b.mp4,good"),
            {},
            "ratings.csv: row 2 (subject ann, video b.mp4): rating 'good' is not a number; correct it or leave the "
            "cell empty",
        ),
        (
            MATRIX.replace("5,", "5,x"),
            {},
            "ratings.csv: row 2 (subject s2, video b.mp4): rating 'x' is not a number; correct it or leave the cell "
            "empty",
        ),
        (
            LONG.replace("b.mp4,5", "b.mp4,6"),
            {"scale": (1, 5)},
            "ratings.csv: row 2 (subject ann, video b.mp4): rating 6 lies outside the scale 1:5; correct it or state "
            "another --scale",
        ),
        (
            LONG.replace("ann,b.mp4", ",b.mp4"),
            {},
            "ratings.csv: row 2: column 'subject' is empty; name it or remove the row",
        ),
        (
            MATRIX.replace("b.mp4", "a.mp4"),
            {},
            "ratings.csv: row 2: video a.mp4 stands in an earlier row too; a matrix has one row per video",
        ),
        (
            MATRIX.replace("s2", "s1"),
            {},
            "ratings.csv: column 's1' stands 2 times; rename or remove one",
        ),
        (
            LONG,
            {"wanted": Wanted(rating="score")},
            "ratings.csv: no column 'score' (--rating-column); its columns are: subject, video_id, rating",
        ),
        (
            LONG.replace("subject", "who"),
            {"wanted": Wanted(layout="long")},
            "ratings.csv: no subject column found; name it with --subject-column, one of: who, video_id, rating",
        ),
        (
            MATRIX,
            {"wanted": Wanted(subject="t*")},
            "ratings.csv: no column matches 't*' (--subject-column); its columns are: method, s1, s2",
        ),
        (
            "a,b\nx,y\n",
            {},
            "ratings.csv: neither a long table (columns subject, video_id, rating) nor a matrix (a row per video, a "
            "column per subject); name columns with --subject-column, --video-column, --rating-column; it has: a, b",
        ),
        (
            "subject,video_id,rating\nann,a,1\nbob,a,2,9\n",
            {},
            "ratings.csv: not a table (Error tokenizing data. C error: Expected 3 fields in line 3, saw 4); export it "
            "as UTF-8 CSV",
        ),
        ("", {}, "ratings.csv: empty file; give a table with at least one vote"),
        ("subject,video_id,rating\n", {}, "ratings.csv: no rows; give a table with at least one vote"),
        ("subject,video_id,rating\nann,a,\n", {}, "ratings.csv: no rating; give a table with at least one vote"),
    ],
)
def test_errors(write, text, options, message):
    assert refusal(write(text), **options) == message


def test_files_that_are_no_tables(write, tmp_path):
    assert refusal(tmp_path / "none.csv") == "none.csv: no such file; check the path"
    assert refusal(write("", "ratings.xlsx")) == (
        "ratings.xlsx: unknown kind of table; give one of .csv, .tsv, .parquet, .json"
    )
    assert refusal(write("no", "ratings.parquet")).startswith("ratings.parquet: not Parquet (")
    assert refusal(write("3", "ratings.json")).startswith("ratings.json: ")
    assert refusal(write("[[1, 2]]", "ratings.json")) == (
        "ratings.json: no column names; give a list of objects, or lists by column name"
    )
    (tmp_path / "latin.csv").write_bytes("subject,video_id,rating\nJosé,a,1\n".encode("latin-1"))
    assert refusal(tmp_path / "latin.csv").endswith("export it as UTF-8 CSV")
