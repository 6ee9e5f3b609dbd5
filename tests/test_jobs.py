"""Jobs: results do not depend on the engine, one item's end is its own, and nothing is left running."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Job, run_jobs

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

# --- functions that run inside workers -------------------------------------------------------------------


def act(payload):
    """Do what the payload says: a value comes back squared, a word is an accident."""
    if isinstance(payload, int):
        return payload * payload
    kind, _, argument = payload.partition(":")
    return globals()[f"_{kind}"](argument)


def _input(argument):
    raise DdsrError(f"{argument}: 0 frames; re-export the clip")


def _crash(argument):
    raise ZeroDivisionError(f"first line\n{argument}")


def _exit(argument):
    os._exit(int(argument))


def _sysexit(argument):
    raise SystemExit(argument)


def _sigkill(argument):
    os.kill(os.getpid(), signal.SIGKILL)


def _sigint(argument):
    os.kill(os.getpid(), signal.SIGINT)
    return "deaf"


def _sigterm(argument):
    os.kill(os.getpid(), signal.SIGTERM)


def _die_and_leave_a_fork(argument):
    """Die while a forked child still holds our end of the pipe."""
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    Path(argument).write_text(str(child))
    os._exit(4)


def _unpicklable(argument):
    return lambda: argument


def _pid(argument):
    return os.getpid()


def _environment(argument):
    import cv2

    return {"omp": os.environ["OMP_NUM_THREADS"], "cv2": cv2.getNumThreads()}


def _dies_first(argument):
    """Die at the first attempt; the marker file tells the second that it is the second."""
    marker = Path(argument)
    if marker.exists():
        return "second attempt"
    marker.touch()
    os._exit(9)


def setup_fails():
    raise DdsrError("model.pt: missing; fetch it first")


def setup_crashes():
    raise ZeroDivisionError("inside the initializer")


def setup_marks():
    os.environ["DDSR_TEST_MARK"] = "set up"


def read_mark(payload):
    return os.environ.get("DDSR_TEST_MARK")


class ExplodesWhenRead:
    """Pickles, but does not unpickle."""

    def __reduce__(self):
        return (_crash, ("while reading",))


def explosive(payload):
    return ExplodesWhenRead()


# --- results ---------------------------------------------------------------------------------------------


def jobs_of(*payloads):
    return [Job(f"item-{number}", payload) for number, payload in enumerate(payloads)]


@given(st.lists(st.integers(-99, 99), max_size=8))
def test_serial_is_map(values):
    report = run_jobs(act, jobs_of(*values))
    assert list(report.results.values()) == [value * value for value in values]
    assert report.ok


def test_two_processes_give_what_serial_gives_in_any_order():
    items = jobs_of(3, "input:a.mp4", 5, "crash:second line", 7, "sysexit:4", 0)
    serial = run_jobs(act, items)
    parallel = run_jobs(act, items, engine="processes", workers=2)
    backwards = run_jobs(act, items[::-1], engine="processes", workers=2)
    assert serial.results == {"item-0": 9, "item-2": 25, "item-4": 49, "item-6": 0}
    assert parallel.results == backwards.results == serial.results
    assert list(parallel.results) == list(serial.results)

    def facts(report):
        return [(f.id, f.message, f.kind) for f in report.failures]

    assert facts(parallel) == facts(serial) == facts(backwards)[::-1]
    assert facts(serial) == [
        ("item-1", "a.mp4: 0 frames; re-export the clip", "input"),
        ("item-3", "ZeroDivisionError: first line second line", "crash"),
        ("item-5", "SystemExit: 4", "crash"),
    ]
    assert "_crash" in parallel.failures[1].traceback


def test_no_items():
    for engine in ("serial", "processes"):
        assert run_jobs(act, [], engine=engine, workers=2).ok


def test_on_result_comes_as_items_finish_and_its_error_passes():
    seen = []
    run_jobs(act, jobs_of(1, 2), on_result=lambda job_id, value: seen.append((job_id, value)))
    assert seen == [("item-0", 1), ("item-1", 4)]

    def full_disk(job_id, value):
        raise OSError("disk full")

    for engine in ("serial", "processes"):
        with pytest.raises(OSError, match="disk full"):
            run_jobs(act, jobs_of(1, 2), engine=engine, on_result=full_disk)


def test_events_count_every_attempt():
    events = []
    run_jobs(act, jobs_of(1, "crash:x", "input:y"), retries=1, progress=events.append)
    assert [(e.kind, e.id) for e in events] == [
        ("begin", None),
        ("started", "item-0"),
        ("finished", "item-0"),
        ("started", "item-1"),
        ("retried", "item-1"),
        ("started", "item-2"),
        ("failed", "item-2"),
        ("started", "item-1"),
        ("failed", "item-1"),
        ("end", None),
    ]
    last = events[-1]
    assert (last.total, last.started, last.finished, last.failed) == (3, 4, 1, 2)


def test_input_errors_are_not_retried_and_crashes_are():
    report = run_jobs(act, jobs_of("crash:x", "input:y"), retries=2)
    assert [failure.attempts for failure in report.failures] == [3, 1]


# --- accidents in workers --------------------------------------------------------------------------------


@posix_only
def test_dead_workers_fail_their_item_only(monkeypatch):
    # The pipe's end must tell it, at once: no waiting for a look around.
    monkeypatch.setattr("ddsr_bench.jobs.processes._LOOK_EVERY_S", 60.0)
    items = jobs_of(1, "exit:3", 2, "sigkill:", 3, "unpicklable:", 4, "exit:0", 5, "sigterm:", "sigint:")
    report = run_jobs(act, items, engine="processes", workers=2)
    assert list(report.results.values()) == [1, 4, 9, 16, 25, "deaf"]
    died = "its worker process died ({}) while working on it"
    messages = {failure.id: failure.message for failure in report.failures}
    assert messages["item-1"] == died.format("exit code 3")
    assert messages["item-3"] == died.format("SIGKILL, perhaps out of memory") + "; try fewer workers"
    assert "ickle" in messages["item-5"]
    assert messages["item-7"] == died.format("exit code 0")
    assert messages["item-9"] == died.format("SIGTERM")
    assert {failure.kind for failure in report.failures} == {"crash"}


@posix_only
def test_a_death_behind_a_pipe_held_open_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("ddsr_bench.jobs.processes._LOOK_EVERY_S", 0.1)
    began = time.monotonic()
    report = run_jobs(act, jobs_of(f"die_and_leave_a_fork:{tmp_path / 'pid'}", 2), engine="processes")
    assert report.results == {"item-1": 4}
    assert report.failures[0].message == "its worker process died (exit code 4) while working on it"
    assert time.monotonic() - began < 30  # not when the fork ends
    assert wait_until(lambda: not alive(int((tmp_path / "pid").read_text())), 2.0)


SPY = """
    import math, signal
    from multiprocessing.context import SpawnProcess
    from ddsr_bench.jobs import Job, run_jobs

    def blocked():
        return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])

    def spy(process, start=SpawnProcess.start):
        start(process)
        print(blocked())

    SpawnProcess.start = spy
    print(run_jobs(math.sqrt, [Job("a", 4), Job("b", 9)], engine="processes", workers=2).results, blocked())
