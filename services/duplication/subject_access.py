"""What is held about one person, and what of it a copy for them covers: put together. Pure.

Invariants: nothing here is about anybody else, but that there were others; an assessment in which
the person is alleged to have caused harm, and all of its household, is left out and listed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.assessments import Address, Person
from contracts.vocabulary_access import LeftOutBecause
from services.duplication.known import best_known
from services.duplication.normalise import person_profile
from services.duplication.profile import EMPTY, Profile
from services.duplication.subject_access_views import (
    ChangeView,
    DecidedView,
    FoundView,
    LeftOutView,
    QuestionView,
    RecordView,
    RestrictedView,
)
from services.duplication.views import FieldView, one_line
from services.kit.access import Hidden
from services.kit.db import Row


@dataclass(frozen=True, slots=True)
class Sorted:
    """A person's mentions: ``covered`` by a copy; ``left_out``, listed for the officer; and
    ``blocked``, of restricted households on whose lists the officer is not. ``barred``: the officer
    has declared a conflict of interest with a household of theirs, and is told nothing at all."""

    covered: tuple[Row, ...]
    left_out: tuple[LeftOutView, ...]
    blocked: tuple[RestrictedView, ...]
    barred: bool


def sort_mentions(mentions: Sequence[Row], hidden: Mapping[UUID, Hidden]) -> Sorted:
    """``hidden``: households that the officer may not know of."""
    covered, left_out = [], []
    blocked: dict[UUID, int] = {}
    for one in mentions:
        is_hidden = one["household_id"] in hidden
        if one["alleged"] or one["alleged_here"]:
            left_out.append(_left_out(one, is_hidden=is_hidden))
        elif is_hidden:
            blocked[one["household_id"]] = blocked.get(one["household_id"], 0) + 1
        else:
            covered.append(one)
    return Sorted(
        tuple(covered),
        tuple(left_out),
        tuple(RestrictedView(household_id=id_, records=n) for id_, n in blocked.items()),
        any(h.barred for h in hidden.values()),
    )


def _left_out(one: Row, *, is_hidden: bool) -> LeftOutView:
    alleged = LeftOutBecause.ALLEGED if one["alleged"] else LeftOutBecause.ALLEGED_ELSEWHERE
    return LeftOutView(
        assessment_id=one["assessment_id"],
        household_id=one["household_id"],
        agency_id=None if is_hidden else one["agency_id"],
        received_at=one["received_at"],
        because=alleged,
        hidden=is_hidden,
    )


def found_view(person_id: UUID, shown: Sequence[Row], hidden_records: int) -> FoundView:
    """Somebody who may be meant, by the mentions that may be ``shown``; at least one."""
    known = best_known([one["as_given"] for one in shown])
    addresses = [one["address"] for one in shown if one["address"] and not one["alleged_here"]]
    return FoundView(
        person_id=person_id,
        name=known.name,
        born=known.born,
        also_written=known.also_written,
        also_born=known.also_born,
        address=one_line(addresses[-1]) if addresses else None,
        agencies=tuple(dict.fromkeys(one["agency_id"] for one in shown)),
        records=len(shown),
        first_received_at=shown[0]["received_at"],
        last_received_at=shown[-1]["received_at"],
        hidden_records=hidden_records,
    )


def records(mentions: Sequence[Row]) -> tuple[RecordView, ...]:
    """Which assessments agencies hold of the person, and who of their people they are."""
    return tuple(
        RecordView(
            assessment_id=one["assessment_id"],
            position=one["position"],
            household_id=one["household_id"],
            agency_id=one["agency_id"],
            received_at=one["received_at"],
            homes=(*map(_in_words, _profile(one).homes), *_profile(one).towns),
        )
        for one in mentions
    )


def _profile(one: Row) -> Profile:
    home = Address.model_validate(one["address"]) if one["address"] else None
    return person_profile(Person.model_validate(one["as_given"]), home)


def matched_by(mentions: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """By field, the values that are kept so as to recognise the person: of these mentions alone,
    since what is kept of them all may tell where a household lives that is not theirs to know."""
    profile = EMPTY
    for one in mentions:
        profile = profile.joined(_profile(one))
    return {
        name: tuple(_in_words(value) for value in values)
        for name, values in zip(Profile._fields, profile, strict=True)
        if values
    }


def _in_words(value: Any) -> str:
    return value if isinstance(value, str) else " ".join(part for part in value if part)


def decided(row: Row, position: int, same_person: Collection[str]) -> DecidedView:
    """How it was decided, as far as it is about this person: what others' fields weigh is theirs.
    ``same_person``: every id that stands for them."""
    people = row["detail"].get("people", ())
    own: dict[str, Any] = people[position] if position < len(people) else {}
    best = own.get("best") or {}
    of_them = best.get("person_id") in same_person
    shares = best.get("fields", ()) if of_them else ()
    return DecidedView(
        assessment_id=row["assessment_id"],
        outcome=row["outcome"],
        rule=row["rule"],
        model_version=row["model_version"],
        decided_at=row["decided_at"],
        decided_again_at=row["decided_again_at"],
        new_person=bool(own.get("new")),
        weight=best["weight"] if of_them else None,
        threshold=row["detail"].get("thresholds", {}).get("link"),
        fields=tuple(
            FieldView(
                field=share["comparison"],
                level=share["level"],
                weight=round(share["weight"] + share["adjustment"], 2),
            )
            for share in shares
        ),
        guards=tuple(best.get("guards", ())) if of_them else (),
        reviewed=row["verdict"],
        reviewed_at=row["reviewed_at"],
    )


def changes(
    rows: Sequence[Row], person_ids: Collection[UUID], assessment_ids: Collection[UUID]
) -> tuple[ChangeView, ...]:
    """Those links and separations that moved one of these assessments, or are of the person."""
    theirs = {str(one) for one in assessment_ids}
    return tuple(
        ChangeView(
            kind=row["kind"],
            cause=row["cause"],
            decided_at=row["decided_at"],
            by_a_person=row["decided_by"] is not None,
            takes_back=row["undoes"] is not None,
        )
        for row in rows
        if {row["person_id"], row["other_person_id"]} & set(person_ids)
        or any(
            moved[0] in theirs
            for kind in ("assessments", "mentions")
            for moved in row["moves"][kind]
        )
    )


def question(row: Row, *, hidden: bool) -> QuestionView:
    """An open question that may be about the person."""
    return QuestionView(
        review_id=row["id"],
        kind=row["kind"],
        asked_at=row["opened_at"],
        due_at=row["due_at"],
        agency_id=None if hidden else row["agency_id"],
        received_at=None if hidden else row["received_at"],
        hidden=hidden,
        alleged=row["alleged"],
    )
