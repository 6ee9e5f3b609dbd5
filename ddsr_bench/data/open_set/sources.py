"""The 105 sources of the open dataset: 70 rendered scenes and 35 camera paths over openly licensed photographs."""

from __future__ import annotations

from dataclasses import dataclass

NAME = "ddsr-open-1155"
#: Kinds of rendered scene and how many of each.
RENDERED = {
    "dead_leaves": 8,
    "foliage": 8,
    "gratings": 7,
    "night": 7,
    "people": 8,
    "plane": 9,
    "sprites": 7,
    "text": 9,
    "water": 7,
}
#: Photographs, how many paths over each, and the frame (width, height) that they are sharp enough for.
PHOTOGRAPHS = {
    "china": (5, (640, 360)),
    "flower": (5, (592, 384)),
    "astronaut": (5, (448, 448)),
    "coffee": (5, (544, 368)),
    "grace-hopper": (4, (416, 512)),
    "hubble": (4, (640, 368)),
    "rocket": (4, (576, 384)),
    "retina": (3, (512, 448)),
}
_SIZES = ((640, 360), (480, 480), (368, 624), (512, 432), (720, 304), (576, 400), (640, 352))
_RATES = ((24, 24), (25, 25), (30, 30))  # frames, frames a second
_TEST_PHOTOGRAPHS = ("retina", "rocket")


@dataclass(frozen=True)
class Source:
    """A source.

    Attributes:
        id: its name.
        kind: kind of scene, ``"photo"`` for a photograph.
        group: what it shares content with: itself, or all paths over one photograph.
        seed: of the scene or the camera path.
        width, height: pixels.
        frames: number of frames.
        fps: frames per second.
        scale: of the LR clip that is made from it, 2 or 4.
        split: train or test.
        photograph: its name, or empty.
    """

    id: str
    kind: str
    group: str
    seed: int
    width: int
    height: int
    frames: int
    fps: int
    scale: int
    split: str
    photograph: str = ""

    @property
    def lr_id(self) -> str:
        """The name of its LR clip."""
        return f"{self.id}-x{self.scale}"


def open_sources() -> list[Source]:
    """The 105 sources in a fixed order, by kind; every kind has both scales and both splits."""
    return [*_rendered(), *_photographs()]


def spread(sources: list[Source], count: int) -> list[Source]:
    """``count`` of the sources, taken from all kinds in turn.

    The first of each kind come first, so that a smaller choice is part of a larger one.
    """
    place: dict[str, int] = {}
    ranked = []
    for number, source in enumerate(sources):
        key = source.photograph or source.kind
        place[key] = place.get(key, -1) + 1
        ranked.append((place[key], number, source))
    return [source for _, _, source in sorted(ranked, key=lambda one: one[:2])[:count]]


def _rendered() -> list[Source]:
    sources: list[Source] = []
    for kind, count in RENDERED.items():
        for seed in range(count):
            number = len(sources)
            width, height = _SIZES[(number + seed) % len(_SIZES)]
            frames, fps = _RATES[number % len(_RATES)]
            name = f"{kind.replace('_', '-')}-{seed:02d}"
            split = "test" if number % 5 == 2 else "train"
            scale = 4 if number % 2 else 2
            sources.append(Source(name, kind, name, seed, width, height, frames, fps, scale, split))
    return sources


def _photographs() -> list[Source]:
    sources: list[Source] = []
    for photo, (count, (width, height)) in PHOTOGRAPHS.items():
        for seed in range(count):
            number = len(sources)
            frames, fps = _RATES[(number + 1) % len(_RATES)]
            split = "test" if photo in _TEST_PHOTOGRAPHS else "train"
            sources.append(
                Source(
                    id=f"{photo}-{seed:02d}",
                    kind="photo",
                    group=f"photo-{photo}",
                    seed=seed,
                    width=width,
                    height=height,
                    frames=frames,
                    fps=fps,
                    scale=2 if number % 2 else 4,
                    split=split,
                    photograph=photo,
                )
            )
    return sources
