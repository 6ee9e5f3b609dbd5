"""Reading a manifest's tables: of a built dataset, or of the tables-only manifests that come with the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ddsr_bench.data.manifest.schema import SPLITS
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import shipped_folder


def manifests_folder() -> Path | None:
    """The folder of tables-only manifests: within the package where it was installed, beside it in a clone, or None."""
    return shipped_folder("manifests")


def manifest_names() -> list[str]:
    """Names of the manifests that come with the package."""
    folder = manifests_folder()
    if folder is None:
        return []
    return sorted(path.name for path in folder.iterdir() if (path / "train.parquet").is_file())


def find_dataset(name: str) -> Path:
    """The folder of a dataset: a path that is one, or the manifest of that name.

    Raises:
        DdsrError: neither.
    """
    path = Path(name)
    if (path / "train.parquet").is_file() or (path / "test.parquet").is_file():
        return path
    folder = manifests_folder()
    if folder is not None and name in manifest_names():
        return folder / name
    known = ", ".join(manifest_names()) or "none"
    raise DdsrError(f"{name}: no dataset (no train.parquet there) and no manifest of that name; known: {known}")


def read_rows(root: Path) -> list[dict[str, Any]]:
    """All rows of a dataset as dictionaries, train before test.

    Raises:
        DdsrError: no table, or one that cannot be read.
    """
    rows: list[dict[str, Any]] = []
    found = [root / f"{split}.parquet" for split in SPLITS if (root / f"{split}.parquet").is_file()]
    if not found:
        raise DdsrError(f"{root}: holds neither train.parquet nor test.parquet; give a dataset's folder")
    for path in found:
        rows += read_parquet(path).to_pylist()
    return rows


def read_parquet(path: Path, columns: list[str] | None = None) -> Any:
    """One Parquet file as an Arrow table.

    Raises:
        DdsrError: missing, cut off, no Parquet, or a column that it lacks.
    """
    import pyarrow.parquet

    with parquet_errors(path):
        return pyarrow.parquet.read_table(path, columns=columns)


def read_schema(path: Path) -> Any:
    """The columns of a Parquet file and their types, an Arrow schema; errors as :func:`read_parquet`."""
    import pyarrow.parquet

    with parquet_errors(path):
        return pyarrow.parquet.read_schema(path)


@contextmanager
def parquet_errors(path: Path) -> Iterator[None]:
    """Turn what Arrow says about a bad file into one line."""
    import pyarrow

    try:
        yield
    except FileNotFoundError as error:
        raise DdsrError(f"{path}: no such file; give a dataset's folder") from error
    except (OSError, pyarrow.ArrowException) as error:
        reason = " ".join(str(error).split())[:120]
        raise DdsrError(f"{path}: cannot be read as Parquet ({reason}); copy or build it again") from error
