"""``python -m services.dashboards``: write the dashboards and rules, or ``--check`` them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.dashboards.writing import files

_ROOT = Path(__file__).parents[2]


def write(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 on drift.")] = False,
) -> None:
    """Write deploy/grafana/dashboards and deploy/prometheus/rules."""
    drifted = [
        name
        for name, text in files().items()
        if not (_ROOT / name).is_file() or (_ROOT / name).read_text("utf-8") != text
    ]
    for name in drifted:
        typer.echo(f"{'differs from the code' if check else 'written'}: {name}")
        if not check:
            (_ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (_ROOT / name).write_text(files()[name], "utf-8")
    raise typer.Exit(1 if check and drifted else 0)


if __name__ == "__main__":
    typer.run(write)
