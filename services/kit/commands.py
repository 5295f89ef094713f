"""Groups of commands of ``kith``, and the credential with which they call services."""

from __future__ import annotations

import json
import os
from pathlib import Path

import typer

from services.kit.settings import from_file


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


class NoCredential(Exception):
    """There is none. ``str()``: what to do."""


def service_token(folder: Path) -> str:
    """The credential of Kith's services: of ``KITH_SERVICE_TOKEN``, the file that
    ``KITH_SERVICE_TOKEN_FILE`` names or, beside a local run, in its ``folder``."""
    if token := os.environ.get("KITH_SERVICE_TOKEN") or from_file("KITH_SERVICE_TOKEN"):
        return token
    try:
        return (folder / "service-token").read_text("utf-8").strip()
    except OSError:
        pass
    try:
        kept = json.loads((folder / "secrets.json").read_text("utf-8"))
        return str(kept["service_token"])
    except (OSError, ValueError, KeyError):
        raise NoCredential(
            f"There is no credential: set KITH_SERVICE_TOKEN, or run this beside {folder}."
        ) from None
