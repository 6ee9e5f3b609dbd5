"""Provenance: the record is complete, leaks nobody's name; JSON is strict, canonical and written whole."""

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ddsr_bench
from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import (
    canonical_json,
    collect,
    content_hash,
    read_json,
    write_json_atomic,
    write_text_atomic,
)
from ddsr_bench.provenance.encoders import encoder_builds
from ddsr_bench.provenance.git import git_state
from ddsr_bench.provenance.machine import cpu_model
from ddsr_bench.provenance.record import library_version, shown_arguments

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)

# --- the record ------------------------------------------------------------------------------------------


def test_record_is_json_and_says_what_is_installed():
    record = json.loads(canonical_json(collect("degrade", seed=7, extra={"clips": 3})))
    assert record["schema_version"] == 1
    assert record["package"] == {"name": "ddsr-bench", "version": ddsr_bench.__version__}
    assert (record["command"], record["seed"], record["extra"]) == ("degrade", 7, {"clips": 3})
    assert record["libraries"]["numpy"] == np.__version__
    assert record["libraries"]["av"] == av.__version__
    assert record["libraries"]["opencv"].startswith(cv2.__version__)
    assert record["ffmpeg"]["libraries"]["libavcodec"] == ".".join(map(str, av.library_versions["libavcodec"]))
    assert record["machine"]["cpu_count"] == os.cpu_count()
    age = datetime.now(UTC) - datetime.fromisoformat(record["created_utc"])
    assert 0 <= age.total_seconds() < 60


def test_record_names_nobody(monkeypatch):
    home = str(Path.home())
    monkeypatch.setattr(sys, "argv", [f"{home}/env/bin/ddsr-bench", "degrade", f"{home}/clips"])
    record = collect("degrade")
    assert record["argv"] == ["ddsr-bench", "degrade", "~/clips"]
    assert home not in canonical_json(record)
    assert os.uname().nodename not in canonical_json(record)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("/home/ann/a.mp4", "~/a.mp4"),
        ("--out=/home/ann", "--out=~"),
        ("/home/ann/a:/home/ann/b", "~/a:~/b"),
        ("/home/anna/a.mp4", "/home/anna/a.mp4"),
        ("/data/home/ann/a", "/data/home/ann/a"),
        ("clips/a.mp4", "clips/a.mp4"),
    ],
)
def test_home_folder_is_cut_from_whole_paths_only(monkeypatch, typed, shown):
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ann"))
    assert shown_arguments(["/opt/bin/ddsr-bench", typed]) == ["ddsr-bench", shown]


def test_encoder_builds_agree_with_the_stream_signature():
    """x264 writes its build into the stream; it must be that of the library we encode with."""
    builds = encoder_builds()
    assert re.match(r"core \d+", builds["libx264"])
    assert re.match(r"\(build \d+\) - \d", builds["libx265"])
    soname = re.search(r"libx264[^)]*?\.(?:so\.)?(\d+)", builds["libx264"])
    if soname:  # shared libraries carry the same number in their name
        assert soname.group(1) == re.match(r"core (\d+)", builds["libx264"]).group(1)


def test_unknown_library_is_none():
    assert library_version("no-such-package-here") is None


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="Linux")
def test_cpu_model_is_the_kernels():
    text = Path("/proc/cpuinfo").read_text()
    assert cpu_model() in text or "model name" not in text


# --- git -------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "code.py").write_text("x = 1\n")
    git("add", "code.py")
    git("commit", "-q", "-m", "first")
    return tmp_path, git("rev-parse", "HEAD")


def test_git_commit_and_dirty_flag(checkout, monkeypatch):
    folder, commit = checkout
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as inside a hook of another repository
    assert git_state(folder / "code.py") == {"commit": commit, "dirty": False}
    (folder / "new.txt").touch()
    assert git_state(folder / "code.py") == {"commit": commit, "dirty": False}
    (folder / "code.py").write_text("x = 2\n")
    assert git_state(folder / "code.py") == {"commit": commit, "dirty": True}


def test_a_copy_installed_inside_another_repository_has_no_commit(checkout):
    folder, _ = checkout
    (folder / ".venv").mkdir()
    (folder / ".venv" / "record.py").touch()
    assert git_state(folder / ".venv" / "record.py") is None


def test_without_git_there_is_no_commit(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_state(checkout[0] / "code.py") is None


# --- JSON ------------------------------------------------------------------------------------------------


@given(json_values)
def test_canonical_json_is_json_with_the_same_meaning(value):
    assert json.loads(canonical_json(value)) == value
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_order_of_keys_does_not_matter(mapping):
    backwards = dict(reversed(mapping.items()))
    assert canonical_json(mapping) == canonical_json(backwards)
    assert content_hash(mapping) == content_hash(backwards)


def test_canonical_json_by_hand():
    value = {
        "b": (1, 2.0, -0.0),
        "a": {"é": None, "path": Path("x/y"), "t": True},
        "n": [np.float32(0.5), np.int64(3), np.bool_(1)],
    }
    text = '{"a":{"path":"x/y","t":true,"é":null},"b":[1,2.0,0.0],"n":[0.5,3,true]}'
    assert canonical_json(value) == text
    assert content_hash(value) == hashlib.sha256(text.encode()).hexdigest()


def test_hash_tells_integer_from_float():
    assert content_hash({"crf": 1}) != content_hash({"crf": 1.0})


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ({"a": [0, float("nan")]}, ValueError, r"^\$\.a\[1\]: nan is no JSON number"),
        ([np.float32("inf")], ValueError, r"^\$\[0\]: inf is no JSON number"),
        ({1: 2}, TypeError, r"^\$: JSON keys are text, got int 1"),
        ({"a": np.zeros(3)}, TypeError, r"^\$\.a: ndarray is not JSON"),
        ({"a": {1}}, TypeError, r"^\$\.a: set is not JSON"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_place(value, error, text):
    with pytest.raises(error, match=text):
        canonical_json(value)


@given(json_values)
def test_written_is_read_back(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("json") / "a.json"
    write_json_atomic(path, value)
    assert read_json(path) == value
    assert [entry.name for entry in path.parent.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json_atomic(path, {"old": True})
    with pytest.raises(ValueError, match="no JSON number"):
        write_json_atomic(path, {"new": float("nan")})

    def no_space(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(DdsrError, match=r"a\.json: cannot write \(No space left on device\)"):
        write_json_atomic(path, {"new": True})
    assert read_json(path) == {"old": True}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_files_get_the_mode_the_umask_asks_for(tmp_path):
    before = os.umask(0o022)
    try:
        write_text_atomic(tmp_path / "a.txt", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"a": 1,}', "a.json: not JSON (.*, line 1 column "),
        (b"", "a.json: not JSON (Expecting value, line 1 column 1); correct it or write it anew"),
        (b'{"a": NaN}', "a.json: not JSON (NaN is no JSON number); correct it or write it anew"),
        (b"\xff\xfe\xfa", "a.json: not JSON (.*); correct it or write it anew"),
        (b"[" * 200_000, "a.json: not JSON (.*); correct it or write it anew"),
    ],
)
def test_unreadable_json_is_one_line(tmp_path, content, text):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(DdsrError) as caught:
        read_json(path)
    pattern = re.escape(text).replace(r"\.\*", ".*")
    assert re.match(re.escape(str(tmp_path)) + "/" + pattern, str(caught.value))
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DdsrError, match=r"none\.json: no such file; check the path"):
        read_json(tmp_path / "none.json")
    with pytest.raises(DdsrError, match=r"cannot write \(No such file or directory\); check the folder"):
        write_json_atomic(tmp_path / "none" / "a.json", {})
