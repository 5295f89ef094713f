"""From "hand over" in one key worker's inbox to the next one's, through keyworkers and alerts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.alerts import AlertAnsweredV1
from contracts.envelope import Envelope, Event
from contracts.handovers import HandoverProposedV1, HandoverRefusedV1, KeyWorkerChangedV1
from contracts.topics import ALERTS, ASSIGNMENTS, Topic
from contracts.vocabulary_changes import RefusalReason
from services.alerts.__main__ import create_service as create_alerts
from services.alerts.settings import AlertsSettings
from services.keyworkers.__main__ import create_service as create_keyworkers
from services.keyworkers.settings import KeyWorkersSettings
from services.kit.app import Service
from tests.conftest import StackFactory
from tests.services.keyworkers.building import matched
from tests.services.keyworkers.conftest import put_place, table
from tests.stack import TOKEN, Stack, eventually


@dataclass
class Pair:
    """Both services, consuming one another's topics."""

    stack: Stack
    keyworkers: Service
    alerts: Service

    async def call(
        self, service: Service, path: str, who: str, body: dict[str, Any] | None = None
    ) -> Any:
        """GET, or POST where there is a body, as the portal does for ``who``."""
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=service.api),
            base_url="http://kith",
            headers={"Authorization": f"Bearer {TOKEN}", "Kith-Actor": who},
        ) as client:
            answer = await (client.get(path) if body is None else client.post(path, json=body))
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def inbox(self, who: str, *kinds: str) -> list[dict[str, Any]]:
        """Somebody's open alerts, once they are of these kinds."""

        async def look() -> list[dict[str, Any]]:
            page = await self.call(self.alerts, f"/v1/alerts?recipient={who}", who)
            found: list[dict[str, Any]] = page["alerts"]
            return found

        return await eventually(
            look, lambda found: sorted(a["kind"] for a in found) == sorted(kinds)
        )

    async def answer(self, alert: dict[str, Any], who: str, **said: Any) -> None:
        await self.call(self.alerts, f"/v1/alerts/{alert['id']}/acknowledge", who, said)

    async def key_worker(self) -> str:
        rows = await table(self.keyworkers, "select * from engagement where ended_at is null")
        [key_worker] = [row["key_worker_id"] for row in rows]
        return str(key_worker)


@pytest.fixture
async def pair(open_stack: StackFactory, tmp_path: Path) -> AsyncIterator[Pair]:
    async with open_stack("keyworkers", "alerts") as stack:
        await put_place(stack, tmp_path)
        async with _both(stack) as pair:
            yield pair


@asynccontextmanager
async def _both(stack: Stack) -> AsyncIterator[Pair]:
    async with (
        create_keyworkers(stack.settings(KeyWorkersSettings)) as keyworkers,
        create_alerts(stack.settings(AlertsSettings)) as alerts,
    ):
        yield Pair(stack, keyworkers, alerts)


async def _assigned(pair: Pair) -> tuple[str, str, dict[str, Any]]:
    """A household with its key worker: they, somebody else of the team, and the alert."""
    await pair.stack.publish(matched(1, "a"))
    await pair.stack.read(ASSIGNMENTS, lambda found: len(found) >= 2)
    ann = await pair.key_worker()
    [alert] = await pair.inbox(ann, "assigned")
    return ann, "ben" if ann == "ann" else "ann", alert


