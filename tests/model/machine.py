"""A place in which all may happen, in whatever order, and what always holds in it.

What duplication may say is in :mod:`tests.model.said`, what people may do in
:mod:`tests.model.practice`.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis.stateful import initialize, invariant

from contracts.vocabulary import Urgency
from tests.model.households import Households
from tests.model.invariants import (
    ALERTS,
    KEY_WORKERS,
    LEDGER,
    NEVER_SUPPRESSED,
    OUTCOMES,
    breaches,
)
from tests.model.practice import PeopleAct
from tests.model.restrictions import Restrictions
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    uid,
)

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


class Relationships(PeopleAct):
    @initialize()
    def begin(self) -> None:
        self.number = 0
        self.households = Households()
        self.restrictions = Restrictions(self.households)
        self.decisions_heard = 0
        self.under_review = {}
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
            self.assess(index, Urgency.ROUTINE, harm=False, area=area, sure="at once")

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
