"""The store of downloads, against a server on this machine that misbehaves on purpose."""

import hashlib
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from file_server import CONTENT, file_server

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights import WeightSpec, cache_root, fetch, load_state_dict, use_file
from ddsr_bench.weights.lock import exclusive
from ddsr_bench.weights.spec import is_allowed_url

SHA256 = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2


@pytest.fixture
def server():
    with file_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    monkeypatch.delenv("DDSR_BENCH_OFFLINE", raising=False)
    monkeypatch.delenv("DDSR_BENCH_HOME", raising=False)


def spec_of(server, page, **changes):
    url = f"http://127.0.0.1:{server.server_port}/{page}.pth"
    return WeightSpec(**{"name": "net", "url": url, "sha256": SHA256, **changes})


def get(spec, root, **options):
    return fetch(spec, root=root, **{"backoff_s": 0.0, "retries": 2, **options})


def leftovers(root):
    """Visible files beside finished ones: there must be none after success."""
    return sorted(path.name for path in (root / "weights").glob("[!.]*"))


# --- downloads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["good", "norange", "redirect", "cutnorange", "cut", "busy"])
def test_whatever_the_server_does_the_file_is_right(server, tmp_path, page):
    path = get(spec_of(server, page), tmp_path)
    assert path.read_bytes() == CONTENT
    assert path == tmp_path / "weights" / f"{page}-{SHA256[:8]}.pth"
    assert leftovers(tmp_path) == [path.name]


def test_every_cut_resumes_where_it_stopped_and_retries_start_anew(server, tmp_path):
    get(spec_of(server, "cut"), tmp_path, retries=1)
    assert server.seen == [
        ("/cut.pth", None),
        ("/cut.pth", "bytes=100000-"),
        ("/cut.pth", "bytes=200000-"),
    ]


def test_a_part_from_an_earlier_run_is_completed(server, tmp_path):
    spec = spec_of(server, "good")
    part = spec.path(tmp_path).with_name(spec.path(tmp_path).name + ".part")
    part.parent.mkdir()
    part.write_bytes(CONTENT[:HALF])
    seen = []
    assert get(spec, tmp_path, progress=lambda done, total: seen.append((done, total))).read_bytes() == CONTENT
    assert server.seen == [("/good.pth", f"bytes={HALF}-")]
    assert all(HALF < done <= total == len(CONTENT) for done, total in seen)
    assert seen[-1] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_a_complete_part_is_only_checked(server, tmp_path, size):
    spec = spec_of(server, "good", size=size)
    part = spec.path(tmp_path).with_name(spec.path(tmp_path).name + ".part")
    part.parent.mkdir()
    part.write_bytes(CONTENT)
    assert get(spec, tmp_path).read_bytes() == CONTENT
    assert len(server.seen) == (1 if size is None else 0)


@pytest.mark.parametrize("page", ["good", "norange"])
@pytest.mark.parametrize("stale", [b"x" * HALF, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 5)])
@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_a_stale_part_is_thrown_away(server, tmp_path, page, stale, size):
    spec = spec_of(server, page, size=size)
    part = spec.path(tmp_path).with_name(spec.path(tmp_path).name + ".part")
    part.parent.mkdir()
    part.write_bytes(stale)
    assert get(spec, tmp_path).read_bytes() == CONTENT
    assert leftovers(tmp_path) == [spec.path(tmp_path).name]


def test_another_range_than_asked_for_is_not_believed(server, tmp_path):
    spec = spec_of(server, "otherrange")
    part = spec.path(tmp_path).with_name(spec.path(tmp_path).name + ".part")
    part.parent.mkdir()
    part.write_bytes(CONTENT[:HALF])
    with pytest.raises(DdsrError, match="another range than asked for"):
        get(spec, tmp_path)


