"""``python -m ddsr_bench`` is ``ddsr-bench``."""

from ddsr_bench.cli import main

if __name__ == "__main__":
    main(prog_name="ddsr-bench")
