"""Measure every network against the official one and write the table into README.md.

python reports/vsr-parity/parity.py [FOLDER]    FOLDER of reference files, by default tests/goldens (then README.md is
written; of any other folder the table is only printed). One to two minutes of one core.
"""

import sys
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr import parity
from ddsr_bench.vsr.official import OFFICIAL

HERE = Path(__file__).parent
GOLDENS = HERE.parents[1] / "tests" / "goldens"
BEGIN, END = "<!-- table: written by parity.py -->", "<!-- end of table -->"
HEAD = (
    "| network | official class | parameters | tensors | array | case | largest error | allowed | verdict |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
# Networks that are no methods.
METRICS = {"fastvqa_b": "a metric: `tests/quality/fast_vqa`"}


def rows(path: Path) -> list[str]:
    """The table's lines for one reference file; one line if its network cannot be built."""
    reference = parity.read_reference(path)
    meta = reference.meta
    name, repository = reference.official
    tensors = len(meta["state_dict_keys_in_order"])
    start = f"| {meta['method']} | {name} ({repository}) | {meta['n_parameters']:,} | {tensors} |"
    if reference.official not in OFFICIAL:
        return [f"{start} | | | | {METRICS.get(meta['method'], 'not built here')} |"]
    try:
        return [
            f"{start} {one.array} | {one.case} | {one.error:.1e} | {one.tolerance:.1e} | {verdict(one)} |"
            for one in parity.measured(reference)
        ]
    except DdsrError as error:
        return [f"{start} | | | | **no: {error}** |"]


def verdict(one: parity.Difference) -> str:
    """In a word."""
    return "equal" if one.fits else "**differs**"


def main() -> int:
    """Print the table, write it for our own files, and return how many lines tell of a difference."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDENS
    lines = [line for path in parity.reference_files(folder) for line in rows(path)]
    table = "\n".join([HEAD, *lines])
    print(table)
    if folder == GOLDENS:
        readme = HERE / "README.md"
        before, rest = readme.read_text("utf-8").split(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}", "utf-8")
    return sum("**" in line for line in lines)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
