"""Waiting for a process to come so far that it can be killed."""

import time


def wait_for_lines(log, lines, process):
    """Until a file that ``process`` writes has so many lines."""
    for _ in range(6000):
        if log.exists() and log.read_text().count("\n") >= lines:
            return
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.01)
    raise AssertionError(f"no {lines} lines in a minute")
