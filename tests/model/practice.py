"""What people may do, and time: answers, handovers, offers, leave, conflicts of interest."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.model.said import DuplicationSays
from tests.model.who_may_know import PEOPLE, SOMETIMES, choosing
from tests.model.world import Trouble
from tests.services.keyworkers.building import (
    place_document,
    uid,
)

LEAD_OF = {one["id"]: one["team"] for one in place_document()["key_workers"]}


class PeopleAct(DuplicationSays):
    """Whoever answers that it is not this household has duplication separate it."""

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
                self.separate(number, None, trouble)

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
