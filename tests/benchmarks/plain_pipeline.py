"""The published chains as their public code runs them: one frame after another, dense, in double-precision noise.

This is the other side of ``bench_degrade.py``: the same recipe (stages, parameters, codec settings), done with plain
OpenCV, NumPy and PyAV calls: ``filter2D`` with the full 2-D kernel, ``numpy.random.randn`` and ``numpy.random.poisson``
in float64, JPEG through ``imencode``, video through an in-memory MP4 of the whole clip at the encoder's defaults.
"""

from __future__ import annotations

import io

import av
import cv2
import numpy as np

from ddsr_bench.degrade.kernels import make_kernel
from ddsr_bench.degrade.stage import at

INTERPOLATION = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA, "bicubic": cv2.INTER_CUBIC}


def sharpen(frames, p, _lr, _rng):
    """Unsharp mask with soft edges by the full 51 x 51 kernel, as both published trainings do it."""
    out = []
    column = cv2.getGaussianKernel(p.size, 0)
    kernel = np.matmul(column, column.T)
    for image in frames:
        residual = image - cv2.filter2D(image, -1, kernel)
        mask = (np.abs(residual) * 255 > p.threshold).astype(np.float32)
        soft = cv2.filter2D(mask, -1, kernel)
        sharp = np.clip(image + p.amount * residual, 0, 1)
        out.append(soft * sharp + (1 - soft) * image)
    return out


def blur(frames, p, _lr, _rng):
    """Dense 2-D filtering."""
    out = []
    for t, image in enumerate(frames):
        kernel = make_kernel(
            p.shape,
            p.size,
            sigma_x=at(p.sigma_x, t),
            sigma_y=None if p.sigma_y is None else at(p.sigma_y, t),
            theta=at(p.theta, t),
            beta=at(p.beta, t),
            omega=at(p.omega, t),
        )
        out.append(cv2.filter2D(image, -1, kernel))
    return out


def resize(frames, p, lr, _rng):
    """``cv2.resize`` of each frame."""
    out = []
    for t, image in enumerate(frames):
        if p.to == "lr":
            height, width = lr
        else:
            factor = at(p.factor, t)
            height, width = (int(side * factor + 1e-6) for side in (lr if p.relative_to == "lr" else image.shape[:2]))
            if p.even:
                height, width = height // 2 * 2, width // 2 * 2
        out.append(cv2.resize(image, (width, height), interpolation=INTERPOLATION[p.mode]))
    return out


def noise(frames, p, _lr, rng):
    """Gaussian or Poisson noise drawn sample by sample in float64."""
    if rng is None:
        return frames
    out = []
    for t, image in enumerate(frames):
        if p.distribution == "gaussian":
            # Grey noise is drawn for all channels and one is kept, as published.
            field = np.float32(rng.randn(*image.shape))
            noisy = image + (field[..., :1] if p.colour == "grey" else field) * (at(p.sigma, t) / 255)
        else:
            source = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None] if p.colour == "grey" else image
            levels = np.clip((source * 255.0).round(), 0, 255) / 255.0
            # The published code counts the grey levels of every frame; its count is nearly always above 128.
            peak = max(256.0, 2 ** np.ceil(np.log2(len(np.unique(levels)))))
            field = rng.poisson(levels * peak) / peak - levels
            noisy = image + field * at(p.strength, t)
        out.append(np.clip(noisy, 0, 1) if p.clip else noisy)
    return out


def jpeg(frames, p, _lr, _rng):
    """JPEG bytes in memory and back."""
    out = []
    for t, image in enumerate(frames):
        quality = [int(cv2.IMWRITE_JPEG_QUALITY), round(at(p.quality, t))]
        _, coded = cv2.imencode(".jpg", np.clip(image[..., ::-1] * 255.0, 0, 255), quality)
        out.append(np.float32(cv2.imdecode(coded, 1)[..., ::-1]) / 255.0)
    return out


def video(frames, p, _lr, _rng):
    """The whole clip through an MP4 in memory at 1 frame/s, as the published code does."""
    height, width = (side // 2 * 2 for side in frames[0].shape[:2])
    buffer = io.BytesIO()
    with av.open(buffer, "w", "mp4") as container:
        stream = container.add_stream({"h264": "libx264", "mpeg4": "mpeg4"}[p.codec], rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = round(p.bits_per_frame)
        stream.codec_context.thread_count = 1
        for image in frames:
            picture = cv2.resize(image, (width, height)) if image.shape[:2] != (height, width) else image
            picture = np.clip(picture * 255, 0, 255).astype(np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    out = []
    with av.open(buffer, "r", "mp4") as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            out.append(frame.to_rgb().to_ndarray().astype(np.float32) / 255.0)
    return out


STAGES = {"sharpen": sharpen, "blur": blur, "resize": resize, "noise": noise, "jpeg": jpeg, "video": video}


def plain(recipe, frames, rng):
    """Run ``recipe`` over a list of uint8 frames; ``rng`` is a RandomState, or None for no noise."""
    images = [frame.astype(np.float32) / 255.0 for frame in frames]
    lr = (recipe.lr_height, recipe.lr_width)
    for stage in recipe.stages:
        images = STAGES[stage.kind](images, stage.typed(), lr, rng)
    return [np.clip(np.round(image * 255.0), 0, 255).astype(np.uint8) for image in images]
