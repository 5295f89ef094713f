"""``python -m services.local.clean [folder]``: forget a run's data, unless it is running."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from services.local.errors import CannotRun
from services.local.folder import locked


def clean(folder: Path) -> None:
    """Remove the run folder. Raises :class:`CannotRun` while a run has it."""
    if folder.exists():
        with locked(folder):
            shutil.rmtree(folder)


if __name__ == "__main__":
    try:
        clean(Path(sys.argv[1] if len(sys.argv) > 1 else ".kith/run").resolve())
    except CannotRun as error:
        sys.exit(f"✗ {error}")
