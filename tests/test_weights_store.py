"""What the store does where a hash is published in part or not at all, with a mirror, and with safetensors copies."""

import hashlib
import json
import os
import sys

import pytest
import torch
from file_server import CONTENT, file_server

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights import WeightSpec, fetch, held, is_trusted, load_stored, remove, use_file, without_prefix
from ddsr_bench.weights.converted import check_converted, converted_path
from ddsr_bench.weights.pin import read_pin

SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = CONTENT[::-1]


@pytest.fixture
def server():
    with file_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for variable in ("DDSR_BENCH_OFFLINE", "DDSR_BENCH_HOME", "DDSR_BENCH_MIRROR"):
        monkeypatch.delenv(variable, raising=False)


def spec_of(server=None, page="good", **changes):
    url = f"http://127.0.0.1:{server.server_port}/{page}.pth" if server else ""
    given = {"name": "net", "url": url, "sha256": SHA256, "filename": "net.pth", "folder": "method", **changes}
    return WeightSpec(**given)


def get(spec, root, **options):
    return fetch(spec, root=root, **{"backoff_s": 0.0, "retries": 1, **options})


def put(root, content=CONTENT):
    path = root / "weights" / "method" / "net.pth"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# --- hashes ----------------------------------------------------------------------------------------------


def test_a_file_lies_under_its_own_name_in_its_folder(server, tmp_path):
    assert get(spec_of(server), tmp_path) == tmp_path / "weights" / "method" / "net.pth"
    assert read_pin(tmp_path / "weights" / "method" / "net.pth") is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"sha256": "abcdef1"}, "sha256 'abcdef1' is not 64 hexadecimal digits, nor their first 8 or more"),
        ({"sha256": SHA256[:8], "folder": ""}, f"sha256 '{SHA256[:8]}' is not 64 hexadecimal digits"),
        ({"sha256": "", "folder": ""}, "sha256 '' is not 64 hexadecimal digits"),
        ({"folder": "../up"}, "'../up' is no plain file name; set filename"),
        ({"filename": "a/b.pth"}, "'a/b.pth' is no plain file name; set filename"),
    ],
)
def test_specs_that_cannot_be_right(changes, text):
    with pytest.raises(DdsrError) as caught:
        spec_of(**changes)
    assert str(caught.value) == f"weights 'net': {text}"


def test_published_digits_are_checked_and_the_whole_hash_is_kept(server, tmp_path):
    spec = spec_of(server, sha256=SHA256[:8])
    path = get(spec, tmp_path)
    pin = read_pin(path)
    assert (pin.sha256, pin.came_from, pin.trusted) == (SHA256, spec.url, False)
    assert held(spec, root=tmp_path)
    assert not is_trusted(spec, path)
    path.write_bytes(OTHER)
    assert not held(spec, root=tmp_path)


def test_a_change_behind_published_digits_is_noticed(server, tmp_path):
    """As if another file of the same first digits came from the address: the hash that was seen before decides."""
    spec = spec_of(server, sha256=SHA256[:8])
    path = get(spec, tmp_path)
    pin = path.with_name(".net.pth.pin")
    changed = SHA256[:8] + "0" * 56
    pin.write_text(json.dumps({"sha256": changed, "came_from": "before", "trusted": False}))
    with pytest.raises(DdsrError, match=rf"sha256 is {SHA256[:12]}\.\.\., expected {changed[:12]}\.\.\."):
        get(spec, tmp_path)


def test_wrong_digits(server, tmp_path):
    with pytest.raises(DdsrError, match=r"expected 00000000\.\.\.; the download was deleted"):
        get(spec_of(server, sha256="0" * 8), tmp_path)
    assert not (tmp_path / "weights" / "method" / "net.pth").exists()


def test_without_a_hash_the_user_must_trust(server, tmp_path):
    spec = spec_of(server, sha256="")
    with pytest.raises(DdsrError) as caught:
        get(spec, tmp_path)
    assert str(caught.value).startswith("weights 'net': no hash of net.pth is published to check it by; add --trust")
    assert server.seen == []
    path = get(spec, tmp_path, trust=True)
    assert is_trusted(spec, path)
    assert get(spec, tmp_path) == path
    assert len(server.seen) == 1
    path.write_bytes(OTHER)
    # From now on the hash that was seen is the one to have, trust or not.
    get(spec, tmp_path)
    assert path.read_bytes() == CONTENT
    path.write_bytes(OTHER)
    server.content = OTHER
    with pytest.raises(DdsrError, match="the download was deleted"):
        get(spec, tmp_path)


def test_files_put_there_by_hand(tmp_path):
    path = put(tmp_path)
    assert held(spec_of(), root=tmp_path)
    assert held(spec_of(sha256=SHA256[:10]), root=tmp_path)
    assert read_pin(path).sha256 == SHA256
    (tmp_path / "weights" / "method" / ".net.pth.pin").unlink()
    assert not held(spec_of(sha256=""), root=tmp_path)
    assert not held(spec_of(sha256="0" * 8), root=tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"sha256": "short", "came_from": "", "trusted": true}', '{"a": 1}'])
