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

_HEADER = ("line", "reference", "field", "rule")
_CHUNK = 1024 * 1024


@dataclass(slots=True)
class Place:
    """How far sending has come: ``offset`` bytes and ``line`` lines are settled. ``sha256``: of
    those bytes, so that a file somebody has since corrected is known to be another."""

    url: str
    sha256: str = hashlib.sha256().hexdigest()
    offset: int = 0
    line: int = 0
    sent: int = 0
    refused: int = 0


class Beginning:
    """The digest of a file's first bytes, ever more of them: each is read once."""

    def __init__(self, file: Path) -> None:
        self._stream = file.open("rb")
        self._hash = hashlib.sha256()
        self._read = 0

    def digest(self, offset: int) -> str:
        """Of all bytes before ``offset``, which never comes before the last one asked for."""
        while wanted := min(offset - self._read, _CHUNK):
            chunk = self._stream.read(wanted)
            if not chunk:
                break
            self._hash.update(chunk)
            self._read += len(chunk)
        return self._hash.hexdigest()

    def close(self) -> None:
        self._stream.close()


def load_place(file: Path, state: Path, url: str) -> tuple[Place, bool]:
    """The place to go on from, and whether there was another before: of a file that has changed,
    or for another service. Then it is the start.

    A file that has only grown goes on where it was.
    """
    try:
        kept = Place(**json.loads(state.read_text("utf-8")))
    except FileNotFoundError:
        return Place(url), False
    except (ValueError, TypeError):
        return Place(url), True
    beginning = Beginning(file)
    try:
        if kept.url == url and beginning.digest(kept.offset) == kept.sha256:
            return kept, False
    finally:
        beginning.close()
    return Place(url), True


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
