"""``ddsr-bench methods``: what there is to upscale with, and what is known of it."""

from __future__ import annotations

import click


@click.group("methods")
def command() -> None:
    """Methods of video super-resolution: list them, read about one."""


@command.command("list")
@click.argument("pattern", default="*")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(pattern: str, as_json: bool) -> None:
    """Print the methods whose names match PATTERN, such as '*vsr*'."""
    from ddsr_bench.cli._methods import listing, listing_json

    click.echo(listing_json(pattern) if as_json else listing(pattern))


@command.command("show")
@click.argument("name")
def show_command(name: str) -> None:
    """Print what is known of a method: its card, its options, its files, what it needs, how it is defined."""
    from ddsr_bench.cli._methods import description

    click.echo(description(name))
