"""What is wrong with an assessment as an agency sent it: field and rule, never a value. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from contracts.assessments import Address, Identifier, Person, Submission
from services.agencies.agreement import Fault
from services.kit.faults import rule_of

_MOST_FAULTS = 100
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NOT_SAID = re.compile(r"[^a-z0-9]")
BODY = "(body)"
_WITHIN: dict[str, type[BaseModel]] = {
    "people": Person,
    "address": Address,
    "identifiers": Identifier,
}
SHAPES = {
    "reference": "must be 1 to 64 printable characters without spaces or accents",
    "phones": "must be 5 to 24 digits, spaces, +, -, ( or )",
    "emails": "must be one address, name@host",
    "postcode": "must be 2 to 10 letters, digits, spaces or hyphens",
    "would_have_referred_for": "must be 1 to 63 lower-case letters, digits and hyphens",
    "skills": "must be 1 to 63 lower-case letters, digits and hyphens",
    "languages": "must be a language tag, such as pl or zh-Hant",
}
"""The fields that have a pattern, and what it asks for."""


def faults_in(error: ValidationError, prefix: Iterable[str] = ()) -> list[Fault]:
    """Field and rule of each fault, at most 100."""
    found = error.errors(include_url=False, include_input=False)
    # A list whose only item is at fault is called too short as well: that helps nobody.
    inside = {fault["loc"][:depth] for fault in found for depth in range(len(fault["loc"]))}
    found = [f for f in found if f["type"] != "too_short" or f["loc"] not in inside]
    faults = [_fault(each, tuple(prefix)) for each in islice(found, _MOST_FAULTS)]
    if len(found) > _MOST_FAULTS:
        faults.append(Fault(BODY, f"and {len(found) - _MOST_FAULTS} more faults"))
    return faults


def _fault(found: Mapping[str, Any], prefix: tuple[str, ...]) -> Fault:
    if found["type"] == "json_invalid":
        return Fault(BODY, rule_of(found))
    field = ".".join(_part(part) for part in (*prefix, *found["loc"])) or BODY
    return Fault(field, _rule(found))


def _rule(found: Mapping[str, Any]) -> str:
    named = [part for part in found["loc"] if isinstance(part, str)]
    rule = rule_of(found)
    if found["type"] == "string_pattern_mismatch":
        return SHAPES.get(named[-1], rule)
    if found["type"] == "extra_forbidden":
        meant = _meant(named)
        return f"{rule}: did you mean '{meant}'?" if meant else rule
    return rule


def _meant(named: list[str]) -> str | None:
    """The field that an unknown one is likeliest to be: 'dateOfBirth', 'nedes'."""
    *above, name = named
    model = _WITHIN.get(above[-1], Submission) if above else Submission
    fields = {_NOT_SAID.sub("", field): field for field in model.model_fields}
    close = get_close_matches(_NOT_SAID.sub("", name[:80].lower()), fields, n=1, cutoff=0.8)
    return fields[close[0]] if close else None


def _part(part: str | int) -> str:
    return shown_name(part) if isinstance(part, str) else str(part)


def shown_name(name: str) -> str:
    """A field's name. One that is unknown may be anything, so not all are shown."""
    return name if _FIELD.fullmatch(name) else "(unknown)"
