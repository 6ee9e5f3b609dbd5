"""Tables of a board: Markdown, CSV, LaTeX, JSON, and a short one for a README."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json

_COLUMNS = ("track", "metric", "rank", "group", "method", "mean", "low", "high", "clips", "p_next")
_TEX = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}"}
_TEX |= {"^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "|": r"\textbar{}", "<": r"\textless{}"}


def read_board(folder: Path) -> dict[str, Any]:
    """The board of a leaderboard's folder.

    Raises:
        DdsrError: none there.
    """
    path = folder / "board.json"
    if not path.is_file():
        raise DdsrError(
            f"{folder}: no board.json in it; make it with: ddsr-bench leaderboard --data DATA --out {folder}"
        )
    board: dict[str, Any] = read_json(path)
    return board


def exported(board: Mapping[str, Any], kind: str) -> str:
    """The standings as text.

    Args:
        board: of a run.
        kind: ``md`` (a table a track), ``csv`` (a row for each track, metric and method), ``tex`` or ``json``.
    """
    makers = {"md": _markdown, "csv": _csv, "tex": _latex, "json": _json}
    return makers[kind](board)


def badge(board: Mapping[str, Any], top: int) -> str:
    """The best methods of each track by its leading metric, a Markdown table."""
    lines = ["| track | metric | best methods |", "|---|---|---|"]
    for track in board["tracks"]:
        rows = board["standings"].get(track["id"], {}).get(track["primary"], [])[:top]
        best = ", ".join(f"{_md(_title(board, row['method']))} {_number(row['mean'])}" for row in rows)
        if best:
            lines.append(f"| {_md(track['title'])} | {_md(_heading(board, track['primary']))} | {best} |")
    data = board["data"]
    lines += ["", f"{data['name']}, {data['clips']} clips, {board['made'][:10]}, ddsr-bench {board['version']}."]
    return "\n".join(lines) + "\n"


def _rows(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for track in board["tracks"]:
        for metric, rows in board["standings"].get(track["id"], {}).items():
            for row in rows:
                yield {"track": track["id"], "metric": metric, "clips": row["n"], **row}
    for method, costs in board["cost"].items() if any(track["id"] == "cost" for track in board["tracks"]) else ():
        for metric, cost in costs.items():
            numbers = {"mean": cost["median"], "low": cost["low"], "high": cost["high"], "clips": cost["n"]}
            yield {"track": "cost", "metric": metric, "method": method, **numbers}


def _csv(board: Mapping[str, Any]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in _rows(board):
        labelled = {**row, "metric": _origin(board, row["metric"])}
        writer.writerow({key: "" if value is None else value for key, value in labelled.items()})
    return text.getvalue()


def _json(board: Mapping[str, Any]) -> str:
    import json

    keys = ("schema_version", "title", "made", "version", "command", "data", "rules", "machine", "tracks", "metrics")
    kept = {key: board[key] for key in (*keys, "methods", "standings", "cost", "pareto", "agreement", "votes")}
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _markdown(board: Mapping[str, Any]) -> str:
    data = board["data"]
    lines = [f"# {_md(board['title'])}", "", f"{data['clips']} clips of {data['sources']} sources, {board['made']}."]
    for track in board["tracks"]:
        head, body = _table(board, track)
        if not body:
            continue
        lines += ["", f"## {_md(track['title'])}", "", _md(track["note"]), ""]
        lines += ["| " + " | ".join(map(_md, head)) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(map(_md, row)) + " |" for row in body]
    lacking = {name: facts for name, facts in board["methods"].items() if facts["status"] in ("missing", "failed")}
    if lacking:
        lines += ["", "## Without results", ""]
        lines += [f"- {_md(name)}: {_md(_reason(name, facts))}" for name, facts in lacking.items()]
    return "\n".join(lines) + "\n"


def _latex(board: Mapping[str, Any]) -> str:
    lines = []
    for track in board["tracks"]:
        head, body = _table(board, track)
        if not body:
            continue
        lines += [
            f"% {track['title']}: {board['data']['name']}",
            rf"\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
            r"\hline",
        ]
        lines += [" & ".join(map(_tex, head)) + r" \\", r"\hline"]
        lines += [" & ".join(map(_tex, row)) + r" \\" for row in body]
        lines += [r"\hline", r"\end{tabular}", ""]
    return "\n".join(lines)


def _table(board: Mapping[str, Any], track: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a track: methods in the order of its leading metric, their mean and interval by all."""
    if track["id"] == "cost":
        found: dict[str, dict[str, Mapping[str, Any]]] = {
            name: {metric: {"mean": cost["median"]} for metric, cost in costs.items()}
            for name, costs in board["cost"].items()
        }
        order = sorted(found, key=lambda name: found[name].get(track["primary"], {}).get("mean", float("inf")))
    else:
        standing = board["standings"].get(track["id"], {})
        found = {}
        for metric in track["metrics"]:
            for row in standing.get(metric, ()):
                found.setdefault(row["method"], {})[metric] = row
        first = [row["method"] for row in standing.get(track["primary"], ())]
        order = [*first, *(name for name in found if name not in first)]
    head = ["method", *(_heading(board, metric) for metric in track["metrics"])]
    return head, [[_title(board, name), *(_cell(found[name].get(one)) for one in track["metrics"])] for name in order]


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "-"
    group = f" {row['group']}" if row.get("group") else ""
    ends = f" [{_number(row['low'])}, {_number(row['high'])}]" if row.get("low") is not None else ""
    return f"{_number(row['mean'])}{ends}{group}"


def _heading(board: Mapping[str, Any], metric: str) -> str:
    facts = board["metrics"][metric]
    unit = f" ({facts['unit']})" if facts["unit"] else ""
    return f"{facts['title']}{unit} {'↑' if facts['higher_is_better'] else '↓'}"


def _origin(board: Mapping[str, Any], metric: str) -> str:
    """A metric's name, with the word that must stand beside a simulated score."""
    simulated = board["metrics"][metric]["reference"] == "human" and board["data"]["score_origin"] == "simulated"
    return f"{metric} (simulated)" if simulated else metric


def _title(board: Mapping[str, Any], method: str) -> str:
    return str(board["methods"][method]["title"])


def _reason(method: str, facts: Mapping[str, Any]) -> str:
    return str(facts["reason"]).removeprefix(f"method {method!r}: ")


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3e}"


def _md(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")


def _tex(text: str) -> str:
    arrows = {"↑": r"$\uparrow$", "↓": r"$\downarrow$"}
    return "".join(arrows.get(one) or _TEX.get(one, one) for one in " ".join(text.split()))