def test_a_silent_server_times_out_and_is_tried_again(server, tmp_path):
    assert get(spec_of(server, "silent"), tmp_path, timeout_s=0.2).read_bytes() == CONTENT
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("page", "changes", "text", "requests"),
    [
        ("missing", {}, "/missing.pth: HTTP 404 Not Found; check the address", 1),
        ("alwaysbusy", {}, "download failed (HTTP 503 Service Unavailable); try again later, it goes on", 3),
        ("alwayscut", {}, f"download failed (the connection ended after {HALF} of {len(CONTENT)} bytes)", 3),
        ("page", {"size": 300_000}, "offers 26 bytes, expected 300000; the file there is another one", 1),
        ("redirectout", {}, "redirects to http://example.org/good.pth, which is not https; not followed", 1),
        (
            "redirectfile",
            {},
            "redirect refused (Found - Redirection to url 'file:///etc/hostname' is not allowed)",
            1,
        ),
        ("huge", {}, "disk full (1000000000000000000 bytes needed, ", 1),
    ],
)
def test_faults_are_told_in_one_line(server, tmp_path, page, changes, text, requests):
    spec = spec_of(server, page, **changes)
    with pytest.raises(DdsrError) as caught:
        get(spec, tmp_path)
    assert text in str(caught.value)
    assert len(server.seen) == requests
    assert not spec.path(tmp_path).exists()


def test_wrong_content_is_deleted_and_both_hashes_named(server, tmp_path):
    with pytest.raises(DdsrError) as caught:
        get(spec_of(server, "wrong"), tmp_path)
    got = hashlib.sha256(CONTENT[::-1]).hexdigest()
    assert f"sha256 is {got[:12]}..., expected {SHA256[:12]}...; the download was deleted" in str(caught.value)
    assert leftovers(tmp_path) == []


def test_nobody_listens(tmp_path):
    spec = WeightSpec("net", "http://127.0.0.1:9/net.pth", SHA256)
    with pytest.raises(DdsrError, match=r"^http://127.0.0.1:9/net.pth: download failed \(.*refused\)"):
        get(spec, tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_disk_full_while_writing(server, tmp_path):
    spec = spec_of(server, "good")
    part = spec.path(tmp_path).with_name(spec.path(tmp_path).name + ".part")
    part.parent.mkdir()
    part.symlink_to("/dev/full")
    with pytest.raises(DdsrError, match=r"disk full \(no space left\); free some space or set DDSR_BENCH_HOME"):
        get(spec, tmp_path)
    assert leftovers(tmp_path) == []


def test_a_store_that_is_a_file(server, tmp_path):
    (tmp_path / "weights").touch()
    with pytest.raises(DdsrError, match=r"cannot write \((File exists|Not a directory)\)"):
        get(spec_of(server, "good"), tmp_path)


# --- the store -------------------------------------------------------------------------------------------


def test_a_stored_file_is_not_fetched_or_read_again(server, tmp_path, monkeypatch):
    path = get(spec_of(server, "good"), tmp_path)
    monkeypatch.setattr("ddsr_bench.weights.verify.sha256_of", lambda path: pytest.fail("was read in full"))
    assert get(spec_of(server, "good"), tmp_path) == path
    assert len(server.seen) == 1


@pytest.mark.parametrize(("same_time", "verify", "requests"), [(False, False, 2), (True, False, 1), (True, True, 2)])
def test_damage_is_found_by_time_or_by_verify(server, tmp_path, same_time, verify, requests):
    spec = spec_of(server, "good")
    path = get(spec, tmp_path)
    before = path.stat()
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + (0 if same_time else 10**9)))
    get(spec, tmp_path, verify=verify)
    assert len(server.seen) == requests
    assert (path.read_bytes() == CONTENT) == (requests == 2)


def test_a_file_put_there_by_hand_is_accepted(server, tmp_path):
    spec = spec_of(server, "good")
    spec.path(tmp_path).parent.mkdir()
    spec.path(tmp_path).write_bytes(CONTENT)
    assert get(spec, tmp_path, offline=True).read_bytes() == CONTENT
    assert server.seen == []


