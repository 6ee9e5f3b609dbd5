"""Make a training set for rw-vsr-qa: fragments of fresh super-resolved clips with pseudo-labels.

    python reports/rw-vsr-qa/training_set.py OUT --weights FOLDER [--sources 400] [--first 0] [--without-codec]
    python reports/rw-vsr-qa/training_set.py OUT --weights FOLDER --photographs FOLDER --first 2000 --sources 2400

Each source is a rendered scene with a seed that no dataset of the project uses, or one of seven CC0 photographs that
scikit-image ships and no dataset uses; from number 2000 to 4999 they are larger, and three of four show one of the
photographs that ``photographs.py`` finds. It is degraded by preset ``ddsr``, enlarged by five of the eleven classical
methods and by one (x2) or two (x4) trained networks, all drawn, and each video is labelled by srq-fr and flicker as
``dataset rate`` does. Networks are those of the package and four of FOLDER. The sharp clip itself is a video, too, and
a ladder of one damage is made from it, of which only the order counts. A source is two files (fragments and facts);
those that are there are not made again.

``--without-codec`` leaves the stages that code out of the preset, and makes no ladder of coding.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import click
import cv2
import numpy as np
import photographs

from ddsr_bench import video
from ddsr_bench.data.open_set import build
from ddsr_bench.data.open_set.sources import Source
from ddsr_bench.data.rate_measure import Clip, measure, penalty
from ddsr_bench.data.scenes import scene_kinds
from ddsr_bench.degrade.spec import StageSpec, load_preset
from ddsr_bench.files import replacing
from ddsr_bench.provenance import write_json_atomic
from ddsr_bench.quality.rw_vsr_qa.fragments import FRAGMENTS_VERSION, Layout, key_fragments, native_count
from ddsr_bench.quality.srq_fr import FEATURES, MOTION, score
from ddsr_bench.seeding import generator
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings

FIRST_SEED = 1000  # the open set uses 0 to 8
FRAMES, FPS = 14, 25
KEYS = (3, 7, 11)
LAYOUT = Layout(24, 8)
SIZES = ((480, 272), (448, 320), (400, 400), (352, 480), (560, 304), (512, 288))
# Sources of these numbers are larger, and three of four show a photograph of photographs.csv. Those from 5000 on are
# cross_check.py's, and stay as they are so that its videos do.
WIDE = range(2000, 5000)
WIDE_SIZES = ((640, 360), (480, 480), (368, 624), (512, 432), (720, 304), (576, 400), (640, 352))
PICTURES = ("chelsea", "brick", "grass", "gravel", "camera", "immunohistochemistry", "stereo_motorcycle")
CLASSICAL = (
    "nearest",
    "bilinear",
    "bicubic",
    "lanczos",
    "bicubic-unsharp",
    "steering-kernel",
    "nlm-lanczos",
    "wiener",
    "back-projection",
    "flow-fusion",
    "btv",
)
# Others (realesr-animevideov3, rlfn, mobile-rrn-16, espcn, vespcn) are kept for the test on methods never seen.
NETWORKS = {
    "realesr-general": "realesr_general_x4v3/realesr_general_x4v3_fp16_from_ncnn.pth",
    "rfdn": "ntire22_esr/rfdn_baseline.pth",
    "mobile-rrn-32": "mobile_rrn_32/mobile_rrn_32_from_ckpt150.npz",
    "fsrcnn": "opencv_fsrcnn/FSRCNN_x4.pb",
}
# Ours come with the package; the perceptual ones were trained to please weights of rw-vsr-qa before these.
OWN = {4: ("ddsr-lite-x4", "ddsr-lite-x4-perceptual", "srwd-lite-x4"), 2: ("ddsr-lite-x2", "ddsr-lite-x2-perceptual")}
LADDERS = ("blur", "noise", "jpeg", "oversharp", "ringing", "flicker", "h264")
CODECS = ("jpeg", "video", "h264", "packet_loss")


def source_of(number: int) -> tuple[Source, str]:
    """The source of that number, and the picture it shows, or an empty name."""
    rng = generator("rw-vsr-qa", number, "source")
    kinds = [kind for kind in scene_kinds() if kind != "photo"]
    if number in WIDE:
        known = photographs.names()
        picture = known[(3 * (number // 4) + number % 4) % len(known)] if number % 4 < 3 else ""
        sizes = WIDE_SIZES
    else:
        picture = PICTURES[(number // 5) % len(PICTURES)] if number % 5 == 4 else ""
        sizes = ((384, 256),) if picture else SIZES
    kind = "picture" if picture else kinds[int(rng.integers(len(kinds)))]
    width, height = sizes[int(rng.integers(len(sizes)))]
    source = Source(
        id=f"qa-{number:04d}",
        kind=kind,
        group=picture or f"qa-{number:04d}",
        seed=FIRST_SEED + number,
        width=width,
        height=height,
        frames=FRAMES,
        fps=FPS,
        scale=4 if rng.uniform() < 0.5 else 2,
        split="train",
    )
    return source, picture


def write(path: Path, source: Source, frames, crf: float = build.SR_CRF, codec: str = "h264") -> None:
    writer = video.VideoWriter(
        path,
        width=source.width,
        height=source.height,
        fps=Fraction(FPS),
        format=codec,
        crf=crf,
        preset="veryfast",
    )
    with writer:
        for frame in frames:
            writer.write(frame)


def networks(number: int, scale: int) -> list[str]:
    """Trained networks of the source of that number."""
    known = (*NETWORKS, *OWN[4]) if scale == 4 else OWN[2]
    order = generator("rw-vsr-qa", number, "networks").permutation(len(known))
    return [known[k] for k in sorted(order[: 2 if scale == 4 else 1])]


def without(stages: tuple[StageSpec, ...], kinds: tuple[str, ...]) -> tuple[StageSpec, ...]:
    """Stages of a spec, those of these kinds left out at any depth."""
    return tuple(replace(one, members=without(one.members, kinds)) for one in stages if one.kind not in kinds)


def fragments(frames: list[np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, list[float]]:
    """uint8 (K, P, 4, 64, 64), and pixels into each key frame."""
    cut = [key_fragments(frames[key - 1], frames[key], LAYOUT, rng) for key in KEYS]
    return np.stack([one.patches for one in cut]), [one.motion for one in cut]


def label(path: Path, sharp: Path) -> float:
    found = measure(Clip(path.stem, path, sharp))
    values = np.array([[found[name] for name in FEATURES]])
    return float(score(values, np.array([found[MOTION]]))[0]) - penalty(found["flicker"])


def rungs(frames: list[np.ndarray], kind: str, source: Source, folder: Path) -> list[list[np.ndarray]]:
    """Three clips, each more damaged than the one before, the first a little."""
    rng = generator("rw-vsr-qa", source.id, "ladder")
    start = float(rng.uniform(0.5, 1.0))
    made = []
    for rung in range(3):
        strength = start * 2.2**rung
        if kind == "h264":
            path = folder / f"rung{rung}.mp4"
            write(path, source, frames, crf=24 + 7 * rung + 4 * start)
            made.append(list(video.read_frames(path, threads=1, precise=True)))
            continue
        made.append([damaged(frame, kind, strength, (source.id, rung, t)) for t, frame in enumerate(frames)])
    return made


def damaged(frame: np.ndarray, kind: str, strength: float, address: tuple) -> np.ndarray:
    rng = generator("rw-vsr-qa", *address)
    picture = frame.astype(np.float32)
    if kind == "blur":
        picture = cv2.GaussianBlur(picture, (0, 0), 0.9 * strength)
    elif kind == "noise":
        picture = picture + rng.normal(0, 5 * strength, picture.shape)
    elif kind == "jpeg":
        quality = int(np.clip(60 - 14 * strength, 5, 95))
        picture = cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
    elif kind == "oversharp":
        picture = picture + 1.2 * strength * (picture - cv2.GaussianBlur(picture, (0, 0), 1.5))
    elif kind == "ringing":
        low = cv2.dft(picture[..., 1] / 255, flags=cv2.DFT_COMPLEX_OUTPUT)
        rows, columns = (np.fft.fftfreq(side)[:, None] for side in low.shape[:2])
        low[np.hypot(rows, columns.T) > 0.32 / strength**0.6] = 0
        change = 255 * cv2.idft(low, flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT) - picture[..., 1]
        picture = picture + change[..., None]
    else:  # flicker
        picture = picture * (1 + 0.04 * strength * rng.normal()) + 3 * strength * rng.normal()
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def make(number: int, out: Path, weights: Path, folder: Path | None = None, without_codec: bool = False) -> None:
    path = out / f"qa-{number:04d}.json"
    if path.exists():
        return
    source, picture = source_of(number)
    rng = generator("rw-vsr-qa", number, "fragments")
    chosen = [CLASSICAL[i] for i in sorted(generator("rw-vsr-qa", number, "methods").permutation(11)[:5])]
    arrays, rows = [], []

    def add(frames, name: str, mos: float | None, group: str) -> None:
        patches, motion = fragments(frames, rng)
        arrays.append(patches)
        rows.append({"name": name, "mos": mos, "group": group, "motion": motion})

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        footage = pictured(source, picture, root, folder) if picture else None
        spec = load_preset(build.PRESET)
        if without_codec:
            spec = replace(spec, stages=without(spec.stages, CODECS))
        task = build.Task(source, root, tuple(chosen), footage=footage, spec=spec)
        recipe = ""
        for row in build.build_source(task):
            recipe = row["recipe"]
            made = root / row["file_name"]
            frames = list(video.read_frames(made, threads=1, precise=True))
            add(frames, row["method"], label(made, root / row["hr_file_name"]), "sr")
        sharp, low = root / build.hr_file(source), root / build.lr_file(source)
        for name in networks(number, source.scale):
            file = weights / NETWORKS[name] if name in NETWORKS else None
            run = get_method(name).start(Settings(scale=source.scale, device="cpu", weights=file))
            made = root / f"{name}.mp4"
            write(made, source, run(video.read_frames(low, threads=1)))
            add(list(video.read_frames(made, threads=1, precise=True)), name, label(made, sharp), "sr")
        frames = list(video.read_frames(sharp, threads=1, precise=True))
        add(frames, "sharp", label(sharp, sharp), "sharp")
        kinds = [kind for kind in LADDERS if not (without_codec and kind in CODECS)]
        kind = kinds[number % len(kinds)]
        for rung, clip in enumerate(rungs(frames, kind, source, root)):
            add(clip, f"{kind}-{rung + 1}", None, "ladder")
    facts = {"source": vars(source), "picture": picture, "recipe": json.loads(recipe), "rows": rows}
    facts["fragments_version"] = FRAGMENTS_VERSION
    facts["native"] = native_count(source.height, source.width, LAYOUT)
    # The facts last, since they tell that a source is done.
    with replacing(path.with_suffix(".npy")) as part, part.open("wb") as file:
        np.save(file, np.stack(arrays))
    facts["sha256"] = video.file_sha256(path.with_suffix(".npy"))
    write_json_atomic(path, facts)


def pixels_of(source: Source, picture: str, folder: Path | None) -> np.ndarray:
    """What the source shows, of one of scikit-image's pictures all, of a photograph in ``folder`` a part."""
    import skimage.data

    if picture in PICTURES:
        pixels = getattr(skimage.data, picture)()
        pixels = pixels[0] if isinstance(pixels, tuple) else pixels  # of a stereo pair the left one
        return np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels
    if folder is None:
        raise click.UsageError(f"{source.id} shows {picture}: give --photographs (photographs.py says how to get them)")
    rng = generator("rw-vsr-qa", source.id, "cut")
    return photographs.cut(photographs.load(picture, folder), source.width, source.height, rng)


def pictured(source: Source, picture: str, root: Path, folder: Path | None) -> Path:
    """A camera path over a free photograph, as footage."""
    from ddsr_bench.data.scenes.photo import build_picture
    from ddsr_bench.data.scenes.render import render_clip

    pixels = pixels_of(source, picture, folder)
    scene = build_picture(pixels, source.seed, source.width, source.height)
    path = root / f"{picture}.mp4"
    write(path, source, render_clip(scene, frames=FRAMES, fps=float(FPS)), crf=4)
    return path


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--sources", default=400)
@click.option("--first", default=0)
@click.option("--step", default=1, help="Make every n-th source only, so that several can work side by side.")
@click.option("--weights", type=click.Path(path_type=Path, exists=True), required=True, help="Of trained networks.")
@click.option("--photographs", "folder", type=click.Path(path_type=Path, exists=True), help="Unpacked packages.")
@click.option("--without-codec", is_flag=True)
def main(
    out: Path, sources: int, first: int, step: int, weights: Path, folder: Path | None, without_codec: bool
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for number in range(first, sources, step):
        make(number, out, weights, folder, without_codec)
        click.echo(f"{number + 1} of {sources}", err=True)


if __name__ == "__main__":
    main()