def test_a_damaged_pin_counts_for_nothing(tmp_path, text):
    path = put(tmp_path)
    path.with_name(".net.pth.pin").write_text(text)
    assert read_pin(path) is None
    assert not held(spec_of(sha256=""), root=tmp_path)
    assert held(spec_of(sha256=SHA256[:8]), root=tmp_path)


def test_a_pin_from_before_gives_way_to_a_published_hash(server, tmp_path):
    """The card learns the whole hash later: what had been taken for its first digits must agree."""
    path = get(spec_of(server, sha256=SHA256[:8]), tmp_path)
    assert not held(spec_of(server, sha256=SHA256[:8] + "0" * 56), root=tmp_path)
    assert held(spec_of(server), root=tmp_path)
    assert path.exists()


def test_use_file_by_digits_or_on_trust(tmp_path):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(CONTENT)
    root = tmp_path / "store"
    use_file(spec_of(sha256=SHA256[:8]), mine, root=root)
    assert not is_trusted(spec_of(sha256=SHA256[:8]), root / "weights" / "method" / "net.pth")
    mine.unlink()
    mine.write_bytes(OTHER)
    for published, text in (
        (SHA256, f"expected {SHA256[:12]}... for 'net'; get the file from its authors, or --trust this one"),
        (
            SHA256[:8],
            f"expected one that begins with {SHA256[:8]} for 'net'; get the file from its authors, or --trust",
        ),
        ("", "no hash of net.pth is published to check it by (this file's sha256 is "),
    ):
        with pytest.raises(DdsrError) as caught:
            use_file(spec_of(sha256=published), mine, root=root)
        assert text in str(caught.value)
        assert (root / "weights" / "method" / "net.pth").read_bytes() == CONTENT
    path = use_file(spec_of(), mine, root=root, trust=True)
    assert path.read_bytes() == OTHER
    assert is_trusted(spec_of(), path)
    assert held(spec_of(), root=root)
    mine.unlink()
    mine.write_bytes(CONTENT)
    assert not is_trusted(spec_of(), use_file(spec_of(), mine, root=root))
    assert path.read_bytes() == CONTENT


def test_use_file_twice_leaves_nothing_over(tmp_path):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(CONTENT)
    for _ in range(2):
        path = use_file(spec_of(sha256=""), mine, root=tmp_path, trust=True)
    assert sorted(p.name for p in path.parent.glob("[!.]*")) == ["net.pth"]
    assert use_file(spec_of(sha256=""), path, root=tmp_path, trust=True) == path
    assert path.read_bytes() == CONTENT


def test_remove_leaves_only_the_lock(server, tmp_path):
    spec = spec_of(server, sha256="")
    path = get(spec, tmp_path, trust=True)
    assert remove(spec, root=tmp_path)
    assert not remove(spec, root=tmp_path)
    assert [p.name for p in path.parent.iterdir()] == [".net.pth.lock"]


def test_a_store_that_cannot_be_written_is_still_read(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ddsr_bench.weights.store.write_pin", refused)
    path = put(tmp_path)
    assert held(spec_of(sha256=SHA256[:8]), root=tmp_path)
    assert read_pin(path) is None
    with pytest.raises(DdsrError, match=r"net\.pth: cannot write \(Permission denied\); free some space or set DDSR"):
        use_file(spec_of(sha256=""), path, root=tmp_path, trust=True)


# --- mirror ----------------------------------------------------------------------------------------------


def mirror(monkeypatch, server, behaviour):
    monkeypatch.setenv("DDSR_BENCH_MIRROR", f"http://127.0.0.1:{server.server_port}/{behaviour}/")


def test_a_mirror_is_asked_first_and_has_the_layout_of_the_store(server, tmp_path, monkeypatch):
    mirror(monkeypatch, server, "good")
    get(spec_of(server, "alwaysbusy"), tmp_path)
    plain = WeightSpec("net", f"http://127.0.0.1:{server.server_port}/alwaysbusy.pth", SHA256)
    get(plain, tmp_path)
    hashed = f"/good/alwaysbusy-{SHA256[:8]}.pth"
    assert [path for path, _ in server.seen] == ["/good/method/net.pth", hashed]


@pytest.mark.parametrize("behaviour", ["missing", "wrong", "alwaysbusy", "alwayscut", "redirectout"])
def test_a_mirror_that_fails_is_told_and_passed_over(server, tmp_path, monkeypatch, behaviour):
    mirror(monkeypatch, server, behaviour)
    with pytest.warns(UserWarning, match=f"mirror: http://127.0.0.1:{server.server_port}/{behaviour}/method/net.pth"):
        assert get(spec_of(server), tmp_path).read_bytes() == CONTENT


def test_nothing_of_a_mirror_is_joined_to_a_file_without_a_hash(server, tmp_path, monkeypatch):
    mirror(monkeypatch, server, "alwayscut")
    with pytest.warns(UserWarning, match="mirror"):
        get(spec_of(server, sha256=""), tmp_path, trust=True)
    assert server.seen[-1] == ("/good.pth", None)


def test_a_mirror_gives_what_no_program_can_get_elsewhere(server, tmp_path, monkeypatch):
    with pytest.raises(DdsrError, match=r"no program can get net\.pth; download it by hand and add it"):
        get(spec_of(), tmp_path)
    mirror(monkeypatch, server, "good")
    assert get(spec_of(), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("address", ["http://example.org/weights", "file:///weights", "nonsense"])
def test_a_mirror_must_be_safe(server, tmp_path, monkeypatch, address):
    monkeypatch.setenv("DDSR_BENCH_MIRROR", address)
    with pytest.raises(DdsrError) as caught:
        get(spec_of(server), tmp_path)
    assert str(caught.value) == f"DDSR_BENCH_MIRROR: {address} is not allowed; give an https address"
    assert server.seen == []


def test_offline_asks_no_mirror(server, tmp_path, monkeypatch):
    mirror(monkeypatch, server, "good")
    monkeypatch.setenv("DDSR_BENCH_OFFLINE", "1")
    with pytest.raises(DdsrError, match="network is off"):
        get(spec_of(server), tmp_path)
    assert server.seen == []


# --- safetensors copies ----------------------------------------------------------------------------------


def checkpoint(root, prefix="generator.", **more):
    """A stored checkpoint of one weight under a prefix, as its authors might publish it."""
    weight = torch.arange(6.0, dtype=torch.float16).reshape(2, 3).T
    state = {f"{prefix}w": weight, f"{prefix}twin": weight, "step": torch.zeros(1, dtype=torch.long), **more}
    source = root / "mine.pth"
    torch.save({"state_dict": state, "meta": {"time": "now"}}, source)
    spec = spec_of(sha256=hashlib.sha256(source.read_bytes()).hexdigest())
    return spec, use_file(spec, source, root=root)


def same(one, other):
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) and one[name].dtype == other[name].dtype for name in one
    )


