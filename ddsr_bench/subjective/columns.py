"""Which column holds what: by option, else by the names that people use."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ddsr_bench.errors import DdsrError


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The first name that is there is taken.
USUAL = {
    "subject": _words(
        "subject subject_id subject_name observer observer_id participant participant_id rater rater_id user user_id "
        "viewer viewer_id assessor assessor_id annotator annotator_id worker worker_id"
    ),
    "video": _words(
        "video_id video video_name pvs pvs_id pvs_name stimulus stimulus_id clip clip_id file_name filename file path "
        "asset_id asset name item item_id id"
    ),
    "rating": _words("rating vote opinion_score opinion score raw_score acr answer response value"),
    "session": _words("session session_id repetition repeat rep replicate"),
}
# Numbers about a video that often stand beside its votes.
_NO_SUBJECTS = frozenset(
    _words("id mos dmos mean std sos mos_std mos_ci95 ci95 ci n n_ratings count width height fps frames")
)
_NUMBERED = re.compile(r"^(.*?)[ _.\-]?(\d+)$")


@dataclass(frozen=True)
class Wanted:
    """What the user said; None is for us to find. ``subject`` may be a pattern or a comma list for a matrix."""

    layout: str | None = None
    subject: str | None = None
    video: str | None = None
    rating: str | None = None
    session: str | None = None


@dataclass(frozen=True)
class Layout:
    """What was found.

    Attributes:
        kind: ``"long"`` (a row per vote), ``"matrix"`` (a row per video) or ``"turned"`` (a row per subject).
        video: the column of video names; None where rows or columns stand for videos.
        subject: long or turned: the column of subject names.
        rating, session: long: the columns of votes and of sittings.
        votes: matrix and turned: the columns that hold votes.
        bare: the columns have no names.
    """

    kind: str
    video: str | None = None
    subject: str | None = None
    rating: str | None = None
    session: str | None = None
    votes: tuple[str, ...] = ()
    bare: bool = False


def find_layout(name: str, frame: Any, bare: bool, wanted: Wanted) -> Layout:
    """Decide how to read a table.

    Args:
        name: the file's name, for messages.
        frame: a pandas DataFrame.
        bare: it has no header: all columns are subjects.
        wanted: the user's options.

    Raises:
        DdsrError: a column that is named is not there, or one that is needed is not found.
    """
    columns = [str(column) for column in frame.columns]
    if bare and wanted.layout != "long":
        return Layout("matrix", votes=tuple(columns), bare=True)
    found = {part: _choose(name, columns, part, getattr(wanted, part)) for part in ("video", "rating", "session")}
    # For a matrix --subject-column may be a pattern, which is no column's name.
    known = wanted.subject is None or wanted.subject in columns
    found["subject"] = _choose(name, columns, "subject", wanted.subject) if known else None
    complete = all(found[part] for part in ("subject", "video", "rating"))
    if wanted.layout == "long" or (wanted.layout is None and (complete or wanted.rating)):
        return _long(name, columns, found, wanted)
    return _matrix(name, frame, columns, found, wanted)


def usual_names() -> frozenset[str]:
    """Return all names that identify subjects or videos: kept as text when a CSV file is read."""
    return frozenset(USUAL["subject"] + USUAL["video"])


def _choose(name: str, columns: Sequence[str], part: str, wanted: str | None) -> str | None:
    if wanted is not None:
        if wanted not in columns:
            raise DdsrError(f"{name}: no column {wanted!r} (--{part}-column); its columns are: {_list(columns)}")
        return wanted
    return next(iter(_usual(columns, part)), None)


def _usual(columns: Sequence[str], part: str) -> list[str]:
    """Return the columns with a usual name for ``part``, likeliest first."""
    plain = {re.sub(r"[ \-]+", "_", column.strip().lower()): column for column in reversed(columns)}
    return [plain[usual] for usual in USUAL[part] if usual in plain]


def _long(name: str, columns: Sequence[str], found: dict[str, str | None], wanted: Wanted) -> Layout:
    if wanted.subject is not None and found["subject"] is None:
        _choose(name, columns, "subject", wanted.subject)
    for part in ("subject", "video", "rating"):
        if found[part] is None:
            raise DdsrError(f"{name}: no {part} column found; name it with --{part}-column, one of: {_list(columns)}")
    return Layout("long", found["video"], found["subject"], found["rating"], found["session"])


def _matrix(name: str, frame: Any, columns: Sequence[str], found: dict[str, str | None], wanted: Wanted) -> Layout:
    if found["subject"] and not found["video"] and wanted.subject in (None, found["subject"]):
        votes = _vote_columns(frame, [column for column in columns if column != found["subject"]])
        if len(votes):
            return Layout("turned", subject=found["subject"], votes=votes)
    video = found["video"] if wanted.video else _distinct(frame, columns)
    rest = [column for column in columns if column != video]
    votes = _picked(name, rest, wanted.subject) if wanted.subject else _vote_columns(frame, rest)
    if not votes or (len(votes) == 1 and not wanted.subject):
        raise DdsrError(
            f"{name}: neither a long table (columns subject, video_id, rating) nor a matrix (a row per video, a "
            f"column per subject); name columns with --subject-column, --video-column, --rating-column; "
            f"it has: {_list(columns)}"
        )
    return Layout("matrix", video=video, votes=votes)


def _distinct(frame: Any, columns: Sequence[str]) -> str | None:
    """Return the first usual video column whose entries are distinct: a row stands for a video."""
    names = _usual(columns, "video")
    return next((column for column in names if frame[column].is_unique), names[0] if names else None)


def _picked(name: str, columns: Sequence[str], wanted: str) -> tuple[str, ...]:
    patterns = [part.strip() for part in wanted.split(",")]
    picked = tuple(column for column in columns if any(fnmatch.fnmatchcase(column, part) for part in patterns))
    if not picked:
        raise DdsrError(f"{name}: no column matches {wanted!r} (--subject-column); its columns are: {_list(columns)}")
    return picked


def _vote_columns(frame: Any, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the largest family of numbered names (``s00``, ``s01``, ...), else all columns of numbers but ids."""
    families: dict[str, list[str]] = {}
    for column in columns:
        match = _NUMBERED.match(column)
        if match:
            families.setdefault(match[1].lower(), []).append(column)
    family = max(families.values(), key=len, default=[])
    if len(family) > 1:
        return tuple(family)
    numbers = set(frame.select_dtypes("number").columns)
    return tuple(column for column in columns if column in numbers and not _is_about_video(column.lower()))


def _is_about_video(column: str) -> bool:
    return column in _NO_SUBJECTS or column.endswith("_id")


def _list(columns: Iterable[str]) -> str:
    names = list(columns)
    return ", ".join(names[:12]) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