def test_offline_names_file_address_and_place(server, tmp_path, monkeypatch):
    spec = spec_of(server, "good")
    with pytest.raises(DdsrError) as caught:
        get(spec, tmp_path, offline=True)
    text = str(caught.value)
    assert text.startswith("weights 'net': not in the store and the network is off; go online (unset ")
    assert text.endswith(f"(unset DDSR_BENCH_OFFLINE) or download {spec.url} and put it at {spec.path(tmp_path)}")
    monkeypatch.setenv("DDSR_BENCH_OFFLINE", "1")
    with pytest.raises(DdsrError, match="network is off"):
        get(spec, tmp_path)
    spec.path(tmp_path).parent.mkdir()
    spec.path(tmp_path).write_bytes(b"other")
    with pytest.raises(DdsrError, match="in the store, but with other content and the network is off"):
        get(spec, tmp_path)
    assert server.seen == []
    monkeypatch.setenv("DDSR_BENCH_OFFLINE", "0")
    assert get(spec, tmp_path).read_bytes() == CONTENT


def test_two_processes_fetch_once(server, tmp_path):
    spec = spec_of(server, "good")
    code = (
        "import sys; from ddsr_bench.weights import WeightSpec, fetch\n"
        "print(fetch(WeightSpec('net', sys.argv[1], sys.argv[2]), root=sys.argv[3]))"
    )
    command = [sys.executable, "-c", code, spec.url, spec.sha256, str(tmp_path)]
    root = Path(__file__).parents[1]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert {process.communicate()[0].strip() for process in both} == {str(spec.path(tmp_path))}
    assert spec.path(tmp_path).read_bytes() == CONTENT
    assert len(server.seen) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no locks there")
def test_a_lock_is_waited_for(tmp_path):
    entered = threading.Event()

    def enter():
        with exclusive(tmp_path / "lock"):
            entered.set()

    with exclusive(tmp_path / "lock") as locked:
        thread = threading.Thread(target=enter)
        thread.start()
        assert locked
        assert not entered.wait(0.2)
    assert entered.wait(5)
    thread.join()


def test_without_locks_two_threads_still_get_the_file(server, tmp_path, monkeypatch):
    monkeypatch.setattr("ddsr_bench.weights.lock._lock", lambda descriptor: False)
    spec = spec_of(server, "good")
    threads = [threading.Thread(target=get, args=(spec, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spec.path(tmp_path).read_bytes() == CONTENT
    assert leftovers(tmp_path) == [spec.path(tmp_path).name]


def test_use_file(server, tmp_path):
    spec = spec_of(server, "good")
    mine = tmp_path / "mine.pth"
    mine.write_bytes(CONTENT)
    path = use_file(spec, mine, root=tmp_path / "store")
    assert path == get(spec, tmp_path / "store", offline=True)
    assert path.read_bytes() == mine.read_bytes() == CONTENT
    assert use_file(spec, path, root=tmp_path / "store") == path
    assert server.seen == []


def test_use_file_refuses_other_content(server, tmp_path):
    spec = spec_of(server, "good")
    (tmp_path / "mine.pth").write_bytes(b"other")
    with pytest.raises(DdsrError) as caught:
        use_file(spec, tmp_path / "mine.pth", root=tmp_path)
    got = hashlib.sha256(b"other").hexdigest()[:12]
    assert f"mine.pth: sha256 is {got}..., expected {SHA256[:12]}..." in str(caught.value)
    assert str(caught.value).endswith(f"get the file from {spec.url}")
    with pytest.raises(DdsrError, match=r"none\.pth: cannot read \(No such file or directory\)"):
        use_file(spec, tmp_path / "none.pth", root=tmp_path)


# --- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "came_from", "allowed"),
    [
        ("https://example.org/a.pth", None, True),
        ("http://example.org/a.pth", None, False),
        ("file:///etc/passwd", None, False),
        ("ftp://example.org/a.pth", None, False),
        ("http://localhost:80/a.pth", None, True),
        ("http://127.8.9.1/a.pth", None, True),
        ("http://[::1]:80/a.pth", None, True),
        ("http://127.0.0.1.example.org/a.pth", None, False),
        ("http://127.0.0.1@example.org/a.pth", None, False),
        ("https:///a.pth", None, False),
        ("https://example.org/a.pth", "https://example.com/", True),
        ("http://localhost/a.pth", "https://example.com/", False),
        ("http://localhost/a.pth", "http://localhost/b", True),
        ("file:///a.pth", "http://localhost/b", False),
    ],
)
def test_which_addresses_are_allowed(url, came_from, allowed):
    assert is_allowed_url(url, came_from) is allowed


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"sha256": "abc"}, "weights 'net': sha256 'abc' is not 64 hexadecimal digits"),
        ({"url": "file:///a.pth"}, "weights 'net': file:///a.pth is not allowed; give an https address"),
        ({"filename": "../a.pth"}, "weights 'net': '../a.pth' is no plain file name; set filename"),
        ({"url": "https://example.org/"}, "weights 'net': '' is no plain file name; set filename"),
    ],
)
def test_specs_that_cannot_be_right(changes, text):
    with pytest.raises(DdsrError) as caught:
        WeightSpec(**{"name": "net", "url": "https://example.org/a.pth", "sha256": SHA256, **changes})
    assert str(caught.value) == text


