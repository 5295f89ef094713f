"""The ``kith`` command: every sub-command belongs to the package that does the work."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="kith",
    help="One household, one key worker.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    app()
