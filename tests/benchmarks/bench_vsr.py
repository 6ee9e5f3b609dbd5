"""The runner against a plain call of the same network: ``python tests/benchmarks/bench_vsr.py``.

The plain side is our own network as official scripts call theirs: contiguous float32 tensors, the whole clip (or each
frame, or each window) at once, no gradients. Both sides run in one process, one after the other, again and again; what
counts is the median of the ratios of each pair, by the clock; that of processor seconds, which other work disturbs
less, stands beside it. Weights are drawn, so that nothing need be downloaded; what a network does does not depend on
them, but for RealBasicVSR's cleaning, which both sides repeat alike.

``--memory`` measures peak memory of the runner for a short and a long clip instead, each in a process of its own.
"""

from __future__ import annotations

import argparse
import copy
import ctypes
import gc
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import torch

from ddsr_bench.vsr.drive.place import processor_flags
from ddsr_bench.vsr.drive.run import network_run
from ddsr_bench.vsr.drive.window import window_numbers
from ddsr_bench.vsr.method import Settings

METHODS = "realbasicvsr,basicvsr,basicvsr_pp,real_esrgan,swinir"
SLACK = 1.10


def clip(count: int, width: int, height: int):
    """A textured picture that glides to the right."""
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.integers(0, 256, (height, width + 64, 3)).astype(np.uint8), (0, 0), 2)
    wide = cv2.convertScaleAbs(wide, alpha=4, beta=-380)
    for t in range(count):
        yield np.ascontiguousarray(wide[:, t % 64 : t % 64 + width])


def built(name: str):
    """A method's network with drawn weights, and how it is driven."""
    network = import_module(f"ddsr_bench.vsr.methods.{name}").NETWORK
    torch.manual_seed(0)
    module = network.build(4)
    for key, parameter in module.named_parameters():
        # Offsets and flows that start at zero would be unlike any trained ones.
        if not parameter.abs().sum():
            torch.nn.init.normal_(parameter, 0, 0.001 if key.endswith("weight") else 0.01)
    return module, network


def plain_call(module, network, frames):
    """All outputs, uint8, by the plain way."""
    x = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2)[None].float().contiguous() / 255
    count, sides = x.shape[1], x.shape[-2:]
    pad = [-side % network.multiple for side in sides]
    x = torch.nn.functional.pad(x[0], (0, pad[1], 0, pad[0]), "reflect")[None] if any(pad) else x
    with torch.no_grad():
        if network.drive == "frame":
            out = torch.cat([module(x[:, t]) for t in range(count)])
        elif network.drive == "window":
            numbers = [window_numbers(t, count, network.window // 2, network.edges) for t in range(count)]
            out = torch.cat([module(x[:, chosen]) for chosen in numbers])
        else:
            out = module(x)[0]
    out = out[..., : 4 * sides[0], : 4 * sides[1]]
    return (out * 255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


def measured(function):
    """(result, seconds, peak MiB of the process while it ran, seconds of the processor)."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    began, used = time.perf_counter(), time.process_time()
    result = function()
    seconds, used = time.perf_counter() - began, time.process_time() - used
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return result, seconds, int(peak.split()[1]) / 1024, used


def psnr(one, other):
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def compared(name: str, precision: str, options) -> dict:
    """Both sides of one method, again and again."""
    module, network = built(name)
    frames = list(clip(options.frames, *options.size))
    settings = Settings(precision=precision, device="cpu")
    run = network_run(name, copy.deepcopy(module), network, 4, settings)
    plain_call(module, network, frames[:1])
    pairs = []
    for _ in range(options.repeats):
        plain = measured(lambda: plain_call(module, network, frames))
        ours = measured(lambda: np.stack(list(run(iter(frames)))))
        pairs.append((plain, ours))
    ratios = [plain[1] / ours[1] for plain, ours in pairs]
    return {
        "name": name.replace("_", "-"),
        "precision": precision,
        "plain": statistics.median(plain[1] for plain, _ in pairs) / len(frames),
        "ours": statistics.median(ours[1] for _, ours in pairs) / len(frames),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "used": statistics.median(plain[3] / ours[3] for plain, ours in pairs),
        "plain_mib": max(plain[2] for plain, _ in pairs),
        "ours_mib": max(ours[2] for _, ours in pairs),
        "psnr": psnr(pairs[0][0][0], pairs[0][1][0]),
    }


HEAD = """\
| method | precision | plain, s/frame | runner | times faster (each pair) | by processor | peak plain | runner | PSNR |
|---|---|---|---|---|---|---|---|---|"""


def line(row) -> str:
    """A row in Markdown."""
    pairs = ", ".join(f"{ratio:.2f}" for ratio in row["ratios"])
    near = "equal" if np.isinf(row["psnr"]) else f"{row['psnr']:.1f} dB"
    return (
        f"| {row['name']} | {row['precision']} | {row['plain']:.2f} | {row['ours']:.2f} | **{row['ratio']:.2f}** "
        f"({pairs}) | {row['used']:.2f} | {row['plain_mib']:.0f} MiB | {row['ours_mib']:.0f} MiB | {near} |"
    )


def machine() -> str:
    """The processor, as far as it matters."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    kinds = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in processor_flags()]
    return f"{model} ({', '.join(kinds)}), {torch.get_num_threads()} threads, torch {torch.__version__}"


def child(options) -> None:
    """Run one clip through the runner and print the peak in MiB."""
    module, network = built(options.methods)
    run = network_run(options.methods, module, network, 4, Settings(precision="fp32", device="cpu"))
    count = sum(1 for _ in run(clip(options.frames, *options.size)))
    print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def memory(options) -> bool:
    """Peaks for both lengths; whether they are within the slack."""
    good = True
    width, height = options.size
    for name in options.methods.split(","):
        peaks = []
        for count in options.lengths:
            command = [sys.executable, __file__, "--child", "--methods", name, "--frames", str(count)]
            command += ["--size", f"{width}x{height}", "--threads", str(options.threads)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks.append(float(done.stdout.split()[1]))
            print(f"{name}: {count} frames of {width}x{height}, peak {peaks[-1]:.0f} MiB", flush=True)
        good &= peaks[1] <= SLACK * peaks[0]
        print(f"{name}: {peaks[1] / peaks[0]:.3f} times the memory (limit {SLACK})", flush=True)
    return good


def size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def main() -> None:
    """Compare, print, and write the report if one is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=METHODS, help="modules of ddsr_bench.vsr.methods")
    parser.add_argument("--size", type=size, default=(320, 180))
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precisions", default=None, help="default: fp32, and bf16 where the processor is quick at it")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--lengths", type=int, nargs=2, default=[20, 400])
    parser.add_argument("--child", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.child:
        child(options)
    elif options.memory:
        raise SystemExit(not memory(options))
    else:
        quick = {"amx_bf16", "avx512_bf16"} & processor_flags()
        precisions = (options.precisions or ("fp32,bf16" if quick else "fp32")).split(",")
        print(machine())
        print(f"LR {options.size[0]}x{options.size[1]}, {options.frames} frames, {options.repeats} pairs\n")
        print(HEAD, flush=True)
        for name in options.methods.split(","):
            for precision in precisions:
                print(line(compared(name, precision, options)), flush=True)


if __name__ == "__main__":
    main()
