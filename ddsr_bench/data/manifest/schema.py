"""The columns of a manifest: what each holds, its type in Parquet, and what a row must fulfil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["string", "float32", "int32"]
SPLITS = ("train", "test")
ORIGINS = ("subjective", "simulated", "none")


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: of the column.
        kind: its type in Parquet: Arrow's ``string``, since ``large_string`` cannot become a Video column.
        text: what it holds, for the card.
        required: whether every table has it; others may be left out as a whole.
        nullable: whether a row may have no value.
    """

    name: str
    kind: Kind
    text: str
    required: bool = True
    nullable: bool = False


COLUMNS = (
    Column("file_name", "string", "the SR video, a path below the dataset's folder"),
    Column("hr_file_name", "string", "the sharp source that it should have been", required=False, nullable=True),
    Column("lr_file_name", "string", "the LR clip that it was made from", required=False, nullable=True),
    Column("video_id", "string", "name of the video, one of its kind"),
    Column("source_id", "string", "name of the source"),
    Column("source_group", "string", "sources that share content; splits never part a group"),
    Column("source_set", "string", "kind of source or name of its data set"),
    Column("lr_id", "string", "name of the LR clip; videos of one lr_id differ in the method alone"),
    Column("method", "string", "the condition: a VSR method, at a scale where one method has several"),
    Column("scale", "int32", "size of the video / size of the LR clip"),
    Column("width", "int32", "pixels"),
    Column("height", "int32", "pixels"),
    Column("frames", "int32", "number of frames"),
    Column("fps", "float32", "frames per second"),
    Column("duration", "float32", "seconds"),
    Column("sha256", "string", "of the file"),
    Column("frames_sha256", "string", "of the decoded RGB frames", required=False, nullable=True),
    Column("recipe", "string", "the LR clip's degradation as JSON; empty where unknown", nullable=True),
    Column("split", "string", "train or test, parted by source_group"),
    Column("mos", "float32", "mean opinion score; higher is better", nullable=True),
    Column("mos_ci95", "float32", "half width of its 95 % interval", nullable=True),
    Column("n_ratings", "int32", "number of votes behind it", nullable=True),
    Column("score_origin", "string", "subjective (people), simulated (a model of people), or none"),
)
NAMES = tuple(column.name for column in COLUMNS)
RATING_COLUMNS = (
    Column("file_name", "string", "the SR video", required=False),
    Column("video_id", "string", "name of the video"),
    Column("subject", "string", "who voted"),
    Column("rating", "float32", "the vote"),
    Column("session", "int32", "sitting of the subject, from 1", required=False),
    Column("shown_at", "int32", "place in the order in which the subject saw the videos, from 1", required=False),
)

RECIPE_COLUMNS = (
    Column("lr_id", "string", "name of the LR clip"),
    Column("source_id", "string", "its source"),
    Column("scale", "int32", "size of the source / size of the LR clip"),
    Column("recipe", "string", "every parameter of the degradation, JSON for `generate-lr --from-recipe`"),
)
PUBLISHED_SPLITS, FOLDS = 10, 5
SPLIT_COLUMNS = (
    Column("video_id", "string", "name of the video"),
    *(Column(f"split_{number:02d}", "string", "train or test") for number in range(PUBLISHED_SPLITS)),
    Column("fold", "int32", f"0 to {FOLDS - 1}; each fold is tested once"),
)


def arrow_schema(names: list[str], columns: tuple[Column, ...] = COLUMNS) -> Any:
    """The Arrow schema of the columns called ``names``, in the order of ``columns``; unknown names are strings."""
    import pyarrow

    kinds = {"string": pyarrow.string(), "float32": pyarrow.float32(), "int32": pyarrow.int32()}
    known = [column for column in columns if column.name in names]
    fields = [pyarrow.field(column.name, kinds[column.kind]) for column in known]
    further = [pyarrow.field(name, pyarrow.string()) for name in names if name not in {one.name for one in known}]
    return pyarrow.schema([*fields, *further])