def test_root_is_argument_then_variable_then_cache_folder(monkeypatch):
    assert cache_root("/here") == Path("/here")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert cache_root() == Path("/cache/ddsr-bench")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "ddsr-bench"
    monkeypatch.setenv("DDSR_BENCH_HOME", "/home-of-it")
    assert cache_root() == Path("/home-of-it")
    assert cache_root("/here") == Path("/here")


# --- state dicts -----------------------------------------------------------------------------------------


class Malicious:
    def __reduce__(self):
        return (os.system, ("touch pwned",))


def test_state_dict_round_trip_and_keys(tmp_path):
    weights = {"conv.weight": torch.arange(6.0).reshape(2, 3), "conv.bias": torch.ones(2)}
    path = tmp_path / "a.pth"
    torch.save({"params": {"other": torch.zeros(1)}, "params_ema": weights, "iter": 3}, path)
    loaded = load_state_dict(path, keys=("params_ema", "params"))
    assert loaded.keys() == weights.keys()
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)
    torch.save(weights, path)
    assert load_state_dict(path, keys=("params_ema",)).keys() == weights.keys()


def test_state_dict_must_be_flat(tmp_path):
    torch.save({"params": {"a": torch.zeros(1)}, "iter": 3}, tmp_path / "a.pth")
    with pytest.raises(DdsrError, match=r"a\.pth: no flat dict of tensors \(it holds: params, iter\); name the"):
        load_state_dict(tmp_path / "a.pth")
    torch.save([torch.zeros(1)], tmp_path / "b.pth")
    with pytest.raises(DdsrError, match=r"b\.pth: holds a list, not a state dict"):
        load_state_dict(tmp_path / "b.pth")


@pytest.mark.parametrize("legacy", [True, False])
def test_no_code_is_run(tmp_path, monkeypatch, legacy):
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Malicious()}, "a.pth", _use_new_zipfile_serialization=not legacy)
    Path("b.pth").write_bytes(pickle.dumps(Malicious(), protocol=2))
    for name in ("a.pth", "b.pth"):
        with pytest.raises(DdsrError, match=f"{name}: not a checkpoint of plain tensors"):
            load_state_dict(name)
    assert not Path("pwned").exists()


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04 broken"])
def test_damaged_checkpoints(tmp_path, content):
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(DdsrError, match=r"a\.pth: not a checkpoint of plain tensors \(.*download it again"):
        load_state_dict(tmp_path / "a.pth")
    with pytest.raises(DdsrError, match=r"none\.pth: no such file"):
        load_state_dict(tmp_path / "none.pth")


def test_safetensors(tmp_path):
    path = tmp_path / "a.safetensors"
    try:
        from safetensors.torch import save_file
    except ImportError:
        path.touch()
        with pytest.raises(DdsrError, match=r"a\.safetensors: needs the package safetensors; install it"):
            load_state_dict(path)
        return
    save_file({"a": torch.ones(2)}, path)
    assert torch.equal(load_state_dict(path)["a"], torch.ones(2))
    path.write_bytes(b"broken")
    with pytest.raises(DdsrError, match=r"a\.safetensors: not a safetensors file"):
        load_state_dict(path)
