import os
import threading
from fractions import Fraction

import pytest

from ddsr_bench.video.codecs import Settings, open_encoder
from ddsr_bench.video.scheduling import ordinary_scheduling

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setscheduler") or os.geteuid() != 0, reason="only root's threads become real-time ones"
)


def policies():
    return {os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}


def test_svt_av1_leaves_the_machine_to_others():
    assert policies() == {os.SCHED_OTHER}
    encoder = open_encoder(Settings(codec="av1", fps=Fraction(25), crf=40), 128, 64)
    assert encoder.name in ("libsvtav1", "libaom-av1")
    assert policies() == {os.SCHED_OTHER}


def test_threads_begun_within_are_set_back_and_others_left_alone():
    held = threading.Event()

    def real_time():
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        ready.set()
        held.wait(5)

    before, ready = threading.Thread(target=real_time), threading.Event()
    before.start()
    assert ready.wait(5)
    within, ready = threading.Thread(target=real_time), threading.Event()
    try:
        with ordinary_scheduling():
            within.start()
            assert ready.wait(5)
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
        assert os.sched_getscheduler(within.native_id) == os.SCHED_OTHER
        assert os.sched_getscheduler(before.native_id) == os.SCHED_RR
    finally:
        held.set()
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        before.join()
        within.join()
