"""The page as people use it: in a browser, from a file and from a server."""

import copy
import io
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from board_fixture import BITS, FPS, FRAMES, SQUARE, WHY_ABSENT, WHY_BROKEN, make_board
from PIL import Image

from ddsr_bench.leaderboard.page import write_page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path: apt-get install chromium"),
]
# The number in the squares along the top of a video's current frame; only pages from a server may read pixels.
READ_STAMP = """(id) => {
  const video = document.getElementById(id), canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < %d; bit += 1)
    if (pen.getImageData(bit * %d + %d, %d, 1, 1).data[1] > 127) number += 1 << bit;
  return number;
}""" % (BITS, SQUARE, SQUARE // 2, SQUARE // 2)  # noqa: UP031
SETTLED = """() => ["video-a", "video-b"].map((id) => document.getElementById(id)).every(
  (video) => video.hidden || !video.getAttribute("src") || (video.readyState >= 2 && !video.seeking))"""


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class RangeHandler(QuietHandler):
    """Browsers seek only in videos whose server gives parts of them."""

    def do_GET(self):
        asked = self.headers.get("Range")
        if asked is None:
            return super().do_GET()
        data = open(self.translate_path(self.path), "rb").read()  # noqa: SIM115
        first, last = asked.removeprefix("bytes=").split("-")
        start, stop = int(first), int(last) + 1 if last else len(data)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(self.path))
        self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        self.wfile.write(data[start:stop])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A page with its videos, beside it the board."""
    place = tmp_path_factory.mktemp("board")
    board = make_board(place)
    write_page(board, place)
    return place, board


@pytest.fixture(scope="module")
def server(folder):
    made = ThreadingHTTPServer(("127.0.0.1", 0), partial(RangeHandler, directory=folder[0]))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """Opens an address; at the end nothing may have been complained of."""
    complaints, contexts = [], []

    def go(address, width=1440, height=900, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.on("dialog", lambda dialog: (complaints.append("a dialog"), dialog.dismiss()))
        page.goto(address)
        page.wait_for_function(SETTLED)
        return page

    yield go
    # A video that is left while it loads is no complaint.
    assert [one for one in complaints if not one.endswith(".mp4")] == []
    for context in contexts:
        context.close()


@pytest.fixture(params=["file", "server"])
def address(request, folder):
    return f"file://{folder[0]}/index.html" if request.param == "file" else request.getfixturevalue("server") + "/"


def methods(page):
    return page.locator("#table tbody th").all_inner_texts()


def frame(page):
    page.wait_for_function(SETTLED)
    times = page.evaluate("['video-a', 'video-b'].map((id) => document.getElementById(id).currentTime)")
    shown = int(page.locator("#frame-number").inner_text().split()[1])
    # The middle of the frame; a browser that met the end of the file gives its duration.
    assert all(
        time == pytest.approx((shown + 0.5) / FPS, abs=1e-5) or shown + 1 == FRAMES == time * FPS for time in times
    )
    return shown


def test_sort_filter_tabs_and_reasons(visit, address):
    page = visit(address)
    assert [name.splitlines()[0] for name in methods(page)] == ["Cubic", "Nearest", "Absent"]
    assert f"1 clip without a value: {WHY_BROKEN}" in methods(page)[0]
    assert page.locator("#table tr.absent").inner_text().endswith(WHY_ABSENT)
    page.locator("#table th[data-column=change] button").click()
    assert page.locator("#table th[data-column=change]").get_attribute("aria-sort") == "ascending"
    assert [name.splitlines()[0] for name in methods(page)] == ["Nearest", "Cubic", "Absent"]
    page.locator("#table th[data-column=change] button").click()
    assert [name.splitlines()[0] for name in methods(page)] == ["Cubic", "Nearest", "Absent"]  # absent ones stay last
    page.locator("#filter").fill("near")
    assert methods(page) == ["Nearest"]
    assert page.locator("#count").inner_text() == "1 of 3 methods"
    page.locator("#filter").fill("nobody")
    assert page.locator("#table").inner_text() == "No method fits the filter."
    page.locator("#filter").fill("")
    page.locator("#scale").select_option("4")
    assert len(methods(page)) == 1
    page.locator("#scale").select_option("")
    page.locator("#ran").check()
    assert len(methods(page)) == 2
    page.locator("#tab-0").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[role=tab][aria-selected=true]").inner_text() == "Human (simulated)"
    assert "MOS (simulated)" in page.locator("#table thead").inner_text()
    assert "Votes (simulated)" in page.locator("#plots").inner_text()


def test_divider_by_mouse_and_keys(visit, address):
    page = visit(address)
    divider, stage = page.locator("#divider"), page.locator("#stage")
    stage.scroll_into_view_if_needed()
    box, knob = stage.bounding_box(), divider.bounding_box()
    page.mouse.move(knob["x"] + knob["width"] / 2, knob["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], knob["y"] + 30, steps=3)
    page.mouse.up()
    assert divider.get_attribute("aria-valuenow") == "75"
    clip = page.locator(".picture-b").evaluate("(node) => getComputedStyle(node).clipPath")
    assert "75%" in clip
    page.keyboard.press("ArrowLeft")
    assert divider.get_attribute("aria-valuetext") == "A 73 %, B 27 %"
    page.keyboard.press("Home")
    assert divider.get_attribute("aria-valuenow") == "0"
    page.mouse.move(box["x"] + 0.5 * box["width"], knob["y"])  # not held: stays
    assert divider.get_attribute("aria-valuenow") == "0"


def test_frames_step_with_keys_buttons_and_slider(visit, address):
    page = visit(address)
    page.locator("body").press(".")
    assert frame(page) == 1
    page.keyboard.press(".")
    page.keyboard.press(",")
    page.keyboard.press(",")
    page.keyboard.press(",")
    assert frame(page) == 0
    page.locator("#frame").fill("7")
    assert frame(page) == 7
    page.locator("#step-on").click()
    assert frame(page) == 8
    page.locator("#frame").fill(str(FRAMES - 1))
    page.locator("#step-on").click()
    assert frame(page) == FRAMES - 1
    assert page.locator("#readout").inner_text().startswith(f"Frame {FRAMES - 1}. A Nearest: ")
    page.locator("#filter").press(".")
    assert frame(page) == FRAMES - 1  # typed, not stepped
    page.locator("#curves svg").click(position={"x": 60, "y": 60})
    assert frame(page) == 0


def test_a_card_opens_and_escape_closes_it(visit, address):
    page = visit(address)
    page.get_by_role("button", name="Cubic", exact=True).click()
    card = page.get_by_role("dialog")
    assert card.locator("h2").inner_text() == "Cubic"
    assert "+0.250, \u22120.250 px against bicubic" in card.inner_text()
    assert "Human (simulated), MOS (simulated)" in card.inner_text()
    page.keyboard.press("Escape")
    assert card.count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Cubic"
    page.get_by_role("button", name="Nearest", exact=True).click()
    page.get_by_role("button", name="Show as B").click()
    assert page.locator("#side-b").input_value() == "nearest"


def test_both_sides_show_the_frame_that_is_named(visit, server):
    page = visit(f"{server}/#clip=fair-2&a=lr&b=cubic")
    for number in range(FRAMES):
        page.locator("#frame").fill(str(number))
        assert frame(page) == number
        assert [page.evaluate(READ_STAMP, video) for video in ("video-a", "video-b")] == [number, number]


def test_playing_keeps_both_sides_together(visit, server):
    page = visit(f"{server}/#clip=fair-2&a=hr&b=cubic")
    page.locator("#play").click()
    page.wait_for_function("Number(document.getElementById('frame').value) >= 4")
    one, other = (page.evaluate(READ_STAMP, video) for video in ("video-a", "video-b"))
    assert abs(one - other) <= 2  # read one after the other
    page.locator("#play").click()
    assert page.locator("#play").inner_text() == "Play"
    number = frame(page)
    assert [page.evaluate(READ_STAMP, video) for video in ("video-a", "video-b")] == [number, number]
    page.locator("#play").click()
    page.wait_for_function("Number(document.getElementById('frame').value) > 8")
    page.wait_for_function("Number(document.getElementById('frame').value) < 4")  # it loops
    page.locator("#loop").uncheck()
    page.wait_for_function("document.getElementById('play').textContent === 'Play'")
    assert frame(page) == FRAMES - 1


def brightness(page):
    page.locator("#loupe-on").uncheck()
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(100)
    picture = Image.open(io.BytesIO(page.locator("#stage").screenshot()))
    pixels = np.asarray(picture.convert("RGB"), float)
    return pixels[-pixels.shape[0] // 4 :].mean()  # below the tags


def test_the_difference_is_black_only_where_both_are_equal(visit, address):
    page = visit(f"{address}#clip=fair-1&a=cubic&b=cubic&view=difference&frame=3")
    assert brightness(page) < 2
    page.locator("#side-b").select_option("nearest")
    page.locator("#gain").select_option("1")
    plain = brightness(page)
    page.locator("#gain").select_option("2")
    assert plain > 3
    assert brightness(page) == pytest.approx(2 * plain, rel=0.15)


def test_an_address_opens_a_view_and_follows_it(visit, address):
    page = visit(f"{address}#clip=harbour-1&a=lr&b=hr&frame=5&view=side&track=human")
    assert frame(page) == 5
    assert page.locator("#clip").input_value() == "harbour-1"
    assert page.locator("#stage").get_attribute("data-view") == "side"
    assert page.locator("#tag-a").inner_text().split() == ["A", "LR", "(input)"]
    page.locator("#side-b").select_option("cubic")
    page.wait_for_function("location.hash.includes('b=cubic') && location.hash.includes('frame=5')")
    broken = visit(f"{address}#clip=nope&a=__proto__&b=constructor&frame=x&track=toString&view=upside-down&method=y")
    assert broken.locator("#clip").input_value() == "fair-1"


def test_the_loupe_shows_pixels_and_moves(visit, address):
    page = visit(f"{address}#clip=fair-1&a=lr&b=hr")
    read = "() => document.getElementById('stage').style.getPropertyValue('--x')"
    before = float(page.evaluate(read))
    page.locator("#lens").press("ArrowRight")
    assert float(page.evaluate(read)) == pytest.approx(before + 0.02)
    picture = np.asarray(Image.open(io.BytesIO(page.locator("#loupe-b").screenshot())).convert("RGB"), float)
    assert picture.std() > 10
    page.locator("#loupe-on").uncheck()
    assert not page.locator("#loupe").is_visible()


def test_what_has_no_video_says_why(visit, address):
    page = visit(f"{address}#clip=harbour-2&a=absent&b=cubic")
    assert page.locator("#missing-a").inner_text() == f"Absent: {WHY_ABSENT}"
    assert page.locator("#missing-b").inner_text() == f"Cubic: {WHY_BROKEN}"
    assert WHY_BROKEN in page.locator("#cells").inner_text()
    # What has nothing anywhere says so once, in the standings.
    assert WHY_ABSENT not in page.locator("#cells").inner_text()
    assert "Without results on any clip: 1 method; the standings say why." in page.locator("#cells").inner_text()


def test_a_phone_needs_no_sideways_scrolling_and_follows_the_scheme(visit, folder):
    page = visit(f"file://{folder[0]}/index.html", width=390, height=844, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.querySelector('#table tr.absent').getBoundingClientRect().right") <= 390
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.locator("#theme").click()
    assert page.evaluate(paper) != dark
    assert page.locator("#theme").inner_text() == "Dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, server, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = visit(f"{server}/", color_scheme=scheme)
    page.get_by_role("button", name="Cubic", exact=True).click()
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    page.keyboard.press("Escape")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_hostile_and_bare_boards(visit, folder, tmp_path):
    board = copy.deepcopy(folder[1])
    hostile = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    board["methods"]["cubic"] |= {"title": hostile, "url": "javascript:alert(3)", "note": hostile}
    board["methods"]["absent"]["reason"] = board["command"] = board["title"] = hostile
    for clip in board["clips"]:
        clip["media"] = {"lr": None, "hr": None, "methods": {}}
    page = visit(f"file://{write_page(board, tmp_path / 'hostile')}")
    assert page.locator("h1").inner_text() == hostile
    page.get_by_role("button", name=hostile, exact=True).click()
    assert page.locator("#card a").count() == 0
    assert page.locator("img, iframe, object").count() == 0
    visit(f"file://{write_page({'schema_version': 1}, tmp_path / 'bare')}")
