"""Rebuilds the tables of reports/metrics/README.md between its marks.

    python reports/metrics/exactness.py [--shared ../shared] [--weights-dir DIR] [--references DIR] [--out DIR]

1. Our values on the calibration pictures beside the authors' official ones; full-reference ones need the sharp
   pictures in DIR (``--references``; they are those of pyiqa's calibration set) and are left out without them.
2. How often NIQE, BRISQUE and PIQE worsen from step to step when clips are given more noise, and harder JPEG,
   in large steps and in gentler ones.
"""

import argparse
import csv
import os
import tempfile
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import ClipInfo
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import load_spec
from ddsr_bench.provenance import write_text_atomic
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.models import PARAMETERS, adopt
from ddsr_bench.quality.runner import score_frames
from ddsr_bench.video import probe, read_frames

OPEN = {"niqe": "niqe", "brisque": "brisque", "piqe": "piqe", "ilniqe": "ilniqe"}
WITH_REFERENCE = {
    "psnr": "psnr",
    "ssim": "ssim",
    "ms-ssim-sum": "ms_ssim",
    "ms-ssim": "ms_ssim",
    "gmsd": "gmsd",
    "vif": "vif",
}
NOISE = (3.0, 10.0, 25.0, 50.0)
JPEG = (80.0, 40.0, 20.0, 8.0)
GENTLE_NOISE, GENTLE_JPEG = (2.0, 8.0, 20.0, 40.0), (90.0, 60.0, 35.0, 15.0)
FRAMES = 3


def value(name, picture, reference=None):
    """The score of one picture, or why there is none."""
    sharp = None if reference is None else iter([reference])
    scores = score_frames(iter([picture]), [get_metric(name)], reference=sharp)
    return scores.errors.get(name) or float(np.mean(scores.values[name]))


def picture(path):
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def exact(folder, references):
    """Markdown of the first table."""
    with open(folder / "official_scores.csv", newline="") as file:
        rows = list(csv.reader(file))
    names, official = rows[0][1:], {row[0]: row[1:] for row in rows[1:]}
    lines = [
        "| measure | " + " | ".join(f"{name}: ours / official" for name in names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for name, key in {**OPEN, **(WITH_REFERENCE if references else {})}.items():
        cells = []
        for file, known in zip(names, official[key], strict=True):
            sharp = None
            if name in WITH_REFERENCE:
                sharp = next(
                    (p for p in sorted(references.iterdir()) if p.stem.lower() == Path(file).stem.lower()), None
                )
                if sharp is None:
                    cells.append("no reference")
                    continue
            found = value(name, picture(folder / file), None if sharp is None else picture(sharp))
            cells.append(found if isinstance(found, str) else f"{found:.4f} / {float(known):.4f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def stage(kind, strength, height, width):
    """A spec that leaves the size alone and adds one defect."""
    defect = (
        f'kind = "noise"\ndistribution = "gaussian"\nsigma = {strength}'
        if kind == "noise"
        else f'kind = "jpeg"\nquality = {strength}'
    )
    return f'name = "{kind}"\n[[stage]]\n{defect}\n'


def degraded(frames, kind, strength, clip, folder):
    path = Path(folder) / f"{kind}{strength}.toml"
    height, width = frames[0].shape[:2]
    path.write_text(stage(kind, strength, height, width))
    info = ClipInfo(id=clip, width=width, height=height, frames=len(frames), fps="25")
    return list(apply(sample(load_spec(path), seed=0, scale=1, clip=info), iter(frames)))


def monotone(clips, noise=NOISE, jpeg=JPEG, names=("niqe", "niqe-fit", "brisque", "piqe")):
    """Markdown of the second table: steps that worsen, of all steps."""
    metrics = [get_metric(name) for name in names]
    worse = {(name, kind): [0, 0] for name in names for kind in ("noise", "jpeg")}
    with tempfile.TemporaryDirectory() as folder:
        for path in clips:
            info = probe(path)
            even = (slice(0, info.height // 2 * 2), slice(0, info.width // 2 * 2))
            frames = [np.ascontiguousarray(f[even]) for f in read_frames(path, 0, min(FRAMES, info.frames))]
            for kind, strengths in (("noise", noise), ("jpeg", jpeg)):
                runs = [score_frames(iter(degraded(frames, kind, s, path.stem, folder)), metrics) for s in strengths]
                for name in names:
                    if any(name in run.errors for run in runs):
                        continue
                    means = [float(np.mean(run.values[name])) for run in runs]
                    worse[name, kind][0] += int((np.diff(means) > 0).sum())
                    worse[name, kind][1] += len(means) - 1
    lines = ["| measure | noise | JPEG |", "|---|---|---|"]
    for name in names:
        cells = [f"{a} of {b} ({100 * a / max(b, 1):.0f} %)" for a, b in (worse[name, "noise"], worse[name, "jpeg"])]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def put(text, mark, table):
    """Replace what stands between two marks."""
    begin, end = f"<!-- {mark}: written by exactness.py -->", f"<!-- end of {mark} -->"
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--weights-dir", type=Path)
    parser.add_argument("--references", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["DDSR_BENCH_HOME"] = home
        for name in PARAMETERS:
            adopt(given.weights_dir or given.shared / "data" / "params", name)
        first = exact(given.shared / "data" / "calibration", given.references)
        clips = sorted((given.shared / "clips").glob("*.mp4"))
        second, third = monotone(clips), monotone(clips, GENTLE_NOISE, GENTLE_JPEG)
    print(first, second, third, sep="\n\n")
    readme = given.out / "README.md"
    text = readme.read_text("utf-8")
    for mark, table in (("exactness", first), ("monotony", second), ("gentle", third)):
        text = put(text, mark, table)
    write_text_atomic(readme, text)


if __name__ == "__main__":
    main()
