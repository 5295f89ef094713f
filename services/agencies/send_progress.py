"""Where sending a file has come to, kept beside it, and what was refused.

The place is written after what came before it is settled, so that starting again repeats at most
one batch, which the service knows to be the same assessments.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from services.agencies.send_reading import Refusal

_HEAD = 64 * 1024
_HEADER = ("line", "reference", "field", "rule")


@dataclass(slots=True)
class Place:
    """How far sending has come: ``offset`` bytes and ``line`` lines are settled."""

    url: str
    head_bytes: int
    head_sha256: str
    offset: int = 0
    line: int = 0
    sent: int = 0
    refused: int = 0


def _digest(file: Path, size: int) -> str:
    with file.open("rb") as stream:
        return hashlib.sha256(stream.read(size)).hexdigest()


def load_place(file: Path, state: Path, url: str) -> Place:
    """The place to go on from; the start where the file or the service is another.

    Only the beginning of the file is compared, so a file that has grown goes on where it was.
    """
    size = file.stat().st_size
    try:
        kept = Place(**json.loads(state.read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        kept = None
    if (
        kept is not None
        and kept.url == url
        and kept.offset <= size
        and kept.head_sha256 == _digest(file, kept.head_bytes)
    ):
        return kept
    head = min(size, _HEAD)
    return Place(url, head, _digest(file, head))


def save_place(state: Path, place: Place) -> None:
    """Replace the kept place in one step."""
    beside = state.with_name(state.name + ".new")
    beside.write_text(json.dumps(asdict(place)) + "\n", "utf-8")
    beside.replace(state)


class Rejects:
    """The report of refused lines: CSV of line, reference, field and rule."""

    def __init__(self, file: Path, up_to_line: int) -> None:
        """Go on with the report of an earlier run up to that line; drop what is repeated."""
        kept = []
        if up_to_line and file.exists():
            with file.open(newline="", encoding="utf-8") as old:
                kept = [row for row in list(csv.reader(old))[1:] if int(row[0]) <= up_to_line]
        self._stream = file.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._stream)
        self._writer.writerows([_HEADER, *kept])
        self._stream.flush()

    def write(self, refusals: Iterable[Refusal]) -> None:
        """Add lines, on disk when this returns."""
        self._writer.writerows((r.line, r.reference, r.fault.field, r.fault.rule) for r in refusals)
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()
