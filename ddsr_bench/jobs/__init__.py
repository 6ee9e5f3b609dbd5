"""Map a function over items: one bad item never stops the rest, and Ctrl-C keeps what is done."""

from ddsr_bench.jobs.records import Event, Failure, Job, JobReport
from ddsr_bench.jobs.run import ENGINES, run_jobs

__all__ = ["ENGINES", "Event", "Failure", "Job", "JobReport", "run_jobs"]
