"""One assessment in the copy for the person: their part of it, and what became of it. Pure.

Invariant: what follows from a piece that is left out goes with it: the law that names it, how soon
somebody was asked for, that the front door was told.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.portal import words, words_matching
from services.portal import words_request as said
from services.portal.answers_request import Alerted, Became, Decided, Received
from services.portal.request_pieces import OF_ONE, OF_SAFETY, says_harm

_OWN = (
    "reference", "given_name", "middle_names", "family_name", "previous_family_names", "known_as",
    "date_of_birth", "date_of_birth_as_written", "sex", "identifiers", "phones", "emails",
    "relationship",
)  # fmt: skip


def assessment(
    one: Received,
    kept: Collection[str],
    withheld: Collection[str],
    where: str | None,
    decided: Decided | None,
    became: Became | None,
    alerts: list[Alerted],
) -> dict[str, Any]:
    """``kept``: the pieces that an officer left in; ``withheld``: what reaches somebody else too;
    ``where``: the address, where it is told."""
    harm = f"{one.assessment_id}/significant_harm" in kept
    safe = harm or not (says_harm(one) or (became is not None and became.front_door))
    household = one.household
    hides_basis = not safe and household["lawful_basis"] in said.OF_HARM
    return {
        "kith_id": one.assessment_id,
        "from": one.agency_name,
        "from_kind": said.told(said.AGENCY_KINDS, one.agency_kind),
        "their_reference": one.reference,
        "recorded_at": moment(one.recorded_at),
        "received_at": moment(one.received_at),
        "how": said.told(said.CHANNELS, one.channel),
        "lawful_basis": None if hides_basis else household["lawful_basis"],
        "lawful_basis_in_words": said.A_DUTY
        if hides_basis
        else said.told(said.LAWFUL_BASES, household["lawful_basis"]),
        "purpose": said.FAMILY_OR_SAFETY
        if not safe and household["purpose"] == "safeguarding"
        else said.told(said.PURPOSES, household["purpose"]),
        "sharing_agreement": one.agreement,
        "others_in_it": one.others,
        "about_you": _own(one, kept, withheld),
        "where": where,
        "about_the_household": _household(one, kept, safe=safe),
        "in_words": _words(one, kept),
        "somebody_may_not_be_safe": _harms(one, became) if harm else [],
        "what_became_of_it": said.STATES.get(became.state) if became else None,
        "a_referral_was_avoided": became.referral_avoided if became else False,
        "the_agency_was_told": [
            {"at": moment(s.stated_at), "what": said.told(said.TOLD, s.kind)}
            for s in one.statements
        ],
        "people_were_told": [_alert(a) for a in alerts if harm or not _is_door(a)],
        "how_it_was_decided": _decided(decided),
    }


def _own(one: Received, kept: Collection[str], withheld: Collection[str]) -> dict[str, Any]:
    """The person's own entry, with what stands on somebody else's too where that was left in."""
    found = {field: one.person[field] for field in _OWN if one.person.get(field)}
    for field in ("phones", "emails"):
        found[field] = [text for text in found.get(field, ()) if same(text) not in withheld]
    for given in one.words:
        field, _, number = given.piece.partition(".")
        if (
            number
            and field in {"phones", "emails"}
            and f"{one.assessment_id}/{given.piece}" in kept
        ):
            found[field] = [*found.get(field, ()), given.text]
    return {
        field: value
        for field, value in found.items()
        if value and (field, value) != ("relationship", "unknown")
    }


def where_of(one: Received, kept: Collection[str]) -> str | None:
    """The address, with its lines where they were left in."""
    if one.household.get("no_fixed_abode"):
        return "no fixed abode"
    if one.address is None:
        return None
    lines = list(one.address.get("lines", ()))
    lines += [
        given.text
        for given in one.words
        if given.piece == "address_lines" and f"{one.assessment_id}/{given.piece}" in kept
    ]
    uprn = one.address.get("uprn")
    parts = [*lines, one.address.get("town"), one.address.get("postcode")]
    parts.append(f"property number (UPRN) {uprn}" if uprn else None)
    return words.address_in_words(", ".join(part for part in parts if part)) or None


def _household(one: Received, kept: Collection[str], *, safe: bool) -> dict[str, Any]:
    household = one.household
    out: frozenset[str] = frozenset()
    for field, of_field in (("needs_of_safety", OF_SAFETY), ("needs_of_one", OF_ONE)):
        if f"{one.assessment_id}/{field}" not in kept:
            out |= of_field
    needs = [need for need in household.get("needs", ()) if need not in out]
    found: dict[str, Any] = {
        "needs": [words.NEEDS.get(need) or words.label(need) for need in needs],
        "languages": list(household.get("languages", ())),
    }
    if safe:
        found["how_soon"] = words.SEVERITIES.get(household["urgency"], household["urgency"])
    if f"{one.assessment_id}/skills" in kept:
        found["asked_of_a_key_worker"] = [words.label(s) for s in household.get("skills", ())]
        meant = household.get("would_have_referred_for")
        found["service_that_was_meant"] = words.label(meant) if meant else None
    if f"{one.assessment_id}/restrictions" in kept:
        found["few_may_know_because"] = [
            words.RESTRICTIONS.get(r) or words.label(r) for r in household.get("restrictions", ())
        ]
    return {name: value for name, value in found.items() if value}


def _words(one: Received, kept: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for given in one.words:
        field = given.piece.partition(".")[0]
        if field in {"strengths", "good_day"} and f"{one.assessment_id}/{given.piece}" in kept:
            found.setdefault(field, []).append(given.text)
    return found


def _harms(one: Received, became: Became | None) -> list[str]:
    found = [words.HARMS.get(h) or words.label(h) for h in one.household["significant_harm"]]
    if became is not None and became.front_door:
        found.append("the front door that keeps people safe was told")
    return [words.sentence(each) for each in found]


def _is_door(alert: Alerted) -> bool:
    return alert.kind == "front_door" or any(told.kind == "front_door" for told in alert.told)


def _alert(alert: Alerted) -> dict[str, Any]:
    return {
        "that": said.told(said.ALERTS, alert.kind),
        "told": [
            {
                "who": told.name or said.told(said.RECIPIENTS, told.kind),
                "as": told.role or said.told(said.RECIPIENTS, told.kind),
                "at": moment(told.at),
            }
            for told in alert.told
        ],
        "known_at": moment(alert.acknowledged_at),
        "taken_back_at": moment(alert.withdrawn_at),
    }


def _decided(one: Decided | None) -> dict[str, Any] | None:
    """How it was decided, field by field: what each agreement weighed, for or against."""
    if one is None:
        return None
    return {
        "at": moment(one.decided_at),
        "decided_again_at": moment(one.decided_again_at),
        "model": one.model_version,
        "began_a_household": one.outcome == "new",
        "was_asked": one.outcome == "review",
        "by": None if one.outcome == "new" else words_matching.rule_label(one.rule),
        "weights": [
            {
                "what": words_matching.field_label(share.field),
                "compared": words_matching.level_label(share.level),
                "bits": share.weight,
                "in_words": words_matching.evidence_in_words(share.weight),
            }
            for share in one.fields
        ],
        "total_bits": one.weight,
        "needed_bits": one.threshold if one.fields else None,
        "held_back_because": [words_matching.guard_label(guard) for guard in one.guards],
        "a_person_checked": said.VERDICTS.get(one.reviewed or ""),
        "checked_at": moment(one.reviewed_at),
    }


def same(text: str) -> str:
    """A telephone number or email address, however it is written."""
    return text.casefold() if "@" in text else "".join(c for c in text if c.isdigit())[-10:] or text


def moment(at: datetime | None) -> str | None:
    """As the copy tells it to a machine: ISO 8601, to the second."""
    return at.isoformat(timespec="seconds") if at else None
