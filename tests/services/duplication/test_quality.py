"""Live quality: agreement with reviewers, and what agencies fill in this week beside before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from services.duplication.agreement import agreement, agreement_of
from services.duplication.completeness import Counted, by_agency
from services.duplication.drift import Compared
from services.duplication.quality import counting_days, load_quality
from services.kit import telemetry_metrics
from tests.services.duplication.building import START, person, recorded
from tests.services.duplication.running import AGAIN, KNOWN, Running
from tests.stack import PLACE

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("now", "before", "drifted"),
    [
        ((50, 100), (90, 100), True),
        ((100, 100), (60, 100), True),
        ((90, 100), (90, 100), False),
        ((84, 100), (90, 100), False),  # six in a hundred: too little to matter
        ((10, 19), (90, 100), False),  # too few this week
        ((30, 60), (49, 49), False),  # too few before
        ((13, 20), (40, 50), False),  # chance may bring that about
        ((850, 1000), (9600, 10000), True),
        ((0, 0), (90, 100), False),
        ((50, 100), (0, 0), False),
        ((0, 100), (100, 100), True),
    ],
)
def test_a_drift_is_called_one_by_the_rule(
    now: tuple[int, int], before: tuple[int, int], drifted: bool
) -> None:
    assert Compared(*now, *before).drifted is drifted


def test_days_are_of_this_week_or_of_the_four_before_and_what_drifted_comes_first() -> None:
    def on(ago: int, carried: int, agency: str = "school") -> Counted:
        return Counted(agency, TODAY - timedelta(days=ago), "date_of_birth", carried, 100)

    counted = [on(0, 10), on(6, 20), on(7, 90), on(34, 90), on(35, 0), on(-1, 0), on(3, 90, "gp")]
    school, gp = by_agency(counted, TODAY)
    assert (school.agency_id, school.carried) == ("school", Compared(30, 200, 180, 200))
    assert school.carried.drifted
    assert (gp.carried.share, gp.carried.share_before, gp.carried.drifted) == (0.9, None, False)


@pytest.mark.parametrize(
    ("verdict", "weight", "said"),
    [
        ("same", 3.0, "agreed"),
        ("same", 0.0, "agreed"),
        ("same", -0.1, "differed"),
        ("different", 3.0, "differed"),
        ("different", -2.0, "agreed"),
        ("cannot_tell", 3.0, "cannot_tell"),
    ],
)
def test_a_weight_leans_to_the_same_from_even_odds_up(
    verdict: str, weight: float, said: str
) -> None:
    assert agreement_of(verdict, weight) == said


def test_agreement_is_told_by_weight() -> None:
    def row(weight: int, verdict: str, number: int) -> dict[str, Any]:
        return {"weight": weight, "verdict": verdict, "leaned": weight >= 0, "number": number}

    found = agreement([row(0, "same", 6), row(0, "different", 2), row(-5, "different", 1),
                       row(0, "cannot_tell", 3)],
                      [Compared(1, 2, 3, 4), Compared(4, 5, 6, 8)])  # fmt: skip
    assert (found.agreed, found.differed, found.cannot_tell, found.share) == (7, 2, 3, 0.7778)
    assert [(s.weight, s.same, s.different, s.cannot_tell) for s in found.by_weight] == [
        (-5, 0, 1, 0),
        (0, 6, 2, 3),
    ]
    recent = found.recent
    assert (recent.share, recent.of_all, recent.share_before, recent.of_all_before) == (
        0.7143,
        7,
        0.75,
        12,
    )
    assert agreement([], []).share is None
    assert agreement([], []).recent.share is None


async def test_what_agencies_fill_in_is_counted_live_and_for_good(
    running: Running,
) -> None:
    await running.take(
        recorded(1, person("Ada", "Bell", "1950-03-15"), person("Bob", "Bell")),
        recorded(2, person("Cora", "Dunn", "1960-03-15"), address=None),
    )
    day = START.date()

    async def shares(today: date) -> dict[str, tuple[Any, ...]]:
        async with running.service.pool.acquire() as connection:
            found = await load_quality(connection, PLACE, today)
        return {
            one.field: (one.share, one.of_all, one.share_before, one.of_all_before)
            for one in found.completeness
        }

    live = await shares(day)
    assert live["date_of_birth"] == (0.6667, 3, None, 0)
    assert live["postcode"] == (0.5, 2, None, 0)
    assert live["identifiers"] == (0.0, 3, None, 0)
    work_at = START + timedelta(days=1, hours=20)
    reader = InMemoryMetricReader()
    telemetry_metrics.configure([reader], Resource.create({}))
    try:
        for _ in range(6):  # a week of days that are over at a time
            async with running.service.work() as work:
                work.now = work_at
                await counting_days()(work)
        data: Any = reader.get_metrics_data()
    finally:
        telemetry_metrics.forget()
    measured = {
        (m.name, tuple(sorted(point.attributes.items()))): point.value
        for scope in data.resource_metrics[0].scope_metrics
        for m in scope.metrics
        for point in m.data.data_points
    }
    told = (("agency", "wigan-school"), ("field", "postcode"), ("place", PLACE))
    assert measured["kith.completeness", told] == 0.5
    rows = await running.rows("select max(day), count(*) from completeness_day")
    assert rows[0][0] == day + timedelta(days=1)
    await running.take(recorded(3, person("Eve", "Frost"), address=None))
    assert (await shares(day))["date_of_birth"] == (0.6667, 3, None, 0)  # that day is closed
    assert (await shares(day + timedelta(days=7)))["date_of_birth"] == (None, 0, 0.6667, 3)


async def test_quality_says_how_often_reviewers_agree(running: Running) -> None:
    await running.take(recorded(1, KNOWN))
    await running.take(recorded(2, AGAIN), wary=True)
    (case,) = await running.get("/v1/reviews")
    reader = InMemoryMetricReader()
    telemetry_metrics.configure([reader], Resource.create({}))
    try:
        await running.client.post(
            f"/v1/reviews/{case['id']}", params={"preview": "true"}, json={"verdict": "different"}
        )
        await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
        await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
        data: Any = reader.get_metrics_data()
    finally:
        telemetry_metrics.forget()
    ((answers,),) = [
        [(p.value, p.attributes["answer"]) for p in m.data.data_points]
        for scope in data.resource_metrics[0].scope_metrics
        for m in scope.metrics
        if m.name == "kith.matching.answers"
    ]
    assert answers == (1, "agreed")
    quality = await running.get("/v1/quality", place_id=PLACE)
    assert (quality["agreement"]["agreed"], quality["agreement"]["share"]) == (1, 1.0)
    assert quality["agreement"]["recent"] == {
        "share": 1.0, "of_all": 1, "share_before": None, "of_all_before": 0, "drifted": False,
    }  # fmt: skip
    assert quality["proposed_links"]["share"] is None
    assert "standard errors" in quality["drift_rule"]
    assert {one["agency_id"] for one in quality["completeness"]} <= {"wigan-school"}


async def test_agreement_that_drifts_is_measured_by_place_and_kind(
    running: Running,
) -> None:
    """Answers of this week beside those of the four before it; older ones count no more."""
    now = START + timedelta(days=60)
    rows = [
        (kind, verdict, weight, ago)
        for kind, verdict, weight, ago, number in (
            ("match", "same", 2.0, 0, 6),
            ("match", "different", 2.0, 6, 18),
            ("match", "cannot_tell", 2.0, 1, 50),
            ("match", "different", -3.0, 7, 50),
            ("match", "same", -3.0, 34, 10),
            ("match", "same", -3.0, 35, 500),
            ("link", "same", 1.0, 0, 30),
            ("link", "same", 1.0, 9, 60),
        )
        for _ in range(number)
    ]
    await running.service.pool.execute(
        "insert into review_case (id, place_id, journey_id, assessment_id, event_id, household_id,"
        " kind, candidates, urgency, opened_at, due_at, verdict, reviewed_by, reviewed_at)"
        " select gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
        " gen_random_uuid(), kind, jsonb_build_array(jsonb_build_object('weight', weight)),"
        " 'routine', at, at, verdict, 'kw-7', at"
        " from unnest($2::text[], $3::text[], $4::float8[], $5::timestamptz[])"
        " r(kind, verdict, weight, at)",
        PLACE,
        [kind for kind, *_ in rows],
        [verdict for _, verdict, *_ in rows],
        [weight for _, _, weight, _ in rows],
        [now - timedelta(days=ago) for *_, ago in rows],
    )
    reader = InMemoryMetricReader()
    telemetry_metrics.configure([reader], Resource.create({}))
    try:
        async with running.service.work() as work:
            work.now = now
            await counting_days()(work)
        data: Any = reader.get_metrics_data()
    finally:
        telemetry_metrics.forget()
    measured = {
        (m.name, point.attributes["kind"], point.attributes["place"]): point.value
        for scope in data.resource_metrics[0].scope_metrics
        for m in scope.metrics
        for point in m.data.data_points
        if m.name.startswith("kith.matching.agreement")
    }
    assert measured == {
        ("kith.matching.agreement", "match", PLACE): 0.25,
        ("kith.matching.agreement.drifted", "match", PLACE): 1,
        ("kith.matching.agreement", "link", PLACE): 1.0,
        ("kith.matching.agreement.drifted", "link", PLACE): 0,
    }
