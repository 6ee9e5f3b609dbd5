"""Read ratings from a file: a long table (a row per vote) or a matrix (a row per video, a column per subject)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.subjective.columns import Layout, Wanted, find_layout, usual_names
from ddsr_bench.subjective.ratings import Ratings, numbered, ratings_of
from ddsr_bench.subjective.table import read_table
from ddsr_bench.subjective.votes import Votes

ORIGINS = ("subjective", "simulated")


def read_ratings(
    path: str | os.PathLike[str],
    *,
    wanted: Wanted | None = None,
    scale: tuple[float, float] | None = None,
    repetitions: str | None = None,
    simulated: bool = False,
) -> Ratings:
    """Read a CSV, TSV, Parquet or JSON table of votes.

    Args:
        path: the file. A CSV of numbers without a header is a matrix.
        wanted: layout and columns, where the usual names do not tell.
        scale: lowest and highest possible vote; the usual one that holds all votes when left out.
        repetitions: what to do with second votes, ``"keep"`` or ``"mean"``; an error when left out, unless a session
            column tells them apart.
        simulated: a model of a panel voted; also true where a column ``score_origin`` says so.

    Raises:
        DdsrError: the file cannot be read, a column is missing, a name is empty, a vote is no number, or what
            :func:`~ddsr_bench.subjective.ratings.ratings_of` refuses.
    """
    source, wanted = Path(path), wanted or Wanted()
    texts = usual_names() | {column for column in (wanted.subject, wanted.video) if column}
    frame, bare = read_table(source, texts)
    frame.columns = [str(column) for column in frame.columns]
    layout = find_layout(source.name, frame, bare, wanted)
    votes = _long(source.name, frame, layout) if layout.kind == "long" else _matrix(source.name, frame, layout)
    columns = _video_columns(frame, layout, votes)
    return ratings_of(
        votes,
        scale=scale,
        repetitions=repetitions,
        score_origin=_origin(source.name, frame, simulated),
        video_columns=columns,
        notes=[_taken(layout)],
    )


def _long(name: str, frame: Any, layout: Layout) -> Votes:
    import pandas

    subject, subjects = _names(name, frame, str(layout.subject))
    video, videos = _names(name, frame, str(layout.video))
    rating = pandas.to_numeric(frame[layout.rating], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    session = None if layout.session is None else pandas.factorize(frame[layout.session], use_na_sentinel=False)[0]
    votes = Votes(name, videos, subjects, video, subject, rating, np.arange(len(frame)) + 1, session)
    _refuse_words(votes, frame[layout.rating], np.isnan(rating))
    return votes


def _matrix(name: str, frame: Any, layout: Layout) -> Votes:
    import pandas

    turned = layout.kind == "turned"
    label = layout.subject if turned else layout.video
    rows = numbered("video", len(frame)) if label is None else _names(name, frame, label)[1]
    kind = "subject" if turned else "video"
    if len(rows) < len(frame):
        row = int(frame[label].duplicated().to_numpy().argmax())
        text = f"{kind} {frame[label].iloc[row]} stands in an earlier row too; a matrix has one row per {kind}"
        raise DdsrError(f"{name}: row {row + 1}: {text}")
    columns = numbered("subject", len(layout.votes)) if layout.bare else layout.votes
    cells = frame[list(layout.votes)]
    values = np.column_stack(
        [pandas.to_numeric(cells[c], errors="coerce").to_numpy(np.float64, na_value=np.nan) for c in layout.votes]
    )
    across, down = np.indices(values.shape)[::-1].reshape(2, -1)
    names = (columns, rows) if turned else (rows, columns)
    places = (across, down) if turned else (down, across)
    votes = Votes(name, *names, *places, values.ravel(), down + 1)
    if np.isnan(votes.rating).any():
        _refuse_words(votes, pandas.Series(cells.to_numpy(object).ravel()), np.isnan(votes.rating))
    return votes


def _names(name: str, frame: Any, column: str) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    import pandas

    if frame[column].isna().any():
        row = int(frame[column].isna().to_numpy().argmax()) + 1
        raise DdsrError(f"{name}: row {row}: column {column!r} is empty; name it or remove the row")
    codes, names = pandas.factorize(frame[column].astype(str).str.strip())
    return codes, tuple(str(item) for item in names)


def _refuse_words(votes: Votes, cells: Any, unread: NDArray[np.bool_]) -> None:
    words = unread & cells.notna().to_numpy(bool)
    words[words] = cells[words].astype(str).str.strip().to_numpy() != ""
    if words.any():
        at = int(words.argmax())
        raise DdsrError(
            f"{votes.at(at)}: rating {cells.iloc[at]!r} is not a number; correct it or leave the cell empty"
        )


def _video_columns(frame: Any, layout: Layout, votes: Votes) -> Mapping[str, Sequence[Any]]:
    """Columns that say the same in all rows of a video, a value per video."""
    import pandas

    used = {layout.video, layout.subject, layout.rating, layout.session, "score_origin", *layout.votes}
    rest = [column for column in frame.columns if column not in used]
    if layout.kind != "long":
        return {} if layout.kind == "turned" else {column: frame[column].tolist() for column in rest}
    first = np.unique(votes.video, return_index=True)[1]
    kept = {}
    for column in rest:
        try:
            codes = pandas.factorize(frame[column], use_na_sentinel=False)[0]
        except TypeError:  # lists or objects from JSON or Parquet: nothing to hand on
            continue
        if (codes == codes[first][votes.video]).all():
            kept[column] = frame[column].iloc[first].tolist()
    return kept


def _origin(name: str, frame: Any, simulated: bool) -> str:
    said = set(frame["score_origin"].dropna().unique()) if "score_origin" in frame.columns else set()
    if said - set(ORIGINS):
        raise DdsrError(
            f"{name}: column 'score_origin' holds {min(said - set(ORIGINS), key=str)!r}; {' or '.join(ORIGINS)}"
        )
    # One simulated vote makes a simulated score.
    return "simulated" if simulated or "simulated" in said else "subjective"


def _taken(layout: Layout) -> str:
    if layout.kind == "long":
        parts = [f"{part} = {getattr(layout, part)}" for part in ("subject", "video", "rating", "session")]
        return "long table: " + ", ".join(part for part in parts if not part.endswith("= None"))
    what = "videos" if layout.kind == "turned" else "subjects"
    label = layout.subject if layout.kind == "turned" else layout.video
    rows = f"rows named by {label}" if label else "rows numbered"
    span = "numbered" if layout.bare else " to ".join(dict.fromkeys([layout.votes[0], layout.votes[-1]]))
    return f"matrix: {rows}, {what} = {len(layout.votes)} columns ({span})"
