"""The page's files: data that cannot break out of its script, paths that stay inside, static parts all there."""

import copy
import json
import re

import pytest
from board_fixture import make_board

from ddsr_bench import DdsrError
from ddsr_bench.leaderboard.page import write_page
from ddsr_bench.leaderboard.page.embed import data_script
from ddsr_bench.leaderboard.page.write import STATIC, TEMPLATES

HOSTILE = "</script><script>alert(1)</script><!-- \u2028\u2029\ud800 'x' & \"y\" \\ é"


@pytest.fixture(scope="module")
def made():
    return make_board(None, videos=False)


@pytest.fixture
def board(made):
    return copy.deepcopy(made)


def read_board(folder):
    text = (folder / "data.js").read_text("ascii")
    return json.loads(text.removeprefix("window.DDSR_BOARD = ").removesuffix(";\n"))


def test_the_folder_holds_the_page_its_parts_and_the_whole_board(tmp_path, board):
    index = write_page(board, tmp_path / "new" / "page")
    assert index == tmp_path / "new" / "page" / "index.html"
    assert read_board(index.parent) == board
    assert {path.name for path in (index.parent / "static").iterdir()} == {path.name for path in STATIC.iterdir()}
    assert not list(index.parent.rglob("*.part"))


def test_writing_twice_gives_the_same_bytes(tmp_path, board):
    folder = tmp_path / "page"
    write_page(board, folder)
    once = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write_page(board, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == once


def test_every_static_file_is_loaded_once_and_nothing_comes_from_elsewhere(tmp_path, board):
    html = write_page(board, tmp_path).read_text("utf-8")
    loaded = re.findall(r'(?:src|href)="static/([^"]+)"', html)
    assert sorted(loaded) == sorted(path.name for path in STATIC.iterdir())
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)
    for path in STATIC.iterdir():
        text = path.read_text("utf-8")
        assert set(re.findall(r"\w+://[\w.]*", text)) <= {"http://www.w3.org", "file://"}, path.name


def test_scripts_never_turn_text_into_markup():
    for path in STATIC.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function",
                             path.read_text("utf-8")), path.name  # fmt: skip


def test_every_id_that_a_script_asks_for_is_in_the_page(tmp_path, board):
    html = write_page(board, tmp_path).read_text("utf-8")
    there = set(re.findall(r'\bid="([^"]+)"', html))
    asked = {name for path in STATIC.glob("*.js") for name in re.findall(r'byId\("([^"]+)"\)', path.read_text("utf-8"))}
    assert asked <= there
    assert len(there) == len(re.findall(r'\bid="', html)), "an id stands twice"


def test_hostile_names_stay_data(tmp_path, board):
    board["title"] = board["methods"]["cubic"]["title"] = board["command"] = HOSTILE
    index = write_page(board, tmp_path)
    data, html = (tmp_path / "data.js").read_text("ascii"), index.read_text("utf-8")
    assert "<" not in data
    assert read_board(tmp_path)["methods"]["cubic"]["title"] == HOSTILE
    assert "<script>alert" not in html
    assert html.count("&lt;/script&gt;&lt;script&gt;alert(1)") == 2  # title and heading


def test_line_separators_are_escapes():
    assert data_script({"a": "\u2028\u2029"}) == 'window.DDSR_BOARD = {"a":"\\u2028\\u2029"};\n'


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/etc/passwd", "is absolute"),
        ("media/../../a.mp4", "is not plain"),
        ("media//a.mp4", "is not plain"),
        ("./a.mp4", "is not plain"),
        ("javascript:alert(1)", "has a scheme or a drive"),
        ("https://example.org/a.mp4", "has a scheme or a drive"),
        ("C:/a.mp4", "has a scheme or a drive"),
        ("media\\a.mp4", "has a backslash"),
        ("media/a\n.mp4", "has control characters"),
        ("", "is no text"),
        (3, "is no text"),
    ],
)
@pytest.mark.parametrize("place", ["lr", "hr", "methods"])
def test_media_outside_the_folder_are_refused(tmp_path, board, path, wrong, place):
    board["clips"][1]["media"][place] = {"cubic": path} if place == "methods" else path
    with pytest.raises(DdsrError) as error:
        write_page(board, tmp_path / "page")
    assert str(error.value).startswith(f"clip fair-2: media path {path!r} {wrong}")
    assert str(error.value).endswith("; use one below the page's folder, such as 'media/a.mp4'")
    assert not (tmp_path / "page").exists()


def test_odd_but_harmless_media_names_are_kept(tmp_path, board):
    board["clips"][0]["media"]["lr"] = "media/a b#1?%20..x:y.mp4"
    write_page(board, tmp_path)


def test_a_number_that_is_none_is_refused_in_one_line(tmp_path, board):
    board["cells"]["fair-1"]["cubic"]["psnr"] = float("nan")
    with pytest.raises(
        DdsrError, match=r"^leaderboard page: .*not JSON compliant.*; give such a cell a reason in place"
    ):
        write_page(board, tmp_path)


@pytest.mark.parametrize("version", [None, 0, 2, "1"])
def test_another_schema_is_refused(tmp_path, board, version):
    board["schema_version"] = version
    with pytest.raises(DdsrError, match=f"^leaderboard page: schema version {version}, but 1 is known; make the board"):
        write_page(board, tmp_path)


def test_a_file_in_the_way_is_told(tmp_path, board):
    (tmp_path / "page").write_text("")
    with pytest.raises(DdsrError, match="cannot make the folder"):
        write_page(board, tmp_path / "page")


def test_a_bare_board_is_enough(tmp_path):
    html = write_page({"schema_version": 1}, tmp_path).read_text("utf-8")
    assert "<title>Leaderboard</title>" in html


def test_templates_and_static_files_are_in_the_package():
    assert (TEMPLATES / "index.html").is_file()
    assert {path.suffix for path in STATIC.iterdir()} == {".js", ".css"}
