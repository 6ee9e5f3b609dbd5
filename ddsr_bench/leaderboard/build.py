"""One leaderboard from its options to its folder: run the matrix, keep results, make the board, write the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ddsr_bench import provenance
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.leaderboard.assemble import method_results, results_path
from ddsr_bench.leaderboard.board import Shown, build_board
from ddsr_bench.leaderboard.clips import BoardData, safe_name
from ddsr_bench.leaderboard.entries import Entry
from ddsr_bench.leaderboard.media import input_paths, write_inputs
from ddsr_bench.leaderboard.metrics import Chosen
from ddsr_bench.leaderboard.results import MethodResults, read_results, write_results
from ddsr_bench.leaderboard.run import Matrix, Progress, Report, RunOptions
from ddsr_bench.provenance import write_json_atomic

_DIGITS = 6


@dataclass(frozen=True)
class Built:
    """What a run left: what it did, and the board."""

    report: Report
    board: Mapping[str, Any]


@dataclass
class Builder:
    """All parts of a leaderboard.

    Attributes:
        data: the clips.
        entries: the methods.
        chosen: the metrics.
        options: how it runs.
        tracks: what is shown.
        command: as it was typed.
        title: of the page; empty for the data's name.
        warn: called with a line on what the run passed over.
    """

    data: BoardData
    entries: Sequence[Entry]
    chosen: Chosen
    options: RunOptions
    tracks: Sequence[str]
    command: str
    title: str = ""
    warn: Callable[[str], None] = field(default=lambda text: None)
    _results: dict[str, MethodResults] = field(default_factory=dict)

    def build(self, progress: Progress | None = None) -> Built:
        """Run what is missing, write ``results/``, ``media/`` and ``board.json``.

        Raises:
            DdsrError: the folder cannot be written.
        """
        make_folder(self.options.out / "results")
        record = provenance.collect("leaderboard")
        matrix = Matrix(self.data, self.entries, self.chosen, self.options)
        by_name = {entry.name: entry for entry in self.entries}
        report = matrix.run(progress, lambda entry: self._keep(entry, matrix, record))
        for name, entry in by_name.items():
            if name not in self._results:
                self._keep(entry, matrix, record)
        results = {name: self._results[name] for name in by_name} | self._added(by_name)
        if self.options.media:
            for clip in self.data.clips:
                write_inputs(clip, self.options.out)
        board = build_board(self._shown(matrix, results, record))
        write_json_atomic(self.options.out / "board.json", board)
        return Built(report, board)

    def _keep(self, entry: Entry, matrix: Matrix, record: Mapping[str, Any]) -> None:
        """Write a method's results, unless nothing about them is new."""
        path = results_path(self.options.out, entry.name)
        previous = None
        if path.is_file():
            try:
                previous = read_results(path)
            except DdsrError as error:
                self.warn(f"{error}; it is written anew")
        made = method_results(entry, matrix, record, previous=previous)
        if made is not previous:
            write_results(path, made)
        self._results[entry.name] = made

    def _added(self, ours: Mapping[str, Entry]) -> dict[str, MethodResults]:
        """Results of other methods that lie in the folder and are of the same clips, metrics and scale."""
        found: dict[str, MethodResults] = {}
        for path in sorted((self.options.out / "results").rglob("*.json")):
            try:
                results = read_results(path)
            except DdsrError as error:
                self.warn(f"left out: {error}")
                continue
            name = results.method.name
            if name in ours or name in found:
                continue
            reason = self._why_not(results)
            if reason is None:
                found[name] = results
            else:
                self.warn(f"left out: {path}: {reason}")
        return found

    def _why_not(self, results: MethodResults) -> str | None:
        """Why results cannot stand beside those of this run."""
        if results.scale != self.options.settings.scale:
            return f"is x{results.scale}, this leaderboard x{self.options.settings.scale}"
        for clip in self.data.clips:
            theirs = results.clips.get(clip.id)
            if theirs is None:
                if results.reason is None:
                    return f"has nothing on clip {clip.id!r}"
            elif (theirs.lr_sha256, theirs.hr_sha256) != (clip.lr_sha256, clip.hr_sha256):
                return f"was made of another clip {clip.id!r}"
            elif theirs.frames != (clip.start, clip.stop):
                return f"was made of frames {theirs.frames[0]}:{theirs.frames[1]} of clip {clip.id!r}"
        for metric in self.chosen.metrics.values():
            used = results.metrics.get(metric.name)
            border = self.options.crop_border if metric.reference == "FR" else 0
            if used is not None and (used.version, used.crop_border) != (metric.version, border):
                return f"has {metric.name} of version {used.version} with a border of {used.crop_border}"
        return None

    def _shown(self, matrix: Matrix, results: Mapping[str, MethodResults], record: Mapping[str, Any]) -> Shown:
        return Shown(
            data=self.data,
            chosen=self.chosen,
            results=results,
            options=self.options,
            tracks=self.tracks,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            command=self.command,
            curves=_curves(matrix),
            media=self._media(matrix, results) if self.options.media else {},
            record=record,
            title=self.title,
        )

    def _media(self, matrix: Matrix, results: Mapping[str, MethodResults]) -> dict[str, Any]:
        """By clip the copies that are there, paths below the folder."""
        out, media = self.options.out, {}
        for clip in self.data.clips:
            low, high = input_paths(clip)
            methods = {}
            for name in results:
                books = matrix.report.books.get((name, clip.id))
                if books is not None and books.key is not None:
                    path = matrix.media_of(name, clip)
                    found = [path] if path.is_file() else []
                else:
                    found = sorted((out / low).parent.glob(f"sr-{safe_name(name)}-????????.mp4"))
                if found:
                    methods[name] = found[0].relative_to(out).as_posix()
            media[clip.id] = {"lr": low, "hr": high, "methods": methods}
        return media


def _curves(matrix: Matrix) -> dict[str, Any]:
    """By clip, method and metric the values of all frames, where there are several, to six digits."""
    curves: dict[str, Any] = {}
    for (method, clip), books in matrix.report.books.items():
        rows = {
            metric: [float(f"{value:.{_DIGITS}g}") for value in cell["values"]]
            for metric, cell in sorted(books.cells.items())
            if len(cell.get("values", ())) > 1
        }
        if rows:
            curves.setdefault(clip, {})[method] = rows
    return curves
