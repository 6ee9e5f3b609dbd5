"""Openly licensed photographs that installed packages ship: where they lie, who made them, under which licence.

The facts are those of the packages: scikit-learn's ``datasets/images/README.txt``, scikit-image's ``skimage.data``,
matplotlib's ``sample_data``. Clips made from them are adaptations: name the author and the licence wherever such a clip
is shown or passed on. scikit-learn and matplotlib are always there; scikit-image is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2

from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.errors import DdsrError

_CC_BY = "https://creativecommons.org/licenses/by/2.0/"
_CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
_MARK = "https://creativecommons.org/publicdomain/mark/1.0/"
_NASA = "https://www.nasa.gov/nasa-brand-center/images-and-media/"
_SKIMAGE = "https://scikit-image.org/docs/stable/api/skimage.data.html"
_HUBBLE = "https://hubblesite.org/contents/media/images/2012/37/3098-Image.html"
_RETINA = "https://commons.wikimedia.org/wiki/File:Fundus_photograph_of_normal_left_eye.jpg"
_SPACEX = "https://www.flickr.com/photos/spacexphotos/"


@dataclass(frozen=True)
class Photograph:
    """A photograph and what its licence asks us to say.

    ``author`` is the name in the package's attribution line, ``profile_url`` and ``source_url`` its links;
    ``folder`` is where it lies in ``package``.
    """

    name: str
    file_name: str
    author: str
    profile_url: str
    source_url: str
    licence: str = "CC-BY-2.0"
    licence_url: str = _CC_BY
    note: str = ""
    package: str = "sklearn"
    folder: str = "datasets/images"

    @property
    def credit(self) -> str:
        """One line to put beside a clip made from this photograph."""
        author = f"{self.author} ({self.note})" if self.note else self.author
        licence = f"{self.licence} {self.licence_url}"
        return f"{self.file_name} by {author}, {licence}, {self.source_url}; modified"


_PACKAGES = {"sklearn": "scikit-learn", "skimage": "scikit-image", "matplotlib": "matplotlib"}
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
    Photograph(
        name="grace-hopper",
        file_name="grace_hopper.jpg",
        author="James S. Davis, U.S. Navy",
        profile_url="https://commons.wikimedia.org/wiki/Grace_Hopper",
        source_url="https://commons.wikimedia.org/wiki/File:Commodore_Grace_M._Hopper,_USN_(covered).jpg",
        licence="public domain",
        licence_url=_MARK,
        package="matplotlib",
        folder="mpl-data/sample_data",
    ),
    *(
        Photograph(name, file, author, profile, source, licence, url, package="skimage", folder="data")
        for name, file, author, profile, source, licence, url in (
            ("astronaut", "astronaut.png", "NASA", _NASA, "https://flic.kr/p/r9qvLn", "public domain", _MARK),
            ("coffee", "coffee.png", "Rachel Michetti", _SKIMAGE, _SKIMAGE, "CC0-1.0", _CC0),
            ("hubble", "hubble_deep_field.jpg", "NASA", _NASA, _HUBBLE, "public domain", _MARK),
            ("retina", "retina.jpg", "Mikael Häggström", _SKIMAGE, _RETINA, "CC0-1.0", _CC0),
            ("rocket", "rocket.jpg", "SpaceX", _SPACEX, f"{_SPACEX}16511594820/", "public domain", _MARK),
        )
    ),
)


def photo_names() -> list[str]:
    """Return the names of the photographs; the first two are scikit-learn's, which the kind ``photo`` takes in turn."""
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
    """Return the photograph's pixels, ``uint8 (H, W, 3)`` RGB; the package that ships it is not imported.

    Raises:
        DdsrError: unknown name, or the package or its file is not there.
    """
    photo = photograph(name)
    path = _folder(photo) / photo.file_name
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DdsrError(f"{path}: cannot be read as an image; reinstall {_PACKAGES[photo.package]}, which ships it")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)  # type: ignore[no-any-return]


def _folder(photo: Photograph) -> Path:
    spec = find_spec(photo.package)
    if spec is None or spec.origin is None:
        package = _PACKAGES[photo.package]
        raise DdsrError(
            f"{package}: not installed, and the photograph {photo.name!r} comes with it; install it with: "
            f"pip install {package}"
        )
    return Path(spec.origin).parent / photo.folder
