"""The head of the report: what was evaluated, how, and what came out."""

from __future__ import annotations

from ddsr_bench.evaluate.report.content.findings import findings
from ddsr_bench.evaluate.report.document import Block, Facts, Items, Name, Paragraph, Section, Text
from ddsr_bench.evaluate.report.numbers import amount, counted, percent
from ddsr_bench.evaluate.report.reading import MAPPINGS, Results, capital, mos_word, simulated

_ORIGIN = {
    "subjective": "from ratings of people",
    "simulated": "simulated: no person rated these videos",
    "none": "of no origin: the table says that nobody rated these videos",
    "unstated": "of unstated origin: the table does not say whether people gave them",
}
_INTERVALS = {
    "t": "bootstrap with Student's t",
    "bca": "BCa bootstrap",
    "percentile": "percentile bootstrap",
}


def summary(results: Results) -> Section:
    """Return the first section."""
    blocks: list[Block] = []
    if simulated(results):
        text = "The MOS of this table are simulated. Every number below tells how a metric follows simulated MOS, "
        blocks.append(Paragraph((text + "not how it follows people.",), loud=True))
    blocks += [Items(findings(results)), Facts(tuple(_facts(results)))]
    return Section("In short", tuple(blocks))


def _facts(results: Results) -> list[tuple[str, Text]]:
    return [
        ("Data", (Name(results["data"]["table"]), f": {_counts(results)}.")),
        ("Columns", _columns(results)),
        ("Scores", (_scores(results),)),
        ("Mapping", (_mapping(results),)),
        ("Protocol", (protocol_words(results),)),
        ("Intervals", (_intervals(results),)),
    ]


def _counts(results: Results) -> str:
    data = results["data"]
    parts = [counted(data["n"], "video")]
    for key, word in (("n_sources", "source"), ("n_methods", "method"), ("n_inputs", "input")):
        if data.get(key) is not None:
            parts.append(counted(data[key], word))
    parts.append(counted(len(results["metrics"]), "metric"))
    return ", ".join(parts)


def _columns(results: Results) -> Text:
    parts: list[str] = []
    for word, column in results["data"]["columns"].items():
        if column is not None:
            parts += ["; " if parts else "", f"{word.replace('_', ' ')}: ", Name(column)]
    return tuple(parts) or ("not stated",)


def _scores(results: Results) -> str:
    data = results["data"]
    span = f"{mos_word(results)} from {amount(data['mos_min'])} to {amount(data['mos_max'])}"
    return f"{capital(span)}, {_ORIGIN.get(data['score_origin'], data['score_origin'])}."


def _mapping(results: Results) -> str:
    mapping = results["settings"]["mapping"]
    if mapping == "none":
        return "none: PLCC and RMSE compare the metric's values as they are."
    kind = MAPPINGS.get(mapping, mapping)
    return f"{kind}, fitted to {mos_word(results)} before PLCC and RMSE; PLCC raw uses no mapping."


def protocol_words(results: Results) -> str:
    """Return the protocol in a sentence."""
    settings = results["settings"]
    if settings["protocol"] == "none" or not settings.get("splits"):
        return "none: every metric is evaluated on all its videos."
    text = f"{settings['protocol'].partition(':')[0]}, {counted(settings['splits'], 'split')}"
    if settings.get("source_disjoint"):
        return f"{text}; no source is on both sides of a split."
    if settings.get("source_disjoint") is False:
        return f"{text}; videos of one source may be on both sides of a split."
    return f"{text}."


def _intervals(results: Results) -> str:
    settings = results["settings"]
    if not settings.get("resamples"):
        return "none were computed."
    kind = _INTERVALS.get(settings["interval"], settings["interval"])
    how = ", by a linear approximation" if settings.get("resampling") == "linearised" else ""
    drawn = f"{counted(settings['resamples'], 'resample')} of {_unit(results)}{how}, seed {settings['seed']}"
    return f"{percent(settings['confidence'])}, {kind}, {drawn}."


def _unit(results: Results) -> str:
    """What is resampled: ``105 whole sources``; many are merged at random before."""
    data, label, many = results["data"], results["settings"]["cluster"], results["settings"].get("n_clusters")
    if label == "video":
        return "single videos" if many in (None, data["n"]) else f"{many} random groups of videos"
    total = data.get(f"n_{label}s")
    if many is None or total is None or many == total:
        return f"whole {label}s" if many is None else f"{many} whole {label}s"
    return f"{many} random groups of whole {label}s"
