"""Answering a person's request: looked at first, decided piece by piece, kept on record, given.

Invariant: no copy leaves that is not on record, or that is of something else than was looked at.
The page and the command line answer by this alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from jinja2 import Environment
from pydantic import ValidationError

from contracts.assessments import Address, Person
from contracts.vocabulary_access import IdentityCheck
from services.portal.forms import Incomplete
from services.portal.request_copy import Copy, make_copy
from services.portal.request_document import Request, document
from services.portal.request_gathering import Gathered, gather, keep
from services.portal.request_pieces import Piece, chosen, fingerprint, pieces_of
from services.portal.sources import Caller

REFERENCE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9/._-]{0,39}")
"""The office's own reference of a request: a number in it, and no name."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a copy would cover, as it is now. ``seen``: what tells whether that has changed."""

    gathered: Gathered
    pieces: tuple[Piece, ...]
    seen: str

    @property
    def waits_for_harm(self) -> bool:
        """Whether it is asked if they are somebody who is alleged to have caused harm."""
        return any(one.alleged for one in self.gathered.matched.undecided)

    @property
    def may_be_made(self) -> bool:
        return self.gathered.sent is not None and not self.waits_for_harm


async def prepare(caller: Caller, person_id: str) -> Prepared:
    """Raises as :func:`gather`."""
    gathered = await gather(caller, person_id)
    pieces = pieces_of(gathered)
    return Prepared(gathered, pieces, fingerprint(gathered, pieces))


async def answer(
    caller: Caller,
    templates: Environment,
    zone: ZoneInfo,
    now: datetime,
    person_id: str,
    *,
    reference: str,
    identity: str,
    said: Mapping[str, bool],
    seen: str | None,
) -> Copy:
    """The copy, on record. ``said``: by piece, whether it stays in; ``seen``: what was looked at,
    None where nobody looked. Raises as :func:`gather`, and :class:`Incomplete` where no copy can be
    made now."""
    faults: dict[str, str] = {}
    if identity not in set(IdentityCheck):
        faults["identity"] = (
            "Say how it was checked who asks: no copy is given to somebody unknown."
        )
    if not REFERENCE.fullmatch(reference):
        faults["request"] = (
            "Give the request’s reference as your office has it, such as SAR-2026-014: letters, "
            "digits and / . _ - alone, with a number in it. It is kept, so never a name."
        )
    if faults:
        raise Incomplete(faults)
    prepared = await prepare(caller, person_id)
    matched = prepared.gathered.matched
    if matched.blocked:
        raise Incomplete(
            "The person is in a restricted household on whose list you are not. Put yourself on it "
            "first, if you are to answer; it is on record."
        )
    if prepared.waits_for_harm:
        raise Incomplete(
            "An open question asks whether they are somebody who is alleged to have caused harm. "
            "Have a reviewer decide it first: until then nobody knows what must not be given."
        )
    if not prepared.may_be_made:
        raise Incomplete("There is no record of this person that a copy from Kith may cover.")
    if seen is not None and seen != prepared.seen:
        raise Incomplete("What Kith holds has changed since you looked. Look at it again.")
    kept, withheld = chosen(prepared.pieces, said)
    request = Request(reference, identity, now)
    copy = make_copy(templates, document(prepared.gathered, request, kept), uuid4(), zone)
    await keep(
        caller,
        {
            "export_id": str(copy.export_id),
            "person_id": matched.person_id,
            "request": reference,
            "identity": identity,
            "assessment_ids": [one.assessment_id for one in matched.records],
            "left_out": [
                {"assessment_id": one.assessment_id, "because": one.because}
                for one in matched.left_out
            ],
            "kept": sorted(kept),
            "withheld": sorted(withheld),
            "undecided": len(matched.undecided),
            "sha256": copy.sha256,
            "bytes": len(copy.content),
        },
    )
    return copy


_FIELDS = {
    "given_name": ("given_name", "First name"),
    "family_name": ("family_name", "Family name"),
    "date_of_birth": ("date_of_birth", "Date of birth"),
    "identifiers": ("number", "The number"),
    "postcode": ("postcode", "Postcode"),
}


def wanted(given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What to look somebody up by, and what is wrong with it: by what was typed, in words that hold
    no value of it.

    ``given``: ``given_name``, ``family_name``, ``date_of_birth``, ``postcode``, ``scheme`` and
    ``number``, as typed.
    """
    typed = {field: value.strip() for field, value in given.items() if value.strip()}
    found: dict[str, Any] = {
        field: typed[field]
        for field in ("given_name", "family_name", "date_of_birth")
        if field in typed
    }
    number = typed.get("number")
    if number:
        scheme = typed.get("scheme", "nhs_number")
        found["identifier"] = {"scheme": scheme, "value": number}
    faults: dict[str, str] = {}
    named = "family_name" in found and ("given_name" in found or "date_of_birth" in found)
    if not (named or number):
        faults["given_name" if "family_name" in found else "family_name"] = (
            "Give a family name with a first name or a date of birth, or a number, or an agency "
            "with its reference."
        )
    person = {k: v for k, v in found.items() if k != "identifier"}
    numbers = [found["identifier"]] if number else []
    for field, rule in _faults(Person, person | {"identifiers": numbers}).items():
        if field or not faults:  # Of nobody at all it is said already what is lacking.
            faults.setdefault(field, rule)
    if "postcode" in typed:
        found["postcode"] = typed["postcode"]
        faults |= _faults(Address, {"postcode": typed["postcode"]})
    return found, faults


def _faults(shape: type[Person] | type[Address], values: dict[str, Any]) -> dict[str, str]:
    try:
        shape.model_validate(values)
    except ValidationError as error:
        found: dict[str, str] = {}
        for fault in error.errors(include_input=False, include_url=False):
            field, what = _FIELDS.get(str(fault["loc"][0]) if fault["loc"] else "", ("", "It"))
            rule = str(fault["msg"]).removeprefix("Value error, ")
            if fault["type"] == "string_pattern_mismatch":
                rule = "write it as on a letter, such as WN1 2AB"
            found.setdefault(field, f"{what}: {rule}.")
        return found
    return {}
