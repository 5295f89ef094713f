"""What the API shows of a possible match, and takes as its answer. Nothing is said of one about a
household that whoever asks may not know of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from contracts.vocabulary import Verdict
from services.duplication.views import SaidView
from services.kit.db import Row


class ReviewView(BaseModel):
    """A question to a reviewer. ``kind``: "match" (of which household is the assessment) or "link"
    (is the household the same as the candidate). ``why``: of a link, "another_model",
    "one_person" (everybody of one is somebody of the other) or "one_home" (seen at one home, with
    nobody in common); else one assessment saw people of both. ``weight``: of what is asked, in
    bits."""

    id: UUID
    kind: str = "match"
    why: str | None = None
    assessment_id: UUID
    place_id: str
    household_id: UUID
    candidates: tuple[dict[str, Any], ...]
    rule: str
    weight: float | None
    urgency: str
    restricted: bool
    hidden: bool = False
    asked_at: datetime
    due_at: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None
    verdict: Verdict | None = None


class TakenView(BaseModel):
    """Who looks at a review now; nobody where ``taken_by`` is None."""

    review_id: UUID
    taken_by: str | None


class SideView(BaseModel):
    """One side of a possible match; nothing about it where it is hidden from whoever asks."""

    household_id: UUID
    label: str | None = None
    hidden: bool = False
    people: tuple[dict[str, Any], ...] = ()
    address: str | None = None


class SinceView(BaseModel):
    """What was seen since a match was asked about: of somebody under review with this household's
    people, and without any of them. ``people_together``: most of them in one assessment;
    ``says_same``: whether that is enough to say that it is one household. A person decides."""

    household_id: UUID
    people_together: int
    times_together: int
    last_together: datetime | None
    times_without: int
    last_without: datetime | None
    says_same: bool


class ReviewDetailView(ReviewView):
    """A possible match with both sides and the weights of each person's likeliest link. ``since``:
    of an open one, by candidate, what later assessments say; of restricted ones nothing."""

    left: SideView
    right: tuple[SideView, ...]
    detail: dict[str, Any]
    since: tuple[SinceView, ...] = ()


class VerdictBody(BaseModel):
    """A reviewer's answer. ``household_id``: which candidate; the likeliest where left out."""

    verdict: Verdict
    household_id: UUID | None = None


class VerdictView(BaseModel):
    """What came of it: the household that the assessment is of now. In a preview, what would:
    ``retired_household_id``: whose id would redirect; ``cannot_links``: how many would be set;
    ``says``: what other services would be told."""

    review_id: UUID
    verdict: Verdict
    household_id: UUID
    preview: bool = False
    place_id: str | None = None
    retired_household_id: UUID | None = None
    people_linked: int = 0
    cannot_links: int = 0
    says: tuple[SaidView, ...] = ()


def sides_of(row: Row) -> set[UUID]:
    """Every household that a review case is about, by the ids it was asked with and has now."""
    offered = {UUID(c["household_id"]) for c in row["candidates"]}
    return {row["household_id"], row["current_household_id"], *offered}


def review_view(row: Row, hidden: Collection[UUID]) -> ReviewView:
    """A review case of a row of ``find_reviews`` or ``find_review``. ``hidden``: households that
    whoever asks may not know of: nothing is said of a case that is about any of them."""
    covered = not sides_of(row).isdisjoint(hidden)
    return ReviewView(
        id=row["id"],
        kind=row["kind"],
        why=row["why"],
        assessment_id=row["assessment_id"],
        place_id=row["place_id"],
        household_id=row["household_id"],
        candidates=() if covered else tuple(row["candidates"]),
        rule="hidden" if covered else row["rule"],
        weight=None if covered else row["weight"],
        urgency=row["urgency"],
        restricted=bool(row["restrictions"]) or covered,
        hidden=covered,
        asked_at=row["opened_at"],
        due_at=row["due_at"],
        taken_by=row["taken_by"],
        taken_at=row["taken_at"],
        verdict=row["verdict"],
    )
