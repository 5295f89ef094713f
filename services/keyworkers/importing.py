"""Key workers from a spreadsheet's CSV into a place file. Pure.

A row is one key worker. Who is in the place already is changed, and keeps what the CSV has no
column for, such as leave; who is not in the CSV stays as they are, or is said to have left.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from services.keyworkers.place import InvalidPlace, KeyWorker

NEEDED = ("name", "team", "phone", "email")
LISTS = ("working_days", "languages", "skills")
COLUMNS = ("id", *NEEDED, "sign_in", *LISTS, "caseload_limit", "left_on")


@dataclass(frozen=True, slots=True)
class Imported:
    """``document``: the place file with the key workers in it. The rest are ids."""

    document: dict[str, Any]
    new: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By id, the fields that differ."""
    left: tuple[str, ...] = ()
    unchanged: int = 0


def import_key_workers(
    document: Mapping[str, Any], text: str, others_left_on: date | None = None
) -> Imported:
    """The place file with the CSV's key workers. Raises :class:`InvalidPlace` line by line.

    ``others_left_on``: the last day of everybody who is not in the CSV and has not left before.
    """
    rows = _read(text)
    before = {worker["id"]: worker for worker in document.get("key_workers", ())}
    after: dict[str, dict[str, Any]] = dict(before)
    new: list[str] = []
    changed: dict[str, tuple[str, ...]] = {}
    for worker in rows:
        old = before.get(worker["id"])
        merged = {**(old or {}), **worker}
        after[worker["id"]] = {k: v for k, v in merged.items() if v not in (None, [], ())}
        if old is None:
            new.append(worker["id"])
        elif differing := tuple(
            k for k in sorted(worker) if worker[k] != old.get(k, [] if k in LISTS else None)
        ):
            changed[worker["id"]] = differing
    left: list[str] = []
    if others_left_on is not None:
        for id_ in sorted(before.keys() - {worker["id"] for worker in rows}):
            if "left_on" not in before[id_]:
                after[id_] = before[id_] | {"left_on": others_left_on.isoformat()}
                left.append(id_)
    untouched = len(after) - len(new) - len(changed) - len(left)
    found = {**document, "key_workers": list(after.values())}
    return Imported(found, tuple(new), changed, tuple(left), untouched)


def _read(text: str) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    faults: list[str] = []
    found: dict[str, dict[str, Any]] = {}
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _take(found, dict(zip(header, cells, strict=False)), reader.line_num, faults)
    except csv.Error as error:
        raise InvalidPlace([f"line {reader.line_num}: this is not CSV: {error}"]) from None
    if faults:
        raise InvalidPlace(faults)
    if not found:
        raise InvalidPlace(["the CSV has no key worker"])
    return list(found.values())


def _check_header(header: list[str]) -> None:
    faults = [f"the column {name} is missing" for name in NEEDED if name not in header]
    faults += [
        f"there is no column {name!r}: there are {', '.join(COLUMNS)}"
        for name in header
        if name not in COLUMNS
    ]
    faults += [f"the column {n} is there twice" for n in COLUMNS if header.count(n) > 1]
    if faults:
        raise InvalidPlace(faults)


def _take(
    found: dict[str, dict[str, Any]], cells: Mapping[str, str], line: int, faults: list[str]
) -> None:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        value = cell.strip()
        row[name] = _list(value) if name in LISTS else value or None
    row["id"] = row.get("id") or _slug(str(row.get("name") or ""))
    if row.get("caseload_limit") is not None and str(row["caseload_limit"]).isdigit():
        row["caseload_limit"] = int(row["caseload_limit"])
    if not row.get("working_days"):
        row.pop("working_days", None)
    given = {k: v for k, v in row.items() if v is not None}
    try:
        KeyWorker.model_validate(given)
    except ValidationError as error:
        faults += [
            f"line {line}, {'.'.join(map(str, fault['loc'])) or 'row'}: {fault['msg']}"
            for fault in error.errors()
        ]
        return
    if row["id"] in found:
        faults.append(
            f"line {line}: {row['id']} is there twice: give two of one name an id of their own"
        )
    found[row["id"]] = row


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def told(imported: Imported) -> Iterable[str]:
    """What an import did, for people."""
    yield (
        f"{len(imported.new)} new, {len(imported.changed)} changed, {len(imported.left)} left,"
        f" {imported.unchanged} as they were."
    )
    yield from (f"  new: {id_}" for id_ in imported.new)
    yield from (f"  {id_}: {', '.join(fields)}" for id_, fields in imported.changed.items())
    yield from (f"  left: {id_}" for id_ in imported.left)
