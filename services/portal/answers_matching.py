"""What the portal reads of matching: households, decisions, reviews and how well it does."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from services.portal.answers import Answer, Contact


class Member(Answer):
    """Somebody in a household as they are best known, since when, and until when if they have
    left. ``also_written``, ``also_born``: what agencies wrote otherwise."""

    person_id: str = ""
    name: str | None = None
    also_written: tuple[str, ...] = ()
    also_born: tuple[str, ...] = ()
    relationship: str | None = None
    born: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    alleged_perpetrator: bool = False


class Household(Answer):
    """A household: who is in it and which assessments are of it. ``label``: family names.

    ``hidden``: the visitor may not know of it, and nothing is said but whom to ``call``.
    """

    id: str
    label: str | None = None
    address: str | None = None
    provisional: bool = False
    restricted: bool = False
    restrictions: tuple[str, ...] = ()
    hidden: bool = False
    call: Contact | None = None
    members: tuple[Member, ...] = ()
    assessment_ids: tuple[str, ...] = ()


class Compared(Answer):
    """One field of two records, and what its agreement weighs, in bits."""

    field: str
    level: str = ""
    weight: float = 0.0


class Again(Answer):
    """What another model decided of an assessment when history was decided again."""

    rule: str = ""
    weight: float | None = None
    model_version: str = ""
    decided_at: AwareDatetime | None = None
    detail: dict[str, Any] = Field(default_factory=dict)


class Decision(Answer):
    """Why an assessment is of its household. ``weight``: log2 odds, in bits; ``again``: what other
    models made of it since, the latest first. ``hidden``: the visitor may not know of the
    household."""

    again: tuple[Again, ...] = ()

    assessment_id: str
    hidden: bool = False
    household_id: str | None = None
    decision: str = ""
    rule: str = ""
    weight: float | None = None
    model_version: str = ""
    decided_at: AwareDatetime | None = None
    fields: tuple[Compared, ...] = ()
    detail: dict[str, Any] = Field(default_factory=dict)


class Answered(Answer):
    """Answers to reviews whose likeliest candidate weighed from ``weight`` up to five bits more."""

    weight: int
    same: int = 0
    different: int = 0
    cannot_tell: int = 0


class Recent(Answer):
    """A share this week and in the weeks before, and whether it drifted."""

    share: float | None = None
    of_all: int = 0
    share_before: float | None = None
    of_all_before: int = 0
    drifted: bool = False


class Agreement(Answer):
    """How often reviewers' answers are what the weight leans to. ``share``: of those decided."""

    agreed: int = 0
    differed: int = 0
    cannot_tell: int = 0
    share: float | None = None
    recent: Recent = Recent()
    by_weight: tuple[Answered, ...] = ()


class Completeness(Recent):
    """What share of what an agency sent carried a field."""

    agency_id: str
    field: str


class Quality(Answer):
    """How well matching does. ``weights``: decisions by weight, in steps of five bits;
    ``completeness``: what drifted first, by ``drift_rule``."""

    agreement: Agreement = Agreement()
    proposed_links: Agreement = Agreement()
    completeness: tuple[Completeness, ...] = ()
    drift_rule: str = ""

    decisions: int = 0
    outcomes: dict[str, int] = Field(default_factory=dict)
    verdicts: dict[str, int] = Field(default_factory=dict)
    reviews_open: int = 0
    not_this_household: int = 0
    not_this_household_per_thousand: float | None = None
    weights: dict[str, int] = Field(default_factory=dict)


class Side(Answer):
    """One side of a possible match. ``people``: as an agency or the household has them."""

    household_id: str
    label: str | None = None
    hidden: bool = False
    people: tuple[dict[str, Any], ...] = ()
    address: str | None = None


class Review(Answer):
    """A possible match, or link of two households, that a person must look at."""

    id: str
    kind: str = "match"
    why: str | None = None
    rule: str = ""
    assessment_id: str
    weight: float | None = None
    urgency: str = "routine"
    restricted: bool = False
    hidden: bool = False
    asked_at: AwareDatetime
    due_at: AwareDatetime
    verdict: str | None = None
    taken_by: str | None = None


class Since(Answer):
    """What was seen since it was asked: with the household's people, and without any of them."""

    household_id: str
    people_together: int
    times_together: int
    last_together: AwareDatetime | None = None
    times_without: int
    last_without: AwareDatetime | None = None
    says_same: bool


class ReviewDetail(Review):
    """Both sides of it: the assessment's, and each household it may be."""

    left: Side
    right: tuple[Side, ...] = ()
    detail: dict[str, Any] = Field(default_factory=dict)
    since: tuple[Since, ...] = ()
