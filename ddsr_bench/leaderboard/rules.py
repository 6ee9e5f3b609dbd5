"""The rules of a fair comparison, in words, as the run that they stand beside kept them."""

from __future__ import annotations

from ddsr_bench.leaderboard.run import RunOptions


def rules(options: RunOptions, *, grouped: bool) -> list[dict[str, str]]:
    """Name and text of each rule.

    Args:
        options: of the run.
        grouped: whether several clips show one source.
    """
    settings = options.settings
    device = "the processor" if settings.device in ("cpu", "auto") else settings.device
    limit = "" if options.memory is None else f" and {options.memory:g} GiB of memory"
    texts = {
        "Same frames": "Every method gets the same LR frames, all of them, in order; it must give one frame for each, "
        f"{settings.scale} times as wide and as high. Whatever else it gives is refused, never resized or padded.",
        "Metrics on the frames": "Metrics read the 8-bit RGB frames that the method gave, before any coding. Videos on "
        "this page are H.264 copies for the eye; nothing is measured on them.",
        "Border": f"Full-reference metrics leave out {options.crop_border} samples at each border; no-reference "
        "metrics read whole frames.",
        "Colour": "RGB is full range. Where a metric reads luma, it is Y of BT.601 made from RGB in the same code for "
        "all methods; which plane a metric reads stands on its card.",
        "Alignment": "The shift of each method's picture against bicubic is measured to a fraction of a pixel, told on "
        "its card, and not corrected.",
        "No silent fallback": "A method without its weights, one that fails, runs out of memory or gives NaN has a "
        "reason in place of a number. It is ranked only where it has a value for every clip.",
        "Own process": f"Each method runs in a process of its own with one thread{limit}.",
        "Time": f"Seconds a frame on {device}, in {settings.precision}: after a warm-up, without reading, writing and "
        f"scoring; median and quartiles over frames. {_company(options.workers)}",
        "Uncertainty": _uncertainty(grouped),
        "Ranks": "Methods of one letter cannot be told from the best of that letter at 5 %: paired tests on the same "
        "resamples, corrected after Holm over all pairs.",
    }
    return [{"name": name, "text": text} for name, text in texts.items()]


def _company(workers: int) -> str:
    if workers == 1:
        return "One clip at a time, so that no method waits for another."
    return f"{workers} clips at a time, which share the machine: take times as rough, or run with --workers 1."


def _uncertainty(grouped: bool) -> str:
    whole = "whole sources, as their clips are not independent" if grouped else "clips, each of its own source"
    return (
        f"Intervals are 95 %, from a bootstrap over {whole}, with Student's t for their number; fewer than three "
        "have none."
    )
