"""Runs the rivals' measures for ``bench_metrics.py``, in the Python environment that holds them.

    rival_metrics.py FRAMES.npy PARAMETER_FOLDER

Says which rivals it found as one line of JSON, then answers each line ``NAME COUNT`` on stdin with the seconds that
COUNT frames took and their mean value.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np


def declare_operators(torch):
    """Let torchvision import beside a CPU torch for which its compiled operators do not load; none of them is run."""
    library = torch.library.Library("torchvision", "DEF")
    names = (
        "nms qnms roi_align _roi_align_backward ps_roi_align _ps_roi_align_backward roi_pool _roi_pool_backward "
        "ps_roi_pool _ps_roi_pool_backward qroi_align deform_conv2d _deform_conv2d_backward"
    )
    for name in names.split():
        library.define(f"{name}(Tensor a) -> Tensor")
    return library


def pyiqa_measures(frames, folder):
    """The measures of pyiqa, on float tensors (1, 3, H, W) in [0, 1]."""
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        globals()["_keep"] = declare_operators(torch)
    from pyiqa.archs import brisque_arch, niqe_arch, piqe_arch

    torch.set_num_threads(2)
    tensors = [torch.from_numpy(f).permute(2, 0, 1)[None].float() / 255 for f in frames]
    niqe = niqe_arch.NIQE(pretrained_model_path=str(folder / "niqe_modelparameters.mat"))
    ilniqe = niqe_arch.ILNIQE(pretrained_model_path=str(folder / "ilniqe_templateModel.mat"))
    # pyiqa's own support vectors are a download; as many of any value cost the same.
    vectors = torch.rand(774, 36), torch.rand(774)

    def brisque(x):
        return brisque_arch.brisque(x, sv_coef=vectors[1], sv=vectors[0])

    def piqe(x):
        return piqe_arch.piqe(x)[0]

    functions = {"niqe": niqe, "ilniqe": ilniqe, "brisque": brisque, "piqe": piqe}

    def run(function):
        def over(count):
            with torch.no_grad():
                return [float(function(x)) for x in tensors[:count]]

        return over

    return {f"pyiqa:{name}": run(function) for name, function in functions.items()}


def skvideo_measures(frames, folder):
    """The measures of scikit-video, on grey frames (T, H, W, 1)."""
    for name, kind in (("float", float), ("int", int), ("bool", bool), ("object", object)):
        if not hasattr(np, name):
            setattr(np, name, kind)
    import scipy.misc
    from PIL import Image

    def imresize(image, size, interp, mode):
        """What SciPy dropped and scikit-video still calls."""
        shape = (int(image.shape[1] * size), int(image.shape[0] * size))
        return np.array(Image.fromarray(image.astype(np.float32), mode=mode).resize(shape, Image.BICUBIC))

    scipy.misc.imresize = imresize
    import skvideo.measure as measure

    grey = np.rint(frames @ np.array([0.299, 0.587, 0.114]))[..., None]
    return {
        "skvideo:niqe": lambda count: list(measure.niqe(grey[:count])),
        "skvideo:viideo": lambda count: [float(measure.viideo_score(grey[:count]))],
    }


def main():
    """Serve requests until stdin ends."""
    frames, folder = np.load(sys.argv[1]), Path(sys.argv[2])
    measures, missing = {}, {}
    for name, make in (("pyiqa", pyiqa_measures), ("scikit-video", skvideo_measures)):
        try:
            measures |= make(frames, folder)
        except Exception as error:  # whatever an old package does on import is a reason to leave it out
            missing[name] = f"{type(error).__name__}: {error}"
    print(json.dumps({"measures": sorted(measures), "missing": missing}), flush=True)
    for line in sys.stdin:
        name, count = line.split()
        begin = time.perf_counter()
        try:
            answer = {"value": float(np.mean(measures[name](int(count))))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({**answer, "seconds": time.perf_counter() - begin}), flush=True)


if __name__ == "__main__":
    main()
