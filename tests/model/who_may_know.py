"""What may happen to restricted households and their lists, and what must never be seen of them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.envelope import Event
from contracts.restrictions import RestrictionLiftedV1, RestrictionRestoredV1
from tests.model.households import Households
from tests.model.invariants import WHO_MAY_KNOW, breaches
from tests.model.restrictions import Restrictions
from tests.model.world import Trouble, World
from tests.services.keyworkers.building import place_document, uid

PEOPLE = ("ann", "ben", "cat", "dan", "eve", "fay")
TEAMS = tuple(team["id"] for team in place_document()["teams"])
EVERYBODY = (*PEOPLE, *TEAMS, "privacy-officer", "second-officer", "wigan", "bolton")
CHANGERS = (*TEAMS, "privacy-officer", "second-officer")
SOMETIMES = st.sampled_from((Trouble.NONE, Trouble.NONE, Trouble.TWICE, Trouble.CRASH))
KEEPERS = ("keyworkers", "alerts", "agencies", "operations")
choosing = st.randoms(use_true_random=False)
_DECISIONS = (RestrictionLiftedV1, RestrictionRestoredV1)


class WhoMayKnow(RuleBasedStateMachine):
    """``decisions_heard``: up to which row of the key workers' outbox duplication has heard of
    liftings: it hears later than others, or earlier than what happens next."""

    world: World
    households: Households
    restrictions: Restrictions
    decisions_heard: int

    def change(self, event: Event, names: Iterable[str], trouble: Trouble = Trouble.NONE) -> None:
        """Duplication says what has changed; before it what is restricted by it, and after it
        what no longer is."""
        closed, opened = self.restrictions.restate(names, self.world.clock.now)
        for one in (*closed, event, *opened):
            self.world.hear(one, trouble)

    def _decided(self) -> list[Any]:
        return self.world.rows(
            "select id, type, value from keyworkers.outbox"
            " where id > $1 and type = any($2::text[]) order by id",
            self.decisions_heard,
            [kind.TYPE for kind in _DECISIONS],
        )

    @precondition(lambda self: self._decided())
    @rule(trouble=SOMETIMES)
    def duplication_hears_of_a_lifting(self, trouble: Trouble) -> None:
        row = self._decided()[0]
        self.decisions_heard = row["id"]
        (kind,) = [kind for kind in _DECISIONS if row["type"] == kind.TYPE]
        names = self.restrictions.hear(kind.model_validate_json(row["value"]))
        closed, opened = self.restrictions.restate(names, self.world.clock.now)
        for event in (*closed, *opened):
            self.world.hear(event, trouble)

    # -- what people do ----------------------------------------------------------------------

    def _restricted(self) -> list[str]:
        return [name for name, restricted in self.restrictions.said.items() if restricted]

    @precondition(lambda self: self._restricted())
    @rule(
        pick=choosing,
        who=st.sampled_from(CHANGERS),
        reader=st.sampled_from(EVERYBODY),
        hours=st.sampled_from((None, 2, 48)),
        trouble=SOMETIMES,
    )
    def somebody_is_put_on_a_list(
        self, pick: random.Random, who: str, reader: str, hours: int | None, trouble: Trouble
    ) -> None:
        said: dict[str, Any] = {"reader_id": reader, "reason": "joint_work"}
        if hours:
            said["until"] = (self.world.clock.now + timedelta(hours=hours)).isoformat()
        path = f"/v1/households/{uid('household', pick.choice(self._restricted()))}/access"
        self.world.ask("keyworkers", who, path, said, trouble)

    @precondition(lambda self: self._restricted())
    @rule(
        pick=choosing,
        who=st.sampled_from(CHANGERS),
        reader=st.sampled_from(EVERYBODY),
        trouble=SOMETIMES,
    )
    def somebody_is_taken_off_a_list(
        self, pick: random.Random, who: str, reader: str, trouble: Trouble
    ) -> None:
        id_ = uid("household", pick.choice(self._restricted()))
        path = f"/v1/households/{id_}/access/{reader}/remove"
        self.world.ask("keyworkers", who, path, {"reason": "joint_work"}, trouble)

    @precondition(lambda self: self._restricted())
    @rule(pick=choosing, who=st.sampled_from(EVERYBODY), trouble=SOMETIMES)
    def somebody_asks_that_a_restriction_be_lifted(
        self, pick: random.Random, who: str, trouble: Trouble
    ) -> None:
        path = f"/v1/households/{uid('household', pick.choice(self._restricted()))}/liftings"
        self.world.ask("keyworkers", who, path, {"reason": "safe_now"}, trouble)

    @precondition(lambda self: self._asked())
    @rule(
        pick=choosing,
        who=st.sampled_from(CHANGERS),
        word=st.sampled_from(("agree", "agree", "agree", "decline")),
        trouble=SOMETIMES,
    )
    def a_lifting_is_answered(
        self, pick: random.Random, who: str, word: str, trouble: Trouble
    ) -> None:
        asked = pick.choice(self._asked())
        path = f"/v1/households/{asked['household_id']}/liftings/{asked['lifting_id']}/{word}"
        answer = self.world.ask("keyworkers", who, path, trouble=trouble)
        if word == "agree" and answer.status_code == 200:
            assert who != asked["asked_by"]

    def _asked(self) -> list[Any]:
        return self.world.rows(
            "select l.* from keyworkers.lifting l left join keyworkers.lifting_answer a"
            " using (lifting_id) where a.lifting_id is null order by l.asked_at, l.household_id"
        )

    @precondition(lambda self: self.restrictions.lifted)
    @rule(pick=choosing, who=st.sampled_from((*PEOPLE, *CHANGERS)), trouble=SOMETIMES)
    def a_household_is_restricted_again(
        self, pick: random.Random, who: str, trouble: Trouble
    ) -> None:
        number = pick.choice(sorted(self.restrictions.lifted))
        if number in self.households.of:
            path = f"/v1/households/{uid('household', self.households.of[number])}/restrict"
            self.world.ask("keyworkers", who, path, trouble=trouble)

    # -- what is seen ------------------------------------------------------------------------

    @rule(who=st.sampled_from(EVERYBODY))
    def somebody_looks(self, who: str) -> None:
        """Every household, alert, journey and row of the ledger that they may ask for."""
        hidden = {
            uid("household", name)
            for name in [*self.households.alive, *self.households.retired]
            if not self._may_know(who, uid("household", name))
        }
        for name in [*self.households.alive, *self.households.retired]:
            id_ = uid("household", name)
            page = self.world.look("keyworkers", f"/v1/households/{id_}/engagement", who)
            assert page["hidden"] == (id_ in hidden), (who, name)
            if page["hidden"]:
                assert not any(page[k] for k in ("key_worker_id", "history", "assessments"))
        alerts = self.world.look("alerts", f"/v1/alerts?recipient={who}&state=all&limit=200", who)
        for alert in alerts["alerts"]:
            if alert["household_id"] and UUID(alert["household_id"]) in hidden:
                assert alert["hidden"]
                assert alert["agency_id"] is None
                assert not alert["reasons"]
        journeys = self.world.look("operations", "/v1/journeys?limit=200", who)["journeys"]
        entries = self.world.look("operations", "/v1/ledger?limit=500", who)["entries"]
        for row in (*journeys, *entries):
            shown = {row[k] for k in ("household_id", "household_now") if row.get(k)}
            assert not shown & {str(id_) for id_ in hidden}
            if row["hidden"]:
                assert (shown, row["agency_id"]) == (set(), None)

    def _may_know(self, who: str, household_id: UUID) -> bool:
        """By the list in force, which other invariants hold to what it should be."""
        rows = self.world.rows(
            "select restricted, readers -> 'readers' as readers, barred from"
            " keyworkers.access_version where household_id = $1 order by version desc limit 1",
            household_id,
        )
        if not rows or who in rows[0]["barred"]:
            return not rows
        return not rows[0]["restricted"] or any(
            reader["id"] == who and self._lasts(reader) for reader in json.loads(rows[0]["readers"])
        )

    def _lasts(self, reader: dict[str, Any]) -> bool:
        now, until = self.world.clock.now, reader["until"]
        return until is None or datetime.fromisoformat(until) > now

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def who_may_know_is_kept_alike_everywhere(self) -> None:
        found = [dict(row) for row in self.world.rows(breaches(WHO_MAY_KNOW), list(WHO_MAY_KNOW))]
        assert not found, found

    @invariant()
    def a_household_is_restricted_everywhere_while_any_of_it_says_so(self) -> None:
        households = self.households
        ids = {
            one: uid("household", one)
            for name in households.alive
            for one in households.aliases(name)
        }
        expected = {name for name in ids if self.restrictions.is_restricted(name)}
        for keeper in KEEPERS:
            sql = f"select household_id from {keeper}.household_access where restricted"
            kept = {row["household_id"] for row in self.world.rows(sql)}
            found = {name for name, id_ in ids.items() if id_ in kept}
            assert found == expected, (keeper, found - expected, expected - found)
