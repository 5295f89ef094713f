"""What the API shows of households and decisions, and of what a change would say. Restricted ones
show no people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from contracts.keyworkers import WorkContact
from services.kit.db import Row

Preview = Annotated[bool, Query(description="Say what would change, and change nothing.")]


class MemberView(BaseModel):
    """Somebody in a household, as they are best known: the spelling given most often, the fullest
    date. ``also_written``, ``also_born``: what was written otherwise."""

    person_id: UUID
    name: str | None
    born: str | None
    relationship: str | None
    also_written: tuple[str, ...] = ()
    also_born: tuple[str, ...] = ()
    since: datetime
    until: datetime | None
    alleged_perpetrator: bool = False


class HouseholdView(BaseModel):
    """A household. ``id`` is the one it has now, which may not be the one asked for.

    ``hidden``: whoever asks may not know of it, so nothing else is said; ``call``: whom they call.
    """

    id: UUID
    place_id: str
    label: str | None
    address: str | None
    provisional: bool
    restricted: bool
    restrictions: tuple[str, ...]
    hidden: bool = False
    call: WorkContact | None = None
    members: tuple[MemberView, ...] = ()
    assessment_ids: tuple[UUID, ...] = ()


class BriefView(BaseModel):
    """What a household is called, for lists. ``id`` is the id asked for.

    ``hidden``: whoever asks may not know of it. A restricted one has no name in a list for anybody.
    """

    id: UUID
    household_id: UUID
    label: str | None
    restricted: bool
    hidden: bool = False


class FieldView(BaseModel):
    """One field's share of a weight, in bits: the level's weight and the adjustment together."""

    field: str
    level: str
    weight: float


class AgainView(BaseModel):
    """What another model decided of an assessment when history was decided again."""

    rule: str
    weight: float | None
    model_version: str
    decided_at: datetime
    detail: dict[str, Any]


class DecisionView(BaseModel):
    """Why an assessment is of its household: the deciding link field by field, then everything.
    ``again``: other models' decisions since, for which it was moved or asked about.
    ``hidden``: whoever asks may not know of the household, so only that it is decided is said.
    """

    id: UUID
    assessment_id: UUID
    household_id: UUID | None
    hidden: bool = False
    decision: str
    rule: str
    weight: float | None
    model_version: str
    decided_at: datetime
    fields: tuple[FieldView, ...]
    detail: dict[str, Any]
    again: tuple[AgainView, ...] = ()


class LinksBody(BaseModel):
    """Which assessments to ask about: up to 5,000."""

    assessment_ids: Annotated[tuple[UUID, ...], Field(max_length=5000)]


class LinksView(BaseModel):
    """Opaque ids only: what an assessment was said to be of at arrival, and is of now. ``asked``:
    pairs of households, as they were then, of which a reviewer is asked because of it whether they
    are one; each pair with the first assessment that connects the two."""

    assessment_id: UUID
    outcome: str
    household_id_at_arrival: UUID
    household_id: UUID
    person_ids: tuple[UUID, ...]
    asked: tuple[tuple[UUID, UUID], ...] = ()


class SaidView(BaseModel):
    """An event that would be sent: opaque ids and routing facts, no personal data."""

    type: str
    event: dict[str, Any]


def one_line(address: dict[str, Any] | None) -> str | None:
    """An address on one line."""
    if not address:
        return None
    parts = [*address.get("lines", ()), address.get("town"), address.get("postcode")]
    return ", ".join(part for part in parts if part) or None


def display_name(person: dict[str, Any]) -> str | None:
    """A person's name as an agency wrote it."""
    return (
        " ".join(part for part in (person.get("given_name"), person.get("family_name")) if part)
        or None
    )


def label(row: Row) -> str | None:
    """What a household is called: its members' family names; nothing where it is restricted."""
    if row["restrictions"]:
        return None
    names = {str(name).strip().title() for name in row["family_names"] if name}
    return " / ".join(sorted(names)[:3]) or None


def deciding_fields(detail: dict[str, Any]) -> tuple[FieldView, ...]:
    """The shares of the strongest person link of a decision."""
    best = [p["best"] for p in detail.get("people", ()) if p.get("best")]
    if not best:
        return ()
    strongest = max(best, key=lambda one: float(one["weight"]))
    return tuple(
        FieldView(
            field=share["comparison"],
            level=share["level"],
            weight=round(share["weight"] + share["adjustment"], 2),
        )
        for share in strongest["fields"]
    )
