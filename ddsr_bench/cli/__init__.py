"""The command line: one file per command, each found by its name when it is asked for."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from typing import Any

import click

from ddsr_bench import __version__
from ddsr_bench.errors import DdsrError

# Like those whose names begin with an underscore.
_NOT_COMMANDS = frozenset({"progress", "tables"})


class _LazyGroup(click.Group):
    """Commands are modules of this package that hold ``command``; only the one that runs is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = {item.name for item in pkgutil.iter_modules(__path__)} - _NOT_COMMANDS
        return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"ddsr_bench.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        warnings.formatwarning = _one_line_warning
        try:
            return super().invoke(ctx)
        except DdsrError as error:
            raise _OneLine(str(error)) from error


def _one_line_warning(message: Warning | str, *_: Any, **__: Any) -> str:
    return f"Warning: {message}\n"


class _OneLine(click.ClickException):
    """A user's mistake: one line on stderr, exit code 1, whatever bytes a file name holds."""

    def show(self, file: Any = None) -> None:
        text = self.message.encode("utf-8", "backslashreplace").decode("utf-8")
        click.echo(f"Error: {text}", err=True)


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="ddsr-bench")
def main() -> None:
    """Realistic low-resolution video, quality scores and fair comparisons for real-world video super-resolution."""


if __name__ == "__main__":
    sys.exit(main())
