"""The photographs that scikit-learn ships: where they lie, who made them, under which licence.

The facts are those of scikit-learn's ``datasets/images/README.txt``. Clips made from them are adaptations: name
the author and the licence wherever such a clip is shown or passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2

from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.errors import DdsrError

_CC_BY = "https://creativecommons.org/licenses/by/2.0/"


@dataclass(frozen=True)
class Photograph:
    """A photograph and what its licence asks us to say.

    ``author`` is the name in the README's attribution line, ``profile_url`` and ``source_url`` its links.
    """

    name: str
    file_name: str
    author: str
    profile_url: str
    source_url: str
    licence: str = "CC-BY-2.0"
    licence_url: str = _CC_BY
    note: str = ""

    @property
    def credit(self) -> str:
        """One line to put beside a clip made from this photograph."""
        author = f"{self.author} ({self.note})" if self.note else self.author
        licence = f"{self.licence} {self.licence_url}"
        return f"{self.file_name} by {author}, {licence}, {self.source_url}; modified"


_PHOTOGRAPHS = (
    Photograph(
        name="china",
        file_name="china.jpg",
        author="danielbuechele",
        profile_url="https://www.flickr.com/photos/danielbuechele/",
        source_url="https://www.flickr.com/photos/danielbuechele/6061409035/sizes/z/in/photostream/",
    ),
    Photograph(
        name="flower",
        file_name="flower.jpg",
        author="danielbuechele",
        profile_url="https://www.flickr.com/photos/vultilion/",
        source_url="https://www.flickr.com/photos/vultilion/6056698931/sizes/z/in/photostream/",
        # The README repeats the first image's name, yet both of its links lead to another account.
        note="so credited by scikit-learn; the page linked is of the account vultilion",
    ),
)


def photo_names() -> list[str]:
    """Return the names of the photographs, in the order in which seeds take them."""
    return [photo.name for photo in _PHOTOGRAPHS]


def photograph(name: str) -> Photograph:
    """Return the record of a photograph.

    Raises:
        DdsrError: unknown name.
    """
    for photo in _PHOTOGRAPHS:
        if photo.name == name:
            return photo
    raise DdsrError(f"photograph {name!r}: unknown; choose one of {', '.join(photo_names())}")


def load_photograph(name: str) -> Array:
    """Return the photograph's pixels, ``uint8 (427, 640, 3)`` RGB; scikit-learn itself is not imported.

    Raises:
        DdsrError: unknown name, or scikit-learn lacks the file.
    """
    path = _folder() / photograph(name).file_name
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DdsrError(f"{path}: cannot be read as an image; reinstall scikit-learn, which ships it")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)  # type: ignore[no-any-return]


def _folder() -> Path:
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise DdsrError("scikit-learn: not installed, and the kind 'photo' takes its photographs from it; install it")
    return Path(spec.origin).parent / "datasets" / "images"
