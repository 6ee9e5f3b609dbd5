"""The command weights, as a user types it, against a server on this machine that misbehaves on purpose."""

import hashlib
import importlib
import io
import json

import pytest
import torch
from click.testing import CliRunner
from file_server import file_server

import ddsr_bench.weights.tries
from ddsr_bench.cli import _weights, main
from ddsr_bench.vsr import cards as cards_module
from ddsr_bench.vsr.cards import MethodCard, Weights, load_method_cards

PAGE = b"<html>please log in</html>"


def checkpoint(name, scale=4):
    """A file that this method's network takes: its weights as torch draws them."""
    network = importlib.import_module(f"ddsr_bench.vsr.methods.{name.replace('-', '_')}").NETWORK
    file = io.BytesIO()
    torch.save(network.build(scale).state_dict(), file)
    return file.getvalue()


CONTENT = checkpoint("rlfn")
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2


@pytest.fixture
def server():
    with file_server(CONTENT) as server:
        yield server


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty store, the network allowed, no waits between tries."""
    for variable in ("DDSR_BENCH_OFFLINE", "DDSR_BENCH_MIRROR", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(ddsr_bench.weights.tries.time, "sleep", lambda seconds: None)
    return tmp_path / "home"


@pytest.fixture
def card(monkeypatch, server):
    """Replace the cards by one with files of the test server."""

    def make(page="good", name="rlfn", **changes):
        url = f"http://127.0.0.1:{server.server_port}/{page}.pth" if page else ""
        entry = Weights.model_construct(**{**ENTRY, "file": f"{page or 'hand'}.pth", "url": url, **changes})
        made = MethodCard.model_construct(**{**CARD, "name": name, "weights": (entry,)})
        monkeypatch.setattr(cards_module, "load_method_cards", lambda: {name: made})
        monkeypatch.setattr(_weights, "load_method_cards", lambda: {name: made})
        return made

    return make


# The schema allows https only, so these are made without it.
ENTRY = {"scale": 4, "sha256": SHA256, "hash_prefix": "", "size": None, "licence": "MIT", "key": "", "prefix": ""}
ENTRY |= {"role": "main", "how": ""}
CARD = {**load_method_cards()["rlfn"].model_dump(), "weights": ()}


def run(*arguments):
    return CliRunner().invoke(main, ["weights", *map(str, arguments)], prog_name="ddsr-bench")


def done(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def failed(*arguments):
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output
    return result.stderr.strip().splitlines()[-1].removeprefix("Error: ")


def stored(home, name="rlfn"):
    return sorted(path.name for path in (home / "weights" / name).glob("[!.]*"))


# --- fetch -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["good", "norange", "redirect", "cutnorange", "cut", "busy"])
def test_fetch_whatever_the_server_does(home, card, page):
    card(page)
    path = home / "weights" / "rlfn" / f"{page}.pth"
    assert done("fetch", "rlfn") == f"rlfn: {path}"
    assert path.read_bytes() == CONTENT
    assert stored(home) == [path.name]
    assert done("path", "rlfn") == str(path)
    assert done("verify") == f"rlfn: {path}: ok"


def test_a_silent_server_is_asked_again(home, card, server, monkeypatch):
    card("silent")
    fetch = _weights.fetch_file
    monkeypatch.setattr(_weights, "fetch_file", lambda *a, **k: fetch(*a, **k, timeout_s=0.2))
    done("fetch", "rlfn")
    assert stored(home) == ["silent.pth"]
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("page", "changes", "text"),
    [
        ("missing", {}, "/missing.pth: HTTP 404 Not Found; check the address"),
        ("alwayscut", {}, f"(the connection ended after {HALF} of {len(CONTENT)} bytes); try again later, it goes on"),
        ("wrong", {}, f", expected {SHA256[:12]}...; the download was deleted, try again or report it"),
        ("page", {"size": len(CONTENT)}, f"offers 26 bytes, expected {len(CONTENT)}; the file there is another one"),
        ("redirectout", {}, "redirects to http://example.org/good.pth, which is not https; not followed"),
        ("huge", {}, "disk full (1000000000000000000 bytes needed, "),
        ("wrong", {"sha256": "", "hash_prefix": SHA256[:8]}, "the download was deleted, try again or report it"),
    ],
    # What the file holds differs from process to process, and names must not.
    ids=["missing", "cut", "wrong", "page", "redirect", "huge", "wrong-prefix"],
)
def test_faults_of_a_server_are_told_in_one_line(home, card, page, changes, text):
    card(page, **changes)
    assert text in failed("fetch", "rlfn")
    assert [name for name in stored(home) if not name.endswith(".part")] == []


def test_published_digits_are_checked_and_what_was_seen_is_kept(home, card, server):
    card("good", sha256="", hash_prefix=SHA256[:8])
    done("fetch", "rlfn")
    done("fetch", "rlfn")
    assert len(server.seen) == 1
    path = home / "weights" / "rlfn" / "good.pth"
    path.write_bytes(CONTENT[::-1])
    assert run("verify").stdout == f"rlfn: {path}: changed\n"
    assert run("verify").exit_code == 1
    assert json.loads(done("list", "--json"))[0]["state"] == "changed"
    assert "is not the file that it should be" in failed("path", "rlfn")
    done("fetch", "rlfn")
    assert path.read_bytes() == CONTENT


def test_without_a_published_hash_one_must_trust(home, card, server):
    card("good", sha256="")
    assert "no hash of good.pth is published to check it by; add --trust" in failed("fetch", "rlfn")
    assert server.seen == []
    done("fetch", "rlfn", "--trust")
    path = home / "weights" / "rlfn" / "good.pth"
    assert path.read_bytes() == CONTENT
    assert done("verify") == f"rlfn: {path}: ok, taken on your word"
    path.write_bytes(CONTENT[::-1])
    assert run("verify").exit_code == 1


def test_a_web_page_is_never_weights(home, card):
    card("page", sha256="")
    assert "/page.pth: gives a web page, no weights; download it in a browser and add it" in failed(
        "fetch", "rlfn", "--trust"
    )
    assert stored(home) == []


def test_fetch_goes_on_past_what_it_cannot_get(home):
    result = run("fetch", "bicubic", "srwd", "tecogan")
    assert result.exit_code == 1
    assert result.stdout == "bicubic: needs no weights\n"
    lines = result.stderr.splitlines()
    assert lines[0] == "Error: method 'srwd': nobody has published weights for it yet; give yours with --weights"
    tecogan = load_method_cards()["tecogan"].weights
    assert len(lines) == 1 + len(tecogan)
    for line, entry in zip(lines[1:], tecogan, strict=True):
        assert line == (
            f"Error: method 'tecogan': no program can get {entry.file}; get them by hand ({entry.how}), then: "
            f"ddsr-bench weights add tecogan {entry.file} --trust"
        )


def test_fetch_of_unknown_methods_and_patterns():
    assert failed("fetch", "basicvsrpp").startswith("method 'basicvsrpp': unknown; did you mean")
    assert failed("fetch", "teco*") == (
        "method 'teco*': matches none whose weights can be fetched; see: ddsr-bench weights list"
    )


def test_offline_nothing_is_asked(home, card, server, monkeypatch):
    made = card("good")
    monkeypatch.setenv("DDSR_BENCH_OFFLINE", "1")
    told = failed("fetch", "rlfn")
    assert "not in the store and the network is off" in told
    assert made.weights[0].url in told
    assert server.seen == []


# --- a mirror --------------------------------------------------------------------------------------------


def test_the_mirror_is_asked_first(home, card, server, monkeypatch):
    card("good")
    monkeypatch.setenv("DDSR_BENCH_MIRROR", f"http://127.0.0.1:{server.server_port}/norange/")
    done("fetch", "rlfn")
    assert [path for path, _ in server.seen] == ["/norange/rlfn/good.pth"]
    assert (home / "weights" / "rlfn" / "good.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("behaviour", ["missing", "wrong", "alwaysbusy", "alwayscut", "page"])
@pytest.mark.filterwarnings("ignore:mirror")
def test_a_mirror_that_fails_is_passed_over(home, card, server, monkeypatch, behaviour):
    card("good")
    monkeypatch.setenv("DDSR_BENCH_MIRROR", f"http://127.0.0.1:{server.server_port}/{behaviour}")
    done("fetch", "rlfn")
    assert (home / "weights" / "rlfn" / "good.pth").read_bytes() == CONTENT
    assert server.seen[-1][0] == "/good.pth"


def test_a_mirror_may_hold_what_is_got_by_hand(home, card, server, monkeypatch):
    card("", how="ask its authors")
    assert "no program can get hand.pth; get them by hand (ask its authors)" in failed("fetch", "rlfn")
    monkeypatch.setenv("DDSR_BENCH_MIRROR", f"http://127.0.0.1:{server.server_port}/good")
    done("fetch", "rlfn")
    assert (home / "weights" / "rlfn" / "hand.pth").read_bytes() == CONTENT


def test_a_mirror_must_be_https(card, monkeypatch):
    card("good")
    monkeypatch.setenv("DDSR_BENCH_MIRROR", "http://example.org/weights")
    assert failed("fetch", "rlfn") == (
        "DDSR_BENCH_MIRROR: http://example.org/weights is not allowed; give an https address"
    )


# --- add, path, verify, list -----------------------------------------------------------------------------


def test_add_checks_the_hash(home, card, tmp_path, server):
    card("good")
    mine = tmp_path / "download (1).pth"
    mine.write_bytes(CONTENT[:-1])
    assert f"sha256 is {hashlib.sha256(CONTENT[:-1]).hexdigest()[:12]}..., expected {SHA256[:12]}..." in failed(
        "add", "rlfn", mine
    )
    assert stored(home) == []
    mine.write_bytes(CONTENT)
    path = home / "weights" / "rlfn" / "good.pth"
    assert done("add", "rlfn", mine) == f"rlfn: {path} (for x4)"
    assert path.read_bytes() == CONTENT
    assert done("fetch", "rlfn") == f"rlfn: {path}"
    assert server.seen == []


def test_add_without_a_published_hash_asks_for_trust(home, card, tmp_path):
    card("", sha256="", how="ask its authors")
    mine = tmp_path / "hand.pth"
    mine.write_bytes(CONTENT)
    told = failed("add", "rlfn", mine)
    assert "no hash of hand.pth is published to check it by" in told
    assert "--trust" in told
    done("add", "rlfn", mine, "--trust")
    assert json.loads(done("list", "--json"))[0]["state"] == "own file"
    assert run("verify", "rlfn").stdout.endswith("hand.pth: ok, taken on your word\n")


def test_add_of_pages_missing_files_and_methods_without_files(tmp_path):
    page = tmp_path / "TecoGAN_4x_BD_Vimeo_iter500K.pth"
    page.write_bytes(PAGE)
    assert failed("add", "tecogan", page, "--trust").endswith(
        "is a web page, no weights; open its address in a browser and save the file itself"
    )
    assert "none.pth: cannot read (No such file or directory)" in failed("add", "rlfn", tmp_path / "none.pth")
    assert failed("add", "bicubic", page) == "method 'bicubic': takes no file of weights from the store (none needed)"


def test_add_knows_a_file_by_its_name_or_by_scale_and_role(home, tmp_path):
    first, second = load_method_cards()["tecogan"].weights
    mine = tmp_path / "net_g.pth"
    mine.write_bytes(checkpoint("tecogan", 2))
    assert failed("add", "tecogan", mine, "--trust") == (
        "method 'tecogan': which of its files is net_g.pth? say with --scale and --role; it has "
        f"{first.file} (x4, main), {second.file} (x2, main)"
    )
    assert done("add", "tecogan", mine, "--trust", "--scale", "2").endswith(f"{second.file} (for x2)")
    named = tmp_path / first.file
    named.write_bytes(checkpoint("tecogan", 4))
    assert done("add", "tecogan", named, "--trust").endswith(f"{first.file} (for x4)")
    assert stored(home, "tecogan") == sorted([first.file, second.file])
    assert done("path", "tecogan", "--scale", "2").endswith(second.file)
    named.write_bytes(checkpoint("realesr-general"))
    told = done("add", "realesr-general", named, "--trust", "--role", "wdn")
    assert told.endswith("realesr-general-wdn-x4v3.pth (for x4, wdn)")


def test_a_trusted_file_must_fit_the_network(home, card, tmp_path):
    card("good", sha256="", name="rfdn")
    told = failed("fetch", "rfdn", "--trust")
    assert "wrong checkpoint for the method, it lacks " in told
    assert stored(home, "rfdn") == []
    mine = tmp_path / "good.pth"
    mine.write_bytes(CONTENT)
    assert failed("add", "rfdn", mine, "--trust") == told
    mine.write_bytes(CONTENT[:HALF])
    assert "good.pth: not a checkpoint of plain tensors" in failed("add", "rfdn", mine, "--trust")
    assert stored(home, "rfdn") == []


def test_path_of_what_is_not_there_says_what_to_do():
    assert failed("path", "edvr").endswith("are not here; fetch them with: ddsr-bench weights fetch edvr")
    assert failed("path", "bicubic") == "method 'bicubic': needs no weights"
    assert "has no weights for x3" in failed("path", "tecogan", "--scale", "3")


def test_verify_of_nothing_and_of_what_is_missing(home):
    assert done("verify") == "nothing is stored"
    result = run("verify", "edvr")
    assert result.exit_code == 1
    assert result.stdout.endswith("edvrm_x4_8x4_600k_reds_20210625-e29b71b5.pth: not stored\n")


def test_what_comes_with_the_package_is_verified_fetched_and_found(home, monkeypatch, tmp_path):
    assert done("verify", "ddsr-lite-x4").endswith("weights/ddsr-lite-x4.safetensors: ok, comes with the package")
    assert done("fetch", "ddsr-lite-x4") == "ddsr-lite-x4: its weights come with the package"
    assert done("path", "ddsr-lite-x4").endswith("ddsr_bench/vsr/weights/ddsr-lite-x4.safetensors")
    page = tmp_path / "ddsr-lite-x4.safetensors"
    page.write_bytes(b"0")
    assert "takes no file of weights from the store (shipped)" in failed("add", "ddsr-lite-x4", page)
    monkeypatch.setattr("ddsr_bench.cli._weights.shipped_path", lambda name: page)
    result = run("verify")
    assert (result.exit_code, result.stdout.endswith(f"{page}: changed\n")) == (1, True)


def test_list_shows_states_sizes_and_licences():
    rows = json.loads(done("list", "--json"))
    states = {row["method"]: row["state"] for row in rows}
    assert set(states) == set(load_method_cards())
    assert states["bicubic"] == "none needed"
    assert states["edvr"] == "to fetch"
    assert states["tecogan"] == "by hand"
    assert states["srwd"] == "to be trained"
    assert states["ddsr-lite-x4"] == "shipped"
    line = next(line for line in done("list", "rfdn").splitlines() if line.startswith("rfdn"))
    assert line.split() == ["rfdn", "x4", "to", "fetch", "1.7", "MiB", "MIT", "rfdn_baseline.pth"]
    assert failed("list", "zz*").endswith(" cards; see: methods list")
