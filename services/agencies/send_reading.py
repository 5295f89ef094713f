"""Reading assessments from a file, one after another, from any byte where one ends.

NDJSON: one assessment a line. CSV: one person a row; the rows of one assessment stand together and
bear its reference. Either way an item knows its line and the byte after it, so that sending can go
on from there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, BinaryIO

import orjson

from contracts.vocabulary import IdentifierScheme
from services.agencies.agreement import Fault
from services.agencies.submissions import Unreadable, read_submission

LIST_SEPARATOR = ";"
_NOT_UTF8 = "is not UTF-8: save the file as 'CSV UTF-8'"
_ONCE = ("reference", "recorded_at", "lawful_basis", "purpose")
_ASSESSMENT_TEXT = (*_ONCE, "good_day", "urgency", "would_have_referred_for")
_ASSESSMENT_LISTS = (
    "needs",
    "strengths",
    "significant_harm",
    "restrictions",
    "languages",
    "skills",
)
_LINES = ("address_line_1", "address_line_2", "address_line_3")
_ADDRESS = ("town", "postcode", "uprn")
_PERSON_TEXT = (
    "given_name",
    "middle_names",
    "family_name",
    "date_of_birth",
    "date_of_birth_as_written",
    "sex",
    "relationship",
)
_PERSON_LISTS = ("previous_family_names", "known_as", "phones", "emails")
_SCHEMES = tuple(s for s in IdentifierScheme if s is not IdentifierScheme.OTHER)
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
ASSESSMENT_COLUMNS = (
    *_ASSESSMENT_TEXT,
    *_ASSESSMENT_LISTS,
    *_LINES,
    *_ADDRESS,
    "no_fixed_abode",
)
PERSON_COLUMNS = (
    "person_reference",
    *_PERSON_TEXT,
    *_PERSON_LISTS,
    *_SCHEMES,
    "other_identifier",
    "alleged_perpetrator",
)


class Unusable(ValueError):
    """The file as a whole cannot be sent. ``str()`` says why and what to do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one line was not accepted: field and rule, never a value."""

    line: int
    reference: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Item:
    """One assessment. ``end``: the byte after it; ``lines``: one, or one per person (CSV)."""

    lines: tuple[int, ...]
    end: int
    json: bytes
    reference: str = ""
    faults: tuple[Fault, ...] = ()
    columns: tuple[tuple[str, ...], ...] = ()
    """CSV: for each person, the columns its identifiers came from."""

    def refusals(self, faults: Iterable[Fault] | None = None) -> list[Refusal]:
        """Each fault at the line, and for CSV in the column, where it is."""
        return [self._place(f) for f in (self.faults if faults is None else faults)]

    def _place(self, fault: Fault) -> Refusal:
        head, _, rest = fault.field.partition(".")
        number, _, part = rest.partition(".")
        if not self.columns or head != "people" or not number.isdigit():
            return Refusal(self.lines[0], self.reference, fault)
        person = int(number)
        name, _, index = part.partition(".")
        if name == "identifiers" and index.split(".")[0].isdigit():
            part = self.columns[person][int(index.split(".")[0])]
        return Refusal(self.lines[person], self.reference, Fault(part or "(row)", fault.rule))


def _checked(item: Item) -> Item:
    try:
        found = read_submission(item.json)
    except Unreadable as error:
        return Item(
            item.lines, item.end, item.json, item.reference, tuple(error.faults), item.columns
        )
    return Item(item.lines, item.end, item.json, found.reference, (), item.columns)


def read_ndjson(file: BinaryIO, offset: int, line: int) -> Iterator[Item]:
    """The assessments after ``offset``, where ``line`` lines end. Empty lines are nothing."""
    file.seek(offset)
    for raw in file:
        line += 1
        offset += len(raw)
        text = raw.removeprefix(b"\xef\xbb\xbf") if line == 1 else raw
        if text.strip():
            yield _checked(Item((line,), offset, text.strip(), _reference(text)))


def _reference(text: bytes) -> str:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    return str(found.get("reference", ""))[:64] if isinstance(found, dict) else ""


@dataclass(slots=True)
class _Lines:
    """Decoded lines for the CSV reader; counts what it has taken."""

    file: BinaryIO
    offset: int
    line: int
    bad: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[str]:
        for raw in self.file:
            self.line += 1
            self.offset += len(raw)
            try:
                yield raw.decode("utf-8-sig" if self.line == 1 else "utf-8")
            except UnicodeDecodeError:
                self.bad.add(self.line)
                yield raw.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    end: int
    cells: dict[str, str]
    fault: str | None


def read_csv(file: BinaryIO, offset: int, line: int) -> Iterator[Item]:
    """The assessments after ``offset``. Raises :class:`Unusable` for wrong column names."""
    file.seek(0)
    lines = _Lines(file, 0, 0)
    header = [name.strip().lower() for name in next(csv.reader(iter(lines)), [])]
    if lines.bad:
        raise Unusable(f"the header {_NOT_UTF8}")
    _check_header(header)
    if offset > lines.offset:
        file.seek(offset)
        lines = _Lines(file, offset, line)
    for _, rows in groupby(_rows(lines, header), key=lambda row: row.cells.get("reference", "")):
        yield _assemble(list(rows))


def _check_header(header: list[str]) -> None:
    known = {*ASSESSMENT_COLUMNS, *PERSON_COLUMNS}
    if unknown := [name for name in header if name not in known]:
        raise Unusable(f"unknown column '{unknown[0]}'. Columns: {', '.join(sorted(known))}")
    if missing := [name for name in _ONCE if name not in header]:
        raise Unusable(f"column '{missing[0]}' is missing")
    if len(set(header)) < len(header):
        raise Unusable("two columns have the same name")


def _rows(lines: _Lines, header: list[str]) -> Iterator[_Row]:
    for values in csv.reader(iter(lines)):
        if not any(value.strip() for value in values):
            continue
        fault = None
        if lines.bad:
            fault = _NOT_UTF8
            lines.bad.clear()
        elif len(values) != len(header):
            fault = f"has {len(values)} cells where the header has {len(header)}"
        filled = {n: v.strip() for n, v in zip(header, values, strict=False) if v.strip()}
        yield _Row(lines.line, lines.offset, filled, fault)


def _assemble(rows: list[_Row]) -> Item:
    first = rows[0].cells
    numbers, end = tuple(row.line for row in rows), rows[-1].end
    reference = first.get("reference", "")[:64]
    for row in rows:
        different = [
            name
            for name in ASSESSMENT_COLUMNS
            if row.cells.get(name, first.get(name)) != first.get(name)
        ]
        rule = row.fault or (different and f"differs from line {rows[0].line} of this assessment")
        if rule:
            fault = Fault("(row)" if row.fault else different[0], rule)
            return Item((row.line,), end, b"", reference, (fault,))
    found: dict[str, Any] = {n: first[n] for n in _ASSESSMENT_TEXT if n in first}
    found |= {name: _list(first[name]) for name in _ASSESSMENT_LISTS if name in first}
    address: dict[str, Any] = {name: first[name] for name in _ADDRESS if name in first}
    if lines := [first[name] for name in _LINES if name in first]:
        address["lines"] = lines
    if address:
        found["address"] = address
    if "no_fixed_abode" in first:
        found["no_fixed_abode"] = _yes_no(first["no_fixed_abode"])
    people = [_person(row.cells) for row in rows]
    found["people"] = [person for person, _ in people]
    columns = tuple(columns for _, columns in people)
    return _checked(Item(numbers, end, orjson.dumps(found), reference, (), columns))


def _person(cells: dict[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    person: dict[str, Any] = {name: cells[name] for name in _PERSON_TEXT if name in cells}
    person |= {name: _list(cells[name]) for name in _PERSON_LISTS if name in cells}
    if "person_reference" in cells:
        person["reference"] = cells["person_reference"]
    if "alleged_perpetrator" in cells:
        person["alleged_perpetrator"] = _yes_no(cells["alleged_perpetrator"])
    columns = [str(scheme) for scheme in _SCHEMES if scheme in cells]
    identifiers = [{"scheme": name, "value": cells[name]} for name in columns]
    if "other_identifier" in cells:
        columns.append("other_identifier")
        identifiers.append({"scheme": IdentifierScheme.OTHER, "value": cells["other_identifier"]})
    if identifiers:
        person["identifiers"] = identifiers
    return person, tuple(columns)


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(LIST_SEPARATOR) if part.strip()]


def _yes_no(cell: str) -> bool | str:
    return _YES_NO.get(cell.lower(), cell)
