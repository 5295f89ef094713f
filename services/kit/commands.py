"""Groups of commands of ``kith``."""

from __future__ import annotations

import typer


def command_group(name: str, about: str) -> typer.Typer:
    """An empty group, which says what it is for when it is called alone. It installs no completion,
    which would complete nothing, and an error shows no values of variables: they may be personal.
    """
    return typer.Typer(
        name=name,
        help=about,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