"""


@posix_only
def test_workers_are_spawned_with_ctrl_c_blocked():
    """Else one that comes while a worker loads Python makes it print a traceback."""
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", textwrap.dedent(SPY)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["True", "True", "{'a': 2.0, 'b': 3.0} False"]


def test_a_dead_worker_is_retried(tmp_path):
    items = jobs_of(f"dies_first:{tmp_path / 'marker'}", 2)
    report = run_jobs(act, items, engine="processes", workers=1, retries=1)
    assert report.results == {"item-0": "second attempt", "item-1": 4}


def test_what_does_not_pickle_is_the_items_failure():
    report = run_jobs(act, jobs_of(lambda: 0, 2), engine="processes")
    assert report.results == {"item-1": 4}
    assert "ickle" in report.failures[0].message or "local object" in report.failures[0].message
    report = run_jobs(explosive, jobs_of(0), engine="processes")
    assert report.failures[0].message == "ZeroDivisionError: first line while reading"


def test_functions_that_cannot_travel_are_refused():
    with pytest.raises(DdsrError, match="define it at the top of a module, or use engine 'serial'"):
        run_jobs(lambda payload: payload, jobs_of(1), engine="processes")


def test_initializer_runs_in_every_worker_and_its_failure_ends_the_run():
    report = run_jobs(read_mark, jobs_of(1, 2), engine="processes", initializer=setup_marks)
    assert list(report.results.values()) == ["set up", "set up"]
    assert "DDSR_TEST_MARK" not in os.environ
    for engine in ("serial", "processes"):
        with pytest.raises(DdsrError, match=r"^model.pt: missing; fetch it first$"):
            run_jobs(act, jobs_of(1), engine=engine, initializer=setup_fails)
    with pytest.raises(RuntimeError, match=r"(?s)could not be set up: ZeroDivisionError.*setup_crashes"):
        run_jobs(act, jobs_of(1), engine="processes", initializer=setup_crashes)


def setup_dies():
    os._exit(5)


def test_workers_that_never_get_ready_end_the_run_with_a_reason():
    report = run_jobs(act, jobs_of(1, 2), engine="processes", initializer=setup_dies)
    assert [failure.id for failure in report.failures] == ["item-0", "item-1"]
    assert "died again and again (exit code 5) before they were ready" in report.failures[0].message


def test_workers_are_reused_single_threaded_and_gone_afterwards():
    before = dict(os.environ)
    report = run_jobs(act, jobs_of("pid:", "pid:", "environment:"), engine="processes")
    first, second, threads = report.results.values()
    assert first == second != os.getpid()
    assert threads == {"omp": "1", "cv2": 1}
    assert dict(os.environ) == before
    assert not alive(first)


# --- misuse ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"engine": "rocket"}, "engine 'rocket': unknown; choose one of processes, serial"),
        ({"workers": 0}, "workers: 0; give 1 or more"),
        ({"retries": -1}, "retries: -1; give 0 or more"),
        ({}, "item 'a': given more than once; list each item once"),
    ],
)
def test_misuse_is_told(options, text):
    with pytest.raises(DdsrError) as caught:
        run_jobs(act, [Job("a"), Job("a")], **options)
    assert str(caught.value) == text


# --- Ctrl-C and kill -9, as a user meets them ------------------------------------------------------------

SCRIPT = """
    import json, os, subprocess, sys, time
    from pathlib import Path
    from ddsr_bench.jobs import Job, run_jobs

    def work(payload):
        if payload == "quick":
            return "done"
        helper = subprocess.Popen(["sleep", "60"])  # as ffmpeg would be
        Path(payload + ".new").write_text(f"{os.getpid()} {helper.pid}")
        os.rename(payload + ".new", payload)
        try:
            for _ in range(600):
                time.sleep(0.1)
        finally:
            Path(payload + ".cleaned").touch()

    if __name__ == "__main__":
        folder, engine = sys.argv[1:]
        slow = [Job(name, f"{folder}/{name}") for name in ("a", "b", "c")]
        begun = lambda event: event.kind == "begin" and print("begun", file=sys.stderr, flush=True)
        report = run_jobs(work, [Job("q", "quick"), *slow], engine=engine, workers=2, progress=begun)
        print(json.dumps([report.results, [f.id for f in report.failures], report.interrupted]))
