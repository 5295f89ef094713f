"""The ``kith`` command: every sub-command belongs to the package that does the work.

A sub-command's package is imported when it is called, so that each starts quickly.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version

import typer

_COMMANDS = {
    "run": (
        "services.local.run:run",
        "Run Kith on this machine: servers, services, a simulated week.",
    ),
    "send": ("services.agencies.send:send", "Send assessments from a file, as an agency."),
    "journeys": ("services.operations.cli:app", "Show what became of assessments."),
    "simulate": ("services.simulator.cli:app", "Make up a borough, and send its assessments."),
    "evaluate": ("services.evaluation.cli:app", "Measure matching on a file with known truth."),
    "blocking": (
        "services.evaluation.blocking_cli:app",
        "Measure what each blocking rule finds and costs.",
    ),
    "train": ("services.evaluation.train_cli:app", "Train a matching model without labels."),
    "rematch": (
        "services.duplication.cli:app",
        "Say what another matching model would change, and do it.",
    ),
    "bench": ("services.bench.cli:app", "Measure rate, delay and memory beside a floor."),
    "bench-matching": (
        "services.bench.matching_cli:app",
        "Measure what a decision costs as the people known grow.",
    ),
    "agency": ("services.agencies.cli:app", "Register agencies and give them credentials."),
    "install": ("services.install.cli:app", "Prepare secrets and servers, as containers need it."),
    "rebuild-log": ("services.install.cli:rebuild", "Fill the log of a broker that lost its data."),
    "access": ("services.keyworkers.cli_access:app", "Say who may know of a restricted household."),
    "retention": (
        "services.keyworkers.cli_retention:app",
        "Say how long records are kept: what is due, held, erased.",
    ),
    "audit": ("services.install.audit_cli:app", "Say whether who looked was tampered with."),
    "subject-access": (
        "services.portal.cli:app",
        "Answer somebody who asks what is held about them.",
    ),
    "place": ("services.keyworkers.cli:app", "Check a place's file, or put it in force."),
}


def _app_at(where: str) -> typer.Typer:
    """The Typer app at ``module:name``, or one made of the function there."""
    module, _, name = where.partition(":")
    found = getattr(import_module(module), name)
    if isinstance(found, typer.Typer):
        return found
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(found)
    return app


def _usage() -> str:
    width = max(map(len, _COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {what}" for name, (_, what) in _COMMANDS.items())
    return (
        "Usage: kith COMMAND [OPTIONS]\n\nOne household, one key worker.\n\n"
        f"Commands:\n{commands}\n\n'kith COMMAND --help' tells the rest."
    )


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the ``kith`` command. Exit codes are each command's own; 2 is wrong usage."""
    name, *rest = arguments if arguments is not None else sys.argv[1:] or ["--help"]
    if name in {"--help", "-h"}:
        print(_usage())
    elif name == "--version":
        print(f"kith {version('kith')}")
    elif name not in _COMMANDS:
        print(f"There is no 'kith {name}'.\n\n{_usage()}", file=sys.stderr)
        sys.exit(2)
    else:
        _app_at(_COMMANDS[name][0])(rest, prog_name=f"kith {name}")
