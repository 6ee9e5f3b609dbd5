"""The page of a leaderboard: a folder that opens in a browser from anywhere, even from ``file://``."""

from ddsr_bench.leaderboard.page.write import write_page

__all__ = ["write_page"]
