"""``ddsr-bench weights``: the checkpoints of methods, brought into the user's cache, checked and found again."""

from __future__ import annotations

from pathlib import Path

import click

_scale = click.option("--scale", type=click.IntRange(1, 16), help="For which scale, where there are several files.")


@click.group("weights")
def command() -> None:
    """Checkpoints of methods: list them, fetch them, add your own, check them.

    Files lie in the user's cache, or under $DDSR_BENCH_HOME. $DDSR_BENCH_MIRROR is an https address that is asked
    first, for <mirror>/<method>/<file>; $DDSR_BENCH_OFFLINE=1 keeps off the network; $HTTPS_PROXY is honoured.
    """


@command.command("list")
@click.argument("pattern", default="*")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(pattern: str, as_json: bool) -> None:
    """Print the files of methods whose names match PATTERN: what is stored, and how the others are got."""
    from ddsr_bench.cli._weights import listing, listing_json

    click.echo(listing_json(pattern) if as_json else listing(pattern))


@command.command("fetch")
@click.argument("methods", nargs=-1, required=True, metavar="METHOD...")
@click.option("--trust", is_flag=True, help="Take files of which no hash is published; what was seen is kept.")
@click.pass_context
def fetch_command(ctx: click.Context, methods: tuple[str, ...], trust: bool) -> None:
    """Download the files of methods and check them; broken downloads go on where they stopped.

    METHOD may be a pattern such as 'basicvsr*', which leaves out what is got by hand. A file that cannot be had is
    told at the end, with exit code 1; the others are fetched.
    """
    from ddsr_bench.cli._weights import fetch

    ctx.exit(fetch(methods, trust=trust))


@command.command("add")
@click.argument("method")
@click.argument("file", type=click.Path(path_type=Path))
@_scale
@click.option("--role", help="What the method takes it for, see: methods show METHOD.  [default: main]")
@click.option("--trust", is_flag=True, help="Take it on your word, where no hash is published or it is another file.")
def add_command(method: str, file: Path, scale: int | None, role: str | None, trust: bool) -> None:
    """Take in a FILE that was downloaded by hand, after its hash was checked."""
    from ddsr_bench.cli._weights import add

    click.echo(add(method, file, scale=scale, role=role, trust=trust))


@command.command("verify")
@click.argument("methods", nargs=-1, metavar="[METHOD]...")
@click.pass_context
def verify_command(ctx: click.Context, methods: tuple[str, ...]) -> None:
    """Read all stored files anew, or those of METHODs, and compare their hashes; exit code 1 if one has changed."""
    from ddsr_bench.cli._weights import verify

    ctx.exit(verify(methods))


@command.command("path")
@click.argument("method")
@_scale
@click.option("--role", default="main", show_default=True, help="Which file, see: methods show METHOD.")
def path_command(method: str, scale: int | None, role: str) -> None:
    """Print where the stored file of a method is."""
    from ddsr_bench.cli._weights import stored_file

    click.echo(stored_file(method, scale, role))
