"""Model checking: whatever happens in whatever order, over the real store, invariants hold.

A state machine drives assessments, reviews, links, separations, offers, handovers, leave, ends and
the passing of time, each with redelivery, and looks at the store after every step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.alerts import AlertAnsweredV1
from contracts.envelope import Event
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1, MovedAssessment
from contracts.vocabulary import AlertAnswer, AlertKind, Harm, LinkCause, Urgency
from services.keyworkers.__main__ import create_service
from services.keyworkers.settings import KeyWorkersSettings
from services.kit.app import Service
from services.kit.db import create_pool
from services.kit.outbox import Relay
from tests.conftest import StackFactory
from tests.services.keyworkers.building import (
    EVIDENCE,
    MONDAY_TEN,
    facts,
    matched,
    place_document,
    review,
    reviewed,
    uid,
)
from tests.services.keyworkers.conftest import Clock, client_of, put_place
from tests.services.keyworkers.records import record_of
from tests.stack import Stack

T = TypeVar("T")
PEOPLE = ("ann", "ben", "cat", "dan", "eve", "fay")
MOST_HOUSEHOLDS = 5
TABLES = (
    "consumed_event, outbox, parked_record, referral, engagement, assignment_reason,"
    " conflict_of_interest, assessment_route, household_person, pending_review, household_link,"
    " handover, handover_refusal, arranged_leave"
)


@dataclass
class World:
    """The service over its store, without a broker: the machine is what it hears."""

    stack: Stack
    service: Service
    clock: Clock
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def rows(self, sql: str, *arguments: Any) -> list[Any]:
        async def fetch() -> list[Any]:
            return list(await self.service.pool.fetch(sql, *arguments))

        return self.run(fetch())

    def hear(self, event: Event) -> None:
        """One record, delivered twice."""
        consumer = self.service.consumer(f"keyworkers.{event.TOPIC}")
        record = record_of(self.stack, event)
        self.run(consumer.on_records([record]))
        self.run(consumer.on_records([record]))

    def ask(self, who: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        async def post() -> httpx.Response:
            async with client_of(self.service) as client:
                return await client.post(path, json=body or {}, headers={"Kith-Actor": who})

        answer = self.run(post())
        assert answer.status_code < 500, answer.text
        return answer


@pytest.fixture
def world(open_stack: StackFactory, tmp_path: Path) -> Iterator[World]:
    loop = asyncio.new_event_loop()
    opening = open_stack("keyworkers", topics=False)
    stack = loop.run_until_complete(opening.__aenter__())
    teams = place_document()["teams"]
    teams[0]["assignment"] = "offer"
    policy = {"caseload_limit": 2, "reserve_for_harm": 1}
    loop.run_until_complete(put_place(stack, tmp_path, teams=teams, policy=policy))
    clock = Clock()
    set_up = stack.settings(KeyWorkersSettings)
    service = create_service(set_up, clock)
    service.pool = loop.run_until_complete(create_pool(stack.dsn, "keyworkers", 2))
    service.relay = Relay(service.pool, set_up.kafka, "keyworkers", set_up.namespace)
    yield World(stack, service, clock, loop)
    loop.run_until_complete(service.pool.close())
    loop.run_until_complete(opening.__aexit__(None, None, None))
    loop.close()


class Relationships(RuleBasedStateMachine):
    """``alive``: households by name; ``of``: assessments by household; ``links`` in force."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.number = 0
        self.alive: list[str] = []
        self.of: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.links: list[tuple[str, str, int]] = []
        self.harmed: set[Any] = set()
        self.under_review: list[tuple[int, str, dict[str, Any]]] = []
        self.world.clock.now = MONDAY_TEN
        self.world.rows(f"truncate {TABLES} cascade")
        self.world.rows("update place set leave_version = leave_version + 1")
        for index, area in enumerate(("WN7 1", "WN7 3", "WN7 3")):
            self.an_agency_assesses(index, Urgency.ROUTINE, 9, area, "at once")

    # -- what is heard -----------------------------------------------------------------------

    def _household(self, index: int) -> str:
        if index < len(self.alive):
            return self.alive[index]
        name = f"h{self.number}"
        self.alive.append(name)
        self.of[name] = []
        return name

    def _minute(self) -> float:
        return (self.world.clock.now - MONDAY_TEN) / timedelta(minutes=1)

    @rule(
        index=st.integers(0, MOST_HOUSEHOLDS - 1),
        urgency=st.sampled_from((Urgency.ROUTINE, Urgency.URGENT, Urgency.IMMEDIATE)),
        harm=st.integers(0, 4),  # 0: somebody may be in danger
        area=st.sampled_from(("WN7 1", "WN7 3", "BL1", None)),
        sure=st.sampled_from(("at once", "at once", "reviewed", "under review")),
    )
    def an_agency_assesses(
        self, index: int, urgency: Urgency, harm: int, area: str | None, sure: str
    ) -> None:
        self.number += 1
        name = self._household(index)
        changes: dict[str, Any] = {"urgency": urgency, "area": area}
        changes["significant_harm"] = () if harm else (Harm.IMMEDIATE_DANGER,)
        before = self._with_a_key_worker()
        if not harm:
            self.harmed.add(uid("assessment", self.number))
        if sure == "at once":
            self.world.hear(matched(self.number, name, self._minute(), **changes))
        else:
            self.world.hear(review(self.number, name, self._minute(), **changes))
        if sure == "under review":
            self.under_review.append((self.number, name, changes))
            return
        if sure == "reviewed":
            self.world.hear(reviewed(self.number, name, self._minute(), **changes))
        self.of[name].append((self.number, changes))
        if name in before:  # invariant 3
            assert (
                self.world.rows(
                    "select from outbox where journey_id = $1 and type like '%referral.opened%'",
                    uid("assessment", self.number),
                )
                == []
            )

    @precondition(lambda self: self.under_review)
    @rule(pick=st.randoms(use_true_random=False))
    def a_reviewer_decides(self, pick: Any) -> None:
        number, _, changes = self.under_review.pop(0)
        name = pick.choice(self.alive)
        self.world.hear(reviewed(number, name, self._minute(), **changes))
        self.of[name].append((number, changes))

    def _with_a_key_worker(self) -> set[str]:
        rows = self.world.rows("select household_id from engagement where ended_at is null")
        active = {row["household_id"] for row in rows}
        return {name for name in self.alive if uid("household", name) in active}

    @precondition(lambda self: sum(bool(self.of[name]) for name in self.alive) > 1)
    @rule(pick=st.randoms(use_true_random=False))
    def two_households_are_one(self, pick: Any) -> None:
        kept, retired = pick.sample([name for name in self.alive if self.of[name]], 2)
        self.number += 1
        self.world.hear(
            HouseholdsLinkedV1(
                link_id=uid("link", self.number),
                household_id=uid("household", kept),
                retired_household_id=uid("household", retired),
                cause=LinkCause.OFFICER,
                decided_by="officer",
                decided_at=self.world.clock.now,
            )
        )
        self.links.append((kept, retired, self.number))
        self.alive.remove(retired)

    @precondition(lambda self: self.links)
    @rule()
    def the_last_link_is_undone(self) -> None:
        kept, retired, number = self.links.pop()
        self.number += 1
        self._separate(kept, retired, self.of[retired], undoes=uid("link", number))
        self.alive.append(retired)

    @precondition(lambda self: not self.links and any(self.of.values()))
    @rule(pick=st.randoms(use_true_random=False))
    def it_was_not_this_household(self, pick: Any) -> None:
        name = pick.choice([name for name in self.alive if self.of[name]])
        self.number += 1
        other = f"h{self.number}"
        one = self.of[name].pop(pick.randrange(len(self.of[name])))
        self._separate(name, other, [one])
        self.alive.append(other)
        self.of[other] = [one]

    def _separate(
        self, left: str, other: str, moved: list[tuple[int, dict[str, Any]]], undoes: Any = None
    ) -> None:
        self.world.hear(
            HouseholdsSeparatedV1(
                separation_id=uid("separation", self.number),
                household_id=uid("household", left),
                separated_household_id=uid("household", other),
                moved=tuple(
                    MovedAssessment(
                        assessment_id=uid("assessment", number),
                        facts=facts(self._minute(), **changes),
                        evidence=EVIDENCE,
                    )
                    for number, changes in moved
                ),
                undoes=undoes,
                cause=LinkCause.UNDONE if undoes else LinkCause.PRACTITIONER,
                decided_by="ann",
                decided_at=self.world.clock.now,
            )
        )

    # -- what people do ----------------------------------------------------------------------

    @rule(
        pick=st.randoms(use_true_random=False),
        who=st.sampled_from((None, None, None, "ann", "leigh-east")),
        to=st.sampled_from((*PEOPLE, "nobody", None)),
    )
    def somebody_answers_hand_over(self, pick: Any, who: str | None, to: str | None) -> None:
        rows = self.world.rows(
            "select household_id, key_worker_id from engagement order by household_id, started_at"
        )
        if not rows:
            return
        about = pick.choice(rows)
        self.number += 1
        self.world.hear(
            AlertAnsweredV1(
                alert_id=uid("alert", self.number),
                kind=AlertKind.ROUTED,
                answer=AlertAnswer.HAND_OVER,
                assessment_id=uid("assessment", self.number),
                household_id=about["household_id"],
                answered_by=who or about["key_worker_id"],
                answered_at=self.world.clock.now,
                hand_over_to=to,
            )
        )

    @rule()
    def a_handover_is_accepted(self) -> None:
        self._answer("accept")

    @rule(word=st.sampled_from(("decline", "withdraw")))
    def a_handover_comes_to_nothing(self, word: str) -> None:
        self._answer(word)

    def _answer(self, word: str) -> None:
        for row in self.world.rows("select * from handover where state = 'proposed' limit 1"):
            who = row["from_key_worker_id" if word == "withdraw" else "to_key_worker_id"]
            answer = self.world.ask(who, f"/v1/handovers/{row['handover_id']}/{word}")
            assert answer.status_code == 200, answer.text

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_claims_an_offer(self, who: str) -> None:
        for row in self.world.rows("select referral_id from offer limit 1"):
            self.world.ask(who, f"/v1/offers/{row['referral_id']}/claim")

    @rule(pick=st.randoms(use_true_random=False))
    def the_work_with_a_household_ends(self, pick: Any) -> None:
        rows = self.world.rows(
            "select engagement_id from engagement where ended_at is null order by 1"
        )
        if rows:
            id_ = pick.choice(rows)["engagement_id"]
            self.world.ask("ann", f"/v1/engagements/{id_}/close", {"reason": "Things are well"})

    @rule(who=st.sampled_from(PEOPLE), days=st.integers(0, 2))
    def somebody_is_away(self, who: str, days: int) -> None:
        first = self.world.clock.now.date()
        last = first + timedelta(days=days)
        self.world.ask(
            "lead", f"/v1/keyworkers/{who}/leave", {"first": str(first), "last": str(last)}
        )

    @rule()
    def somebody_is_back_early(self) -> None:
        for row in self.world.rows(
            "select leave_id from arranged_leave where ended_at is null limit 1"
        ):
            self.world.ask("lead", f"/v1/leave/{row['leave_id']}/end")

    @rule(who=st.sampled_from(PEOPLE))
    def a_caseload_is_planned_anew(self, who: str) -> None:
        async def look() -> str:
            async with client_of(self.world.service) as client:
                digest: str = (await client.get(f"/v1/keyworkers/{who}/replanning")).json()[
                    "digest"
                ]
                return digest

        said = {"digest": self.world.run(look()), "reason": "leaving"}
        answer = self.world.ask("lead", f"/v1/keyworkers/{who}/replanning", said)
        assert answer.status_code == 201, answer.text

    @rule(hours=st.sampled_from((1, 3, 24, 150)))
    def time_passes(self, hours: int) -> None:
        self.world.clock.turn(hours=hours)
        for task in self.world.service._periodic:
            if task.name != "prune":
                assert self.world.run(task.turn())
        for name in ("waiting list", "untold reviews"):  # after what the other tasks changed
            (again,) = (t for t in self.world.service._periodic if t.name == name)
            assert self.world.run(again.turn())
        self._whoever_has_a_key_worker_has_one_who_knows_of_the_harm()

    def _kept(self, name: str) -> str:
        for kept, retired, _ in self.links:  # in the order in which they were made
            name = kept if name == retired else name
        return name

    def _whoever_has_a_key_worker_has_one_who_knows_of_the_harm(self) -> None:
        rows = self.world.rows(
            "select distinct journey_id from outbox where type like '%assessment.routed%'"
            " or type like '%keyworker.assigned%'"
        )
        told = {row["journey_id"] for row in rows}
        with_one = self._with_a_key_worker()
        known = [(number, name) for name in self.alive for number, _ in self.of[name]]
        for number, name in [*known, *((n, likeliest) for n, likeliest, _ in self.under_review)]:
            assessment = uid("assessment", number)
            if self._kept(name) in with_one and assessment in self.harmed:
                assert assessment in told, f"nobody told the key worker of {name} about {number}"

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def one_key_worker_and_one_open_referral_for_a_household(self) -> None:
        for table in ("engagement where ended_at is null", "referral where closed_at is null"):
            assert (
                self.world.rows(f"select household_id from {table} group by 1 having count(*) > 1")
                == []
            )

    @invariant()
    def an_engagement_is_active_as_long_as_its_referral_is_open(self) -> None:
        assert (
            self.world.rows(
                "select from engagement e join referral r using (referral_id)"
                " where (e.ended_at is null) <> (r.closed_at is null)"
                " or e.household_id <> r.household_id"
                " or r.engagement_id is distinct from e.engagement_id"
            )
            == []
        )

    @invariant()
    def nobody_is_left_without_anyone_unless_somebody_ended_it(self) -> None:
        assert (
            self.world.rows(
                "select distinct a.household_id from assessment_route a"
                " where a.state in ('queued', 'opened', 'routed')"
                " and not exists (select from referral r"
                "  where r.household_id = a.household_id and r.closed_at is null)"
                " and not exists (select from engagement e where e.household_id = a.household_id"
                "  and e.ended_by <> 'kith')"
            )
            == []
        )

    @invariant()
    def only_for_an_active_engagement_somebody_is_asked(self) -> None:
        assert (
            self.world.rows(
                "select from handover h join engagement e using (engagement_id)"
                " where h.state = 'proposed' and (e.ended_at is not null"
                "  or e.key_worker_id <> h.from_key_worker_id)"
            )
            == []
        )

    @invariant()
    def harm_has_been_to_the_front_door_once(self) -> None:
        rows = self.world.rows(
            "select journey_id from outbox where type like '%frontdoor.notified%'"
        )
        assert sorted(row["journey_id"] for row in rows) == sorted(self.harmed)

    @invariant()
    def nothing_is_parked(self) -> None:
        assert self.world.rows("select reason from parked_record") == []


def test_the_relationship_is_kept_whatever_happens(world: World) -> None:
    machine = type("Machine", (Relationships,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            phases=(Phase.generate,),  # a step costs milliseconds: making it shorter costs minutes
        ),
    )
