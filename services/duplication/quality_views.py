"""What the API shows of live quality: counts and shares, and nobody."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel

from services.duplication.drift import Compared


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
