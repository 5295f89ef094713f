"""What may happen: agencies, reviewers, officers, key workers and time, in whatever order."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from contracts.vocabulary import Harm, Urgency
from tests.model.households import Households
from tests.model.invariants import (
    ALERTS,
    KEY_WORKERS,
    LEDGER,
    NEVER_SUPPRESSED,
    OUTCOMES,
    breaches,
)
from tests.model.restrictions import WHY, Restrictions, provisional
from tests.model.who_may_know import PEOPLE, SOMETIMES, WhoMayKnow, choosing
from tests.model.world import Trouble
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    matched,
    place_document,
    review,
    reviewed,
    uid,
)

LEAD_OF = {one["id"]: one["team"] for one in place_document()["key_workers"]}
MOST_HOUSEHOLDS = 5
KIT = "consumed_event, outbox, parked_record, household_access, assessment_lifted"
TABLES = {
    "keyworkers": f"{KIT}, referral, engagement, assignment_reason, conflict_of_interest,"
    " conflict_withdrawn, assessment_route, household_person, pending_review, household_link,"
    " handover, handover_refusal, arranged_leave, restricted_household, access_entry,"
    " access_removal, access_version, front_door_told, lifting, lifting_answer, lifting_asked,"
    " restriction_restored",
    "alerts": f"{KIT}, alert, escalation, inbox, cover",
    "agencies": f"{KIT}, outcome, outcome_statement, acknowledgement, engagement",
    "operations": f"{KIT}, journey, journey_event, referral, ledger, ledger_reversal,"
    " acknowledgement, engagement_start, household_link",
}


class Relationships(WhoMayKnow):
    """``under_review``: by assessment, the likeliest household by the id that the review names."""

    @initialize()
    def begin(self) -> None:
        self.number = 0
        self.households = Households()
        self.restrictions = Restrictions(self.households)
        self.decisions_heard = 0
        self.under_review: dict[int, str] = {}
        self.world.clock.now = MONDAY_TEN
        # What agencies were told only grows: here another history begins.
        self.world.rows("set session_replication_role = replica")
        for service, tables in TABLES.items():
            names = ", ".join(f"{service}.{name.strip()}" for name in tables.split(","))
            self.world.rows(f"truncate {names} cascade")
        self.world.rows("set session_replication_role = origin")
        self.world.rows("update keyworkers.place set leave_version = leave_version + 1")
        self.world.said = dict.fromkeys(self.world.said, 0)
        for index, area in enumerate(("WN7 1", "WN7 3", "WN7 3")):
            self._assess(index, Urgency.ROUTINE, harm=False, area=area, sure="at once")

    def _next(self) -> int:
        self.number += 1
        return self.number

    # -- what duplication says ---------------------------------------------------------------

    @rule(
        index=st.integers(0, MOST_HOUSEHOLDS - 1),
        urgency=st.sampled_from((Urgency.ROUTINE, Urgency.URGENT, Urgency.IMMEDIATE)),
        harm=st.integers(0, 3),
        area=st.sampled_from(("WN7 1", "WN7 3", "BL1", None)),
        sure=st.sampled_from(("at once", "at once", "reviewed", "under review")),
        few=st.integers(0, 4),
        pick=choosing,
        trouble=SOMETIMES,
    )
    def an_agency_assesses(
        self,
        index: int,
        urgency: Urgency,
        harm: int,
        area: str | None,
        sure: str,
        few: int,
        pick: random.Random,
        trouble: Trouble,
    ) -> None:
        """``few``: 0 where the agency states that few may know."""
        self._assess(index, urgency, not harm, area, sure, pick, trouble, states=not few)

    def _assess(
        self,
        index: int,
        urgency: Urgency,
        harm: bool,
        area: str | None,
        sure: str,
        pick: random.Random | None = None,
        trouble: Trouble = Trouble.NONE,
        *,
        states: bool = False,
    ) -> None:
        known = self.households
        name = known.alive[index] if index < len(known.alive) else known.new()
        named = pick.choice(known.aliases(name)) if pick else name  # it may be retired by now
        number = self._next()
        few = self.restrictions.take(number, name, stated=states)
        known.facts[number] = {
            "restrictions": WHY if few else (),
            "restriction_stated": states,
            "minute": (self.world.clock.now - MONDAY_TEN) / timedelta(minutes=1),
            "urgency": urgency,
            "area": area,
            "significant_harm": (Harm.IMMEDIATE_DANGER,) if harm else (),
            "person_ids": (uid("person", named), uid("person", number)),
        }
        had_one = self._has_a_key_worker(name)
        if sure == "at once":
            known.of[number] = name
            self.change(matched(number, named, **known.facts[number]), [name], trouble)
        else:
            asked = review(number, named, **known.facts[number])
            self.change(asked, [provisional(number)], trouble)
        if sure == "under review":
            self.under_review[number] = named
            return
        if sure == "reviewed":
            self._decide(number, named, trouble)
        if had_one:  # invariant 3
            opened = "select from keyworkers.outbox where journey_id = $1 and type like '%opened%'"
            assert self.world.rows(opened, uid("assessment", number)) == []

    def _decide(self, number: int, named: str, trouble: Trouble) -> None:
        known = self.households
        known.of[number] = self.restrictions.became[provisional(number)] = known.now(named)
        decided = reviewed(number, named, **known.facts[number])
        self.change(decided, [known.now(named), provisional(number)], trouble)

    def _has_a_key_worker(self, name: str) -> bool:
        sql = "select from keyworkers.engagement where household_id = $1 and ended_at is null"
        return bool(self.world.rows(sql, uid("household", name)))

    @precondition(lambda self: self.under_review)
    @rule(pick=choosing, likeliest=st.booleans(), trouble=SOMETIMES)
    def a_reviewer_decides(self, pick: random.Random, likeliest: bool, trouble: Trouble) -> None:
        number = pick.choice(sorted(self.under_review))
        named = self.under_review.pop(number)
        if not likeliest:
            named = pick.choice([*self.households.alive, *self.households.retired])
        self._decide(number, named, trouble)

    @precondition(lambda self: len(self._with_assessments()) > 1)
    @rule(pick=choosing, trouble=SOMETIMES)
    def two_households_are_one(self, pick: random.Random, trouble: Trouble) -> None:
        kept, retired = pick.sample(self._with_assessments(), 2)
        id_ = uid("change", self._next())
        linked = self.households.link(kept, retired, id_, self.world.clock.now)
        self.change(linked, [kept, retired], trouble)

    def _with_assessments(self) -> list[str]:
        return [name for name in self.households.alive if self.households.assessments(name)]

    @precondition(lambda self: self.households.of)
    @rule(pick=choosing, known=st.booleans(), trouble=SOMETIMES)
    def an_assessment_is_of_another_household(
        self, pick: random.Random, known: bool, trouble: Trouble
    ) -> None:
        number = pick.choice(sorted(self.households.of))
        others = [h for h in self.households.alive if h != self.households.of[number]]
        self._separate(number, pick.choice(others) if known and others else None, trouble)

    def _separate(self, number: int, to: str | None, trouble: Trouble) -> None:
        id_ = uid("change", self._next())
        source = self.households.of[number]
        separated = self.households.separate(number, to, id_, self.world.clock.now)
        self.change(separated, [source, self.households.of[number]], trouble)

    @precondition(lambda self: self._undoable())
    @rule(pick=choosing, trouble=SOMETIMES)
    def a_change_is_taken_back(self, pick: random.Random, trouble: Trouble) -> None:
        change = pick.choice(self._undoable())
        id_ = uid("change", self._next())
        concerned = [*map(self.households.now, (change.household, change.other)), change.other]
        undone = self.households.undo(change, id_, self.world.clock.now)
        self.change(undone, concerned, trouble)

    def _undoable(self) -> list[Any]:
        return [c for c in self.households.changes if self.households.can_be_undone(c)]

    # -- what people do ----------------------------------------------------------------------

    @rule(
        pick=choosing,
        answer=st.sampled_from(
            ("acknowledged", "spoken_to_them", "not_this_household", "hand_over", "hand_over")
        ),
        to=st.sampled_from((*PEOPLE, "nobody", None)),
        trouble=SOMETIMES,
    )
    def somebody_answers_an_alert(
        self, pick: random.Random, answer: str, to: str | None, trouble: Trouble
    ) -> None:
        rows = self.world.rows(
            "select a.*, i.recipient_id from alerts.alert a join alerts.inbox i"
            " on i.alert_id = a.id where i.open"
            " order by a.raised_at, a.kind, a.assessment_id, i.recipient_id"
        )
        if not rows:
            return
        alert = pick.choice(rows)
        said = {"answer": answer} | ({"hand_over_to": to} if answer == "hand_over" else {})
        path = f"/v1/alerts/{alert['id']}/acknowledge"
        answered = self.world.ask("alerts", alert["recipient_id"], path, said, trouble)
        if answer != "not_this_household" or answered.status_code != 200:
            return
        for number, name in list(self.households.of.items()):  # as duplication hears it
            named = self.households.aliases(name)
            if uid("assessment", number) == alert["assessment_id"] and alert["household_id"] in {
                uid("household", one) for one in named
            }:
                self._separate(number, None, trouble)

    @rule(word=st.sampled_from(("accept", "accept", "decline", "withdraw")), trouble=SOMETIMES)
    def a_handover_is_answered(self, word: str, trouble: Trouble) -> None:
        sql = "select * from keyworkers.handover where state = 'proposed' order by 1 limit 1"
        for row in self.world.rows(sql):
            who = row["from_key_worker_id" if word == "withdraw" else "to_key_worker_id"]
            path = f"/v1/handovers/{row['handover_id']}/{word}"
            answer = self.world.ask("keyworkers", who, path, trouble=trouble)
            conflicted = self.world.rows(
                "select from keyworkers.conflict_of_interest where key_worker_id = $1"
                " and household_id = $2",
                who,
                row["household_id"],
            )
            assert answer.status_code == (409 if word == "accept" and conflicted else 200)

    @rule(who=st.sampled_from(PEOPLE), trouble=SOMETIMES)
    def somebody_claims_an_offer(self, who: str, trouble: Trouble) -> None:
        for row in self.world.rows("select referral_id from keyworkers.offer order by 1 limit 1"):
            path = f"/v1/offers/{row['referral_id']}/claim"
            self.world.ask("keyworkers", who, path, trouble=trouble)

    @rule(pick=choosing, trouble=SOMETIMES)
    def the_work_with_a_household_ends(self, pick: random.Random, trouble: Trouble) -> None:
        rows = self.world.rows(
            "select engagement_id from keyworkers.engagement where ended_at is null order by 1"
        )
        if rows:
            path = f"/v1/engagements/{pick.choice(rows)['engagement_id']}/close"
            said = {"reason": "Things are well"}
            self.world.ask("keyworkers", "ann", path, said, trouble)

    @rule(who=st.sampled_from(PEOPLE), days=st.integers(0, 2), trouble=SOMETIMES)
    def somebody_is_away(self, who: str, days: int, trouble: Trouble) -> None:
        first = self.world.clock.now.date()
        said = {"first": str(first), "last": str(first + timedelta(days=days))}
        self.world.ask("keyworkers", "lead", f"/v1/keyworkers/{who}/leave", said, trouble)

    @rule(trouble=SOMETIMES)
    def somebody_is_back_early(self, trouble: Trouble) -> None:
        sql = "select leave_id from keyworkers.arranged_leave where ended_at is null limit 1"
        for row in self.world.rows(sql):
            path = f"/v1/leave/{row['leave_id']}/end"
            self.world.ask("keyworkers", "lead", path, trouble=trouble)

    @rule(who=st.sampled_from(PEOPLE), pick=choosing, trouble=SOMETIMES)
    def somebody_declares_a_conflict_of_interest(
        self, who: str, pick: random.Random, trouble: Trouble
    ) -> None:
        name = pick.choice([*self.households.alive, *self.households.retired])
        said = {"household_id": str(uid("household", name))}
        self.world.ask("keyworkers", who, f"/v1/keyworkers/{who}/conflicts", said, trouble)

    @rule(who=st.sampled_from(PEOPLE))
    def a_caseload_is_planned_anew(self, who: str) -> None:
        path = f"/v1/keyworkers/{who}/replanning"
        shown = self.world.look("keyworkers", path, LEAD_OF[who])
        said = {"digest": shown["digest"], "reason": "leaving"}
        answer = self.world.ask("keyworkers", LEAD_OF[who], path, said)
        assert answer.status_code == 201, answer.text

    @rule(hours=st.sampled_from((1, 3, 24, 150)))
    def time_passes(self, hours: int) -> None:
        self.world.let_time_pass(hours=hours)

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def the_relationship_is_kept(self) -> None:
        self._hold(KEY_WORKERS)

    @invariant()
    def nobody_waits_for_an_alert_or_has_one_that_is_not_theirs(self) -> None:
        self._hold(ALERTS)

    @invariant()
    def the_ledger_is_what_happened(self) -> None:
        self._hold(LEDGER)

    @invariant()
    def agencies_are_told_what_became_of_it(self) -> None:
        self._hold(OUTCOMES)

    def _hold(self, rules: Mapping[str, str]) -> None:
        found = [dict(row) for row in self.world.rows(breaches(rules), list(rules))]
        assert not found, found

    @invariant()
    def counts_of_the_impact_equal_the_rows_of_the_ledger(self) -> None:
        impact = self.world.look("operations", "/v1/impact")
        rows = self.world.look("operations", "/v1/ledger?limit=500")["entries"]
        stand = [row for row in rows if row["reversed_at"] is None]
        assert impact["referrals_avoided"] == len(stand)
        assert impact["avoided_then_reversed"] == len(rows) - len(stand)

    @invariant()
    def harm_is_never_suppressed(self) -> None:
        """At once: not when some task comes to it."""
        harmed = [
            uid("assessment", number)
            for number, facts in self.households.facts.items()
            if facts["significant_harm"]
        ]
        sql = "select journey_id from keyworkers.outbox where type like '%frontdoor.notified%'"
        assert sorted(row["journey_id"] for row in self.world.rows(sql)) == sorted(harmed)
        untold = [dict(row) for row in self.world.rows(NEVER_SUPPRESSED, harmed)]
        assert not untold, untold

    @invariant()
    def every_assessment_is_of_the_household_that_duplication_says(self) -> None:
        sql = (
            "select assessment_id, household_id from keyworkers.assessment_route"
            " where state in ('queued', 'opened', 'routed')"
        )
        found = {row["assessment_id"]: row["household_id"] for row in self.world.rows(sql)}
        expected = self.households.expected()
        assert found == expected, set(found.items()) ^ set(expected.items())
