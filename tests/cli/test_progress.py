"""Progress displays: a bar on a terminal, few plain lines in a log, stdout left alone."""

import io

import pytest

from ddsr_bench.cli.progress import Count, RichProgress
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Event, Job, run_jobs


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def events(total, failed=()):
    """The events of a serial run in which the items of these numbers fail."""
    yield Event("begin", None, total, 0, 0, 0)
    bad = 0
    for number in range(total):
        yield Event("started", str(number), total, number + 1, number - bad, bad)
        bad += number in failed
        kind = "failed" if number in failed else "finished"
        yield Event(kind, str(number), total, number + 1, number + 1 - bad, bad)
    yield Event("end", None, total, total, total - bad, bad)


def lines(total, seconds_each, failed=()):
    clock, stream = Clock(), io.StringIO()
    progress = RichProgress("degrade", stream=stream, clock=clock)
    for event in events(total, failed):
        clock.now += seconds_each if event.kind in ("finished", "failed") else 0
        progress(event)
    return stream.getvalue().splitlines()


def test_fast_runs_write_a_line_each_tenth():
    shown = lines(1000, 0.001, failed={150})
    assert len(shown) == 10
    assert shown[0] == "degrade: 100/1000, 1000.0/s, 0.9 s left"
    assert shown[1] == "degrade: 200/1000, 1 failed, 1000.0/s, 0.8 s left"
    assert shown[-1] == "degrade: 1000/1000, 1 failed, 1000.0/s"


def test_slow_runs_write_a_line_when_ten_seconds_have_passed():
    shown = lines(100, 4.0)
    assert shown[0] == "degrade: 3/100, 4.0 s each, 6 min 28 s left"
    assert len(shown) == 34
    assert lines(1000, 40.0)[0].endswith("1/1000, 40 s each, 11 h 06 min left")


def test_no_items_no_lines():
    assert lines(0, 1.0) == []


def test_an_interrupted_run_says_how_far_it_came():
    stream = io.StringIO()
    progress = RichProgress("degrade", stream=stream, clock=Clock())
    progress(Event("begin", None, 50, 0, 0, 0))
    progress(Event("end", None, 50, 4, 2, 1))
    assert stream.getvalue() == "degrade: 3/50, 1 failed\n"


def test_counts_of_what_is_no_job():
    stream = io.StringIO()
    with Count("frames", 2, stream=stream) as count:
        count.add()
        count.add()
    assert [line.split(",")[0] for line in stream.getvalue().splitlines()] == ["frames: 1/2", "frames: 2/2"]
    stream = io.StringIO()
    with Count("files", stream=stream) as count:
        for done in (1, 2, 3):
            count.reach(done, 3)
    assert [line.split(",")[0] for line in stream.getvalue().splitlines()] == ["files: 1/3", "files: 2/3", "files: 3/3"]


def test_a_count_that_never_begins_says_nothing():
    stream = io.StringIO()
    with Count("files", stream=stream):
        pass
    assert stream.getvalue() == ""


def fail_odd(number):
    if number % 2:
        raise DdsrError("odd")
    return number


@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal])
def test_with_a_real_run(capsys, monkeypatch, stream_type):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    stream = stream_type()
    items = [Job(str(number), number) for number in range(6)]
    run_jobs(fail_odd, items, progress=RichProgress("degrade", stream=stream))
    shown = stream.getvalue()
    assert "6/6" in shown
    assert "3 failed" in shown
    assert ("━" in shown) == (stream_type is Terminal)
    assert capsys.readouterr() == ("", "")