"""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"  # dead, but nobody asked yet
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def launch(tmp_path, engine):
    """Start the script in a process group of its own; return once run_jobs has begun."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), engine],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert process.stderr.readline() == "begun\n"
    return process


def pids_of(tmp_path, names):
    """Return the pids of the workers that hold these items, and of the programs they started."""
    files = [tmp_path / name for name in names]
    assert wait_until(lambda: all(file.exists() for file in files), 30)
    return [int(pid) for file in files for pid in file.read_text().split()]


@posix_only
@pytest.mark.parametrize(("engine", "busy"), [("serial", "a"), ("processes", "ab")])
def test_ctrl_c_keeps_results_and_leaves_nothing_running(tmp_path, engine, busy):
    process = launch(tmp_path, engine)
    pids = pids_of(tmp_path, busy)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the whole group
    out, err = process.communicate(timeout=20)
    assert json.loads(out) == [{"q": "done"}, [], True]
    assert err == ""
    assert process.returncode == 0
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 2.0)
    assert all((tmp_path / f"{name}.cleaned").exists() for name in busy)
    assert not (tmp_path / "c").exists()


@posix_only
@pytest.mark.parametrize("delay", [0.0, 0.03, 0.06, 0.09])
def test_ctrl_c_while_workers_start_is_quiet(tmp_path, delay):
    process = launch(tmp_path, "processes")
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert json.loads(out)[2] is True
    assert err == ""


@posix_only
def test_kill_9_of_the_parent_leaves_no_orphans(tmp_path):
    process = launch(tmp_path, "processes")
    pids = pids_of(tmp_path, "ab")
    assert len(pids) == 4
    assert all(alive(pid) for pid in pids)
    process.kill()
    process.wait()
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 2.0)
    process.communicate()
