"""``python -m services.local``: the same as ``kith run``."""

from __future__ import annotations

import typer

from services.local.run import run

if __name__ == "__main__":
    typer.run(run)