async def test_hand_over_becomes_a_handover_and_the_alerts_go_to_who_accepts(pair: Pair) -> None:
    ann, ben, alert = await _assigned(pair)
    await pair.stack.publish(matched(2, "a", 5))
    await pair.inbox(ann, "assigned", "routed")
    await pair.answer(alert, ann, answer="hand_over", hand_over_to=ben)
    await pair.inbox(ben, "handover")
    assert await pair.key_worker() == ann
    [handover] = await pair.call(pair.keyworkers, f"/v1/handovers?key_worker_id={ben}", ben)
    assert (handover["proposed_by"], handover["reason"]) == (ann, "requested")
    await pair.call(pair.keyworkers, f"/v1/handovers/{handover['handover_id']}/accept", ben, {})
    await pair.inbox(ben, "changed", "routed")
    [told] = await pair.inbox(ann, "handed_over")
    assert told["reasons"] == ["Ben accepted the handover"]
    assert await pair.key_worker() == ben

    answered = await _said(pair, ALERTS, AlertAnsweredV1)
    changed = await _said(pair, ASSIGNMENTS, KeyWorkerChangedV1)
    proposed = await _said(pair, ASSIGNMENTS, HandoverProposedV1)
    await pair.stack.publish(*answered, *proposed, *changed, matched(3, "b", 9))
    # Assigned is of the other household: everything before it was handled.
    await pair.inbox(ann, "assigned", "handed_over")
    await pair.inbox(ben, "changed", "routed")
    rows = await table(pair.keyworkers, "select state from handover")
    assert [row["state"] for row in rows] == ["accepted"]
    assert await table(pair.keyworkers, "select * from handover_refusal") == []


async def _said(pair: Pair, topic: Topic, kind: type[Event], count: int = 1) -> list[Any]:
    """Those of one kind on a topic, once there are ``count``, with their envelopes."""

    def those(found: list[tuple[Envelope, Event]]) -> list[Any]:
        return [one for one in found if isinstance(one[1], kind)]

    return those(await pair.stack.read(topic, lambda found: len(those(found)) >= count))


async def test_nobody_named_the_first_of_the_team_who_can_is_asked(pair: Pair) -> None:
    ann, ben, alert = await _assigned(pair)
    await pair.answer(alert, ann, answer="hand_over")
    await pair.inbox(ben, "handover")


async def test_a_hand_over_that_breaks_a_rule_is_recorded_and_told_never_parked(
    pair: Pair,
) -> None:
    ann, ben, alert = await _assigned(pair)
    expected = []
    for to, why in (
        ("nobody", RefusalReason.NO_SUCH_KEY_WORKER),
        (ann, RefusalReason.SAME_KEY_WORKER),
        (ben, None),
        ("cat", RefusalReason.ASKED_ALREADY),
    ):
        await pair.answer(alert, ann, answer="hand_over", hand_over_to=to)
        expected += [why] if why else []
        await pair.inbox(ann, *["not_handed_over"] * len(expected))
        await pair.inbox(ben, *["handover"] * (why is None or len(expected) > 2))
    [handover] = await pair.call(pair.keyworkers, f"/v1/handovers?key_worker_id={ben}", ben)
    await pair.call(pair.keyworkers, f"/v1/handovers/{handover['handover_id']}/accept", ben, {})
    await pair.inbox(ben, "changed")
    await pair.answer(alert, ann, answer="hand_over", hand_over_to="dan")
    told = await pair.inbox(ann, *["not_handed_over"] * 4, "handed_over")
    assert any("another key worker" in reason for a in told for reason in a["reasons"])
    refused = [e.reason for _, e in await _said(pair, ASSIGNMENTS, HandoverRefusedV1, 4)]
    assert refused == [*expected, RefusalReason.NOT_THEIR_HOUSEHOLD]
    rows = await table(pair.keyworkers, "select reason from handover_refusal order by refused_at")
    assert [row["reason"] for row in rows] == [reason.value for reason in refused]
    assert (await pair.keyworkers.status())["parked"] == 0


async def test_a_declined_handover_is_told_to_whoever_asked(pair: Pair) -> None:
    ann, ben, alert = await _assigned(pair)
    await pair.answer(alert, ann, answer="hand_over", hand_over_to=ben)
    await pair.inbox(ben, "handover")
    [handover] = await pair.call(pair.keyworkers, f"/v1/handovers?key_worker_id={ben}", ben)
    await pair.call(pair.keyworkers, f"/v1/handovers/{handover['handover_id']}/decline", ben, {})
    [told] = await pair.inbox(ann, "not_handed_over")
    assert "declined" in told["reasons"][0]
    assert await pair.inbox(ben) == []
    assert await pair.key_worker() == ann