def test_a_copy_is_made_once_and_used(tmp_path, monkeypatch):
    pytest.importorskip("safetensors")
    _, path = checkpoint(tmp_path)
    first = load_stored(path, keys=("state_dict",), prefix="generator.")
    assert set(first) == {"w", "twin"}
    assert converted_path(path).is_file()
    monkeypatch.setattr("ddsr_bench.weights.converted.load_state_dict", lambda *a, **k: pytest.fail("was unpickled"))
    assert same(load_stored(path, keys=("state_dict",), prefix="generator."), first)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "other source", "other prefix"])
def test_a_copy_that_is_not_sound_is_made_anew(tmp_path, damage):
    pytest.importorskip("safetensors")
    spec, path = checkpoint(tmp_path, **{"other.w": torch.ones(2)})
    prefix = "generator."
    expected = load_stored(path, keys=("state_dict",), prefix=prefix)
    copy = converted_path(path)
    content = copy.read_bytes()
    if damage == "cut":
        copy.write_bytes(content[:-3])
    elif damage == "flipped":
        copy.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        os.utime(copy, ns=(0, 0))
    elif damage == "gone":
        copy.unlink()
    elif damage == "other prefix":
        prefix, expected = "other.", {"w": torch.ones(2)}
    else:
        torch.save({"state_dict": {"generator.w": torch.full((2,), 7.0)}}, tmp_path / "b.pth")
        use_file(spec, tmp_path / "b.pth", root=tmp_path, trust=True)
        expected = {"w": torch.full((2,), 7.0)}
    assert same(load_stored(path, keys=("state_dict",), prefix=prefix), expected)
    assert same(load_stored(path, keys=("state_dict",), prefix=prefix), expected)


def test_verify_drops_a_copy_that_changed_behind_its_times(tmp_path):
    pytest.importorskip("safetensors")
    _, path = checkpoint(tmp_path)
    load_stored(path, keys=("state_dict",), prefix="generator.")
    copy = converted_path(path)
    check_converted(path)
    assert copy.exists()
    before, content = copy.stat(), copy.read_bytes()
    copy.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
    check_converted(path)
    assert not copy.exists()


def test_without_the_package_or_a_checked_source_there_is_no_copy(tmp_path, monkeypatch):
    _, path = checkpoint(tmp_path)
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    assert set(load_stored(path, keys=("state_dict",), prefix="generator.")) == {"w", "twin"}
    assert not converted_path(path).exists()
    monkeypatch.undo()
    # A file that no stamp vouches for, such as one that changed since.
    os.utime(path, ns=(0, 0))
    load_stored(path, keys=("state_dict",), prefix="generator.")
    assert not converted_path(path).exists()


def test_safetensors_are_known_by_their_head(tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    path = put(tmp_path, safetensors.save({"a": torch.ones(2)}))
    assert torch.equal(load_stored(path)["a"], torch.ones(2))


def test_prefixes():
    state = {"generator.a": 1, "generator_ema.a": 2, "step_counter": 3}
    assert without_prefix(state, "generator.") == {"a": 1}
    assert without_prefix(state, "generator_ema.") == {"a": 2}
    assert without_prefix({"a": 1}, "generator.") == {"a": 1}
    assert without_prefix(state, "") == state
