"""Files of assessments with known truth, one JSON object a line, made into submissions.

Two forms: of linkage data (``assessment_id``, ``agency``, ``people``, each with a ``record_id``),
and what agencies send (``submission``, as ``kith simulate`` writes it; a person's record is their
``reference``). Of the first only the form changes: what does not fit the contract (a date that is
no date, a malformed e-mail) goes where the contract has room for it or is left out; nothing is
corrected.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

from pydantic import TypeAdapter, ValidationError

from contracts.assessments import Address, Identifier, PartialDate, Person, Submission
from contracts.vocabulary import IdentifierScheme, LawfulBasis, Purpose, Sex

_SEXES = {"f": Sex.FEMALE, "female": Sex.FEMALE, "m": Sex.MALE, "male": Sex.MALE}
_DATE = TypeAdapter(PartialDate)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_POSTCODE = re.compile(r"[A-Za-z0-9 \-]{2,10}")
_PHONE = re.compile(r"[0-9+() \-]{5,24}")

MOST_PEOPLE = 20
"""The contract's limit for one assessment; a larger one (a hostel) is sent in parts."""


@dataclass(frozen=True, slots=True)
class Line:
    """One assessment of a file, or a part of a large one, which has the same ``assessment_id``.

    ``record_ids``: the ids that the truth knows its people by."""

    assessment_id: str
    agency: str
    record_ids: tuple[str, ...]
    submission: Submission


def open_text(path: Path) -> TextIO:
    """A text file, gzipped or not."""
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8", newline=""))
    return path.open(encoding="utf-8", newline="")


def read_lines(path: Path, now: datetime, withhold: frozenset[str] = frozenset()) -> Iterator[Line]:
    """The assessments of a file in arrival order, with the fields in ``withhold`` taken out.

    ``now``: no assessment is recorded later than this, because Kith takes none from the future.
    Raises ``ValueError`` that names the line which is of neither form.
    """
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield from _lines(json.loads(line), now, withhold)
                except (ValueError, LookupError, TypeError, AttributeError) as error:
                    raise ValueError(f"{path}, line {number}: {_fault(error)}.") from None


def _fault(error: Exception) -> str:
    """What is wrong with a line, without the values in it."""
    match error:
        case json.JSONDecodeError():
            return "not a JSON object"
        case ValidationError():
            first = error.errors(include_input=False, include_url=False)[0]
            return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        case KeyError():
            return f"{error.args[0]} is missing"
        case _:
            return "neither an assessment of linkage data nor a submission"


def _lines(raw: dict[str, Any], now: datetime, withhold: frozenset[str]) -> Iterator[Line]:
    if "submission" in raw:
        yield _submitted(raw, withhold)
        return
    people = raw["people"]
    for part, start in enumerate(range(0, len(people), MOST_PEOPLE)):
        yield to_line(raw, people[start : start + MOST_PEOPLE], now, part, withhold)


def _submitted(raw: dict[str, Any], withhold: frozenset[str]) -> Line:
    """A submission as an agency sends it. Who a person is, is known by their ``reference``."""
    body = dict(raw["submission"])
    body["people"] = [
        {k: v for k, v in person.items() if k not in withhold} for person in body["people"]
    ]
    if "address" in withhold:
        body.pop("address", None)
    submission = Submission.model_validate(body)
    records = tuple(
        person.reference or f"{submission.reference}.{place}"
        for place, person in enumerate(submission.people, start=1)
    )
    return Line(submission.reference, str(raw.get("agency_id") or "agency"), records, submission)


def to_line(
    raw: dict[str, Any],
    members: list[dict[str, Any]],
    now: datetime,
    part: int = 0,
    withhold: frozenset[str] = frozenset(),
) -> Line:
    """Some people of one assessment of the file's form as a submission."""
    people = [{k: v for k, v in p.items() if k not in withhold} for p in members]
    recorded = raw.get("recorded_at")
    reference = re.sub(r"[^\x21-\x7e]", "-", str(raw["assessment_id"]))[:56]
    submission = Submission(
        reference=f"{reference}.{part + 1}" if part else reference,
        recorded_at=min(_instant(recorded), now),
        people=tuple(_person(person) for person in people),
        address=None if "address" in withhold else _address(raw.get("address") or {}),
        lawful_basis=LawfulBasis.CHILDREN_ACT_2004_S10,
        purpose=Purpose.EARLY_HELP,
    )
    ids = tuple(str(person["record_id"]) for person in members)
    return Line(str(raw["assessment_id"]), str(raw.get("agency") or "agency"), ids, submission)


def _instant(text: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime(2020, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _text(value: Any, most: int) -> str | None:
    text = str(value).replace("\x00", "").strip() if value is not None else ""
    return text[:most] or None


def _middle(raw: dict[str, Any]) -> str | None:
    """Middle names: as given, or what the full name has between the first and the family name."""
    middle = raw.get("middle_name") or raw.get("middle_names")
    if middle:
        return _text(middle, 100)
    full = str(raw.get("full_name") or "").split()
    given, family = str(raw.get("given_name") or ""), str(raw.get("family_name") or "")
    if len(full) > 2 and full[0] == given and full[-1] == family:
        return _text(" ".join(full[1:-1]), 100)
    return None


def _person(raw: dict[str, Any]) -> Person:
    written = _text(raw.get("date_of_birth"), 40)
    born = None
    if written:
        try:
            born = _DATE.validate_python(written)
        except ValidationError:
            born = None
    identifier = _text(raw.get("national_id"), 40)
    email = _text(raw.get("email"), 255)
    phone = _text(raw.get("phone"), 24)
    given = _text(raw.get("given_name"), 100)
    family = _text(raw.get("family_name"), 100)
    return Person(
        reference=None,
        given_name=given if given or family or written or identifier else "unknown",
        middle_names=_middle(raw),
        family_name=family,
        date_of_birth=born,
        date_of_birth_as_written=written if written and born is None else None,
        sex=_SEXES.get(str(raw.get("sex") or "").casefold(), Sex.UNKNOWN),
        identifiers=(
            (Identifier(scheme=IdentifierScheme.OTHER, value=identifier),) if identifier else ()
        ),
        emails=(email,) if email and _EMAIL.fullmatch(email) else (),
        phones=(phone,) if phone and _PHONE.fullmatch(phone) else (),
    )


def _address(raw: dict[str, Any]) -> Address | None:
    lines = tuple(text for line in raw.get("lines") or () if (text := _text(line, 120)))[:5]
    town = _text(raw.get("town"), 60)
    postcode = _text(raw.get("postcode"), 10)
    if postcode and not _POSTCODE.fullmatch(postcode):
        postcode = None
    if not (lines or town or postcode):
        return None
    return Address(lines=lines, town=town, postcode=postcode)
