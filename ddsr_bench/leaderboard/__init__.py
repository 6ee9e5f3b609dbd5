"""The leaderboard: methods x clips x metrics, kept by content, ranked with uncertainty, shown on a page."""
