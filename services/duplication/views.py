"""What the API shows of households, decisions and reviews. Restricted ones show no people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from contracts.keyworkers import WorkContact
from contracts.vocabulary import Verdict
from services.duplication.drift import Compared
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


class ReviewView(BaseModel):
    """A question to a reviewer. ``kind``: "match" (of which household is the assessment) or "link"
    (is the household the same as the candidate). ``why``: of a link, "another_model" or
    "one_person" (everybody of one is somebody of the other); else one assessment saw people of
    both. ``weight``: of what is asked, in bits."""

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


class AnsweredView(BaseModel):
    """Answers to reviews whose likeliest candidate weighed from ``weight`` up to five bits more."""

    weight: int
    same: int
    different: int
    cannot_tell: int


class RecentView(BaseModel):
    """A share in the last seven days, today included, and in the 28 days before them."""

    share: float | None
    of_all: int
    share_before: float | None
    of_all_before: int
    drifted: bool

    @classmethod
    def of(cls, compared: Compared, **more: Any) -> Self:
        """``more``: what a view of a kind of its own says besides."""
        shares = {"share": compared.share, "share_before": compared.share_before}
        return cls(
            **{name: None if share is None else round(share, 4) for name, share in shares.items()},
            of_all=compared.of_all,
            of_all_before=compared.of_all_before,
            drifted=compared.drifted,
            **more,
        )


class AgreementView(BaseModel):
    """How often reviewers' answers are what the weight leans to: "same" from even odds (0 bits) up,
    "different" below. ``share``: of those that were decided; ``recent``: of those decided lately,
    whether it drifted by ``drift_rule``."""

    agreed: int
    differed: int
    cannot_tell: int
    share: float | None
    recent: RecentView
    by_weight: tuple[AnsweredView, ...]


class CompletenessView(RecentView):
    """What share of an agency's people (of its assessments for ``postcode`` and ``uprn``) carried a
    field."""

    agency_id: str
    field: str


class QualityView(BaseModel):
    """Live quality. ``verdicts``: reviews by verdict;
    ``not_this_household_per_thousand``: of decisions that matched; ``weights``: decisions by
    weight, in steps of five bits; ``agreement``: of possible matches, ``proposed_links`` of links;
    ``completeness``: what drifted first, by ``drift_rule``."""

    decisions: int
    outcomes: dict[str, int]
    verdicts: dict[str, int]
    reviews_open: int
    not_this_household: int
    not_this_household_per_thousand: float | None
    weights: dict[str, int]
    agreement: AgreementView
    proposed_links: AgreementView
    completeness: tuple[CompletenessView, ...]
    drift_rule: str


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


class SaidView(BaseModel):
    """An event that would be sent: opaque ids and routing facts, no personal data."""

    type: str
    event: dict[str, Any]


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
