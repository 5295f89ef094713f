"""The end of a log file, to quote when a server has died."""

from __future__ import annotations

from pathlib import Path


def last_lines(path: Path, count: int = 12) -> str:
    """The last ``count`` lines, indented; or a note that there is nothing."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()[-count:]
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines) or "    (nothing)"
