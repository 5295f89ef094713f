"""What an officer decides before a copy is given: free words, and what may bring harm. Pure.

Invariants: a piece is left out unless somebody says to leave it in, where anybody else is in its
assessment or it names somebody else; what says that somebody may not be safe, or that few may know
of a household, always is. Whoever looked decides on what they saw: :func:`fingerprint`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.portal import words
from services.portal.answers_request import Received, Walked
from services.portal.request_gathering import Gathered
from services.portal.words_request import OF_HARM, piece_words

OF_SAFETY = frozenset({"domestic_abuse", "safe_from_abuse_and_exploitation"})
"""Needs that say that somebody may not be safe, as one of a household told of another."""

OF_ONE = frozenset({"mental_and_physical_health", "substance_use", "crime"})
"""Needs of a household that are somebody's: where there are others in it, perhaps one of them's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to decide about. ``id``: the assessment's, or the engagement's, and the field;
    ``what``: in words; ``shared``: it names somebody else, or is somebody else's too; ``keep``:
    what happens unless the officer says otherwise, and ``why``."""

    id: str
    what: str
    text: str
    shared: bool
    keep: bool
    why: str

    @property
    def subject_id(self) -> str:
        return self.id.partition("/")[0]

    @property
    def field(self) -> str:
        return self.id.partition("/")[2]


_ALONE = "Nobody else is in this assessment."
_OTHERS = "There are others in this assessment: read whether it is about one of them."
_SHARED = "It names somebody else of this assessment, or is theirs too."
_HARM = "It may bring somebody harm that this is known: decide by the serious harm test."
_ELSEWHERE = (
    "They have been seen elsewhere since. Others may live there, and may not want them to know."
)
_RESTRICTED = "Whoever asks may be the one from whom the household is kept."


def pieces_of(gathered: Gathered) -> tuple[Piece, ...]:
    """All there is to decide, in the order of the assessments."""
    if gathered.sent is None or gathered.kept is None or gathered.alerts is None:
        return ()
    doors = {route.assessment_id for route in gathered.kept.routes if route.front_door}
    doors |= {a.assessment_id for a in gathered.alerts.alerts if a.kind == "front_door"}
    found: list[Piece] = []
    left = left_since(gathered)
    for one in gathered.sent.assessments:
        found += _of_assessment(one, to_front_door=one.assessment_id in doors)
        if one.address and one.others and one.assessment_id in left:
            found.append(_where(one))
    others = _households_with_others(gathered)
    for engagement in gathered.kept.engagements:
        found += _of_engagement(engagement, has_others=engagement.household_id in others)
    return tuple(found)


def _of_assessment(one: Received, *, to_front_door: bool) -> list[Piece]:
    alone = one.others == 0
    found = [
        _piece(
            one.assessment_id, given.piece, given.text, shared=given.shared,
            keep=alone and not given.shared,
            why=_SHARED if given.shared else _ALONE if alone else _OTHERS,
        )
        for given in one.words
    ]  # fmt: skip
    household = one.household
    needs = [need for need in household.get("needs", ()) if need in OF_SAFETY]
    if needs:
        text = "; ".join(words.NEEDS.get(need) or words.label(need) for need in needs)
        found.append(
            _piece(
                one.assessment_id, "needs_of_safety", text, shared=not alone, keep=alone,
                why=_ALONE if alone else _HARM,
            )
        )  # fmt: skip
    needs = [need for need in household.get("needs", ()) if need in OF_ONE]
    if needs:
        text = "; ".join(words.NEEDS.get(need) or words.label(need) for need in needs)
        found.append(
            _piece(
                one.assessment_id, "needs_of_one", text, shared=False, keep=alone,
                why=_ALONE if alone else _OTHERS,
            )
        )  # fmt: skip
    meant = [*household.get("skills", ()), household.get("would_have_referred_for")]
    if any(meant):
        found.append(
            _piece(
                one.assessment_id, "skills", "; ".join(words.label(m) for m in meant if m),
                shared=False, keep=alone, why=_ALONE if alone else _OTHERS,
            )
        )  # fmt: skip
    if says_harm(one) or to_front_door:
        grounds = [words.HARMS.get(h) or words.label(h) for h in household["significant_harm"]]
        grounds.append("the front door was told" if to_front_door else "it was shared for that")
        found.append(
            _piece(
                one.assessment_id, "significant_harm", "; ".join(grounds), shared=not alone,
                keep=False, why=_HARM,
            )
        )  # fmt: skip
    if household.get("restrictions"):
        text = "; ".join(
            words.RESTRICTIONS.get(r) or words.label(r) for r in household["restrictions"]
        )
        found.append(
            _piece(
                one.assessment_id, "restrictions", text, shared=not alone, keep=False,
                why=_RESTRICTED,
            )
        )  # fmt: skip
    return found


def left_since(gathered: Gathered) -> frozenset[str]:
    """The assessments of households in which the person is no more."""
    stays = {spell.household_id for spell in gathered.matched.households if spell.until is None}
    return frozenset(
        one.assessment_id for one in gathered.matched.records if one.household_id not in stays
    )


def _where(one: Received) -> Piece:
    address = one.address or {}
    parts = [*address.get("lines", ()), address.get("town"), address.get("postcode")]
    text = words.address_in_words(", ".join(part for part in parts if part)) or "An address"
    return _piece(one.assessment_id, "where", text, shared=True, keep=False, why=_ELSEWHERE)


def says_harm(one: Received) -> bool:
    """Whether the assessment says by itself that somebody may not be safe."""
    return bool(
        one.household.get("significant_harm")
        or one.household.get("lawful_basis") in OF_HARM
        or any(statement.names_front_door for statement in one.statements)
    )


def _of_engagement(engagement: Walked, *, has_others: bool) -> list[Piece]:
    if not engagement.end_reason:
        return []
    why = "Others are in this household: read whether it is about one of them."
    return [
        _piece(
            engagement.engagement_id, "end_reason", engagement.end_reason, shared=False,
            keep=not has_others, why=why if has_others else "Nobody else is in this household.",
        )
    ]  # fmt: skip


def _households_with_others(gathered: Gathered) -> set[str]:
    assert gathered.sent is not None
    others = {one.assessment_id for one in gathered.sent.assessments if one.others}
    return {r.household_id for r in gathered.matched.records if r.assessment_id in others}


def _piece(id_: str, field: str, text: str, *, shared: bool, keep: bool, why: str) -> Piece:
    return Piece(f"{id_}/{field}", piece_words(field), text, shared, keep, why)


def chosen(
    pieces: Sequence[Piece], said: Mapping[str, bool]
) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of what stays in, and of what is left out. ``said``: by piece, whether it stays; what
    nothing is said of is as it would be."""
    kept = frozenset(one.id for one in pieces if said.get(one.id, one.keep))
    return kept, frozenset(one.id for one in pieces) - kept


def fingerprint(gathered: Gathered, pieces: Collection[Piece]) -> str:
    """Tells whether anything has come, gone or changed since an officer looked at it."""
    matched = gathered.matched
    parts: list[Any] = [
        matched.person_id,
        *sorted(f"{r.assessment_id} {r.position} {r.household_id}" for r in matched.records),
        *sorted(f"out {one.assessment_id} {one.because}" for one in matched.left_out),
        *sorted(f"asked {one.review_id}" for one in matched.undecided),
        *sorted(f"{one.id} {one.text}" for one in pieces),
    ]
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
