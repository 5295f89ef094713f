"""Live quality: what people say of decisions, and how complete what agencies send is."""

from __future__ import annotations

from datetime import date, timedelta

from services.duplication.agreement import agreement
from services.duplication.completeness import by_agency
from services.duplication.drift import RULE, Compared, first_day, first_of_week
from services.duplication.quality_views import CompletenessView, QualityView
from services.duplication.store import quality as store
from services.kit.db import Connection
from services.kit.periodic import Task
from services.kit.telemetry_metrics import measuring, record
from services.kit.work import Work

_SETTLED = timedelta(hours=2)
"""How long after its end a day is counted for good: what comes later was under way for long."""
_AT_ONCE = 7


async def load_quality(connection: Connection, place_id: str | None, today: date) -> QualityView:
    """Of one place, or of all."""
    found = await store.find_quality(connection, place_id)
    answers = [dict(row) for row in await store.find_answers(connection, place_id)]
    counted = await store.find_completeness(connection, place_id, first_day(today))
    recent = await store.find_recent_answers(
        connection, place_id, first_day(today), first_of_week(today)
    )
    of_matches, of_links = (
        agreement(
            [a for a in answers if a["kind"] == kind],
            [answered for (_, answered_kind), answered in recent.items() if answered_kind == kind],
        )
        for kind in store.KINDS
    )
    return QualityView(
        **found,
        agreement=of_matches,
        proposed_links=of_links,
        completeness=tuple(
            CompletenessView.of(one.carried, agency_id=one.agency_id, field=one.field)
            for one in by_agency(counted, today)
        ),
        drift_rule=RULE,
    )


def counting_days() -> Task:
    """The periodic task that counts days that are over, and measures what drifted."""

    async def count(work: Work) -> None:
        over = (work.now - _SETTLED).date() - timedelta(days=1)
        first = first_day(work.now.date())
        last = await store.find_last_filled(work.connection)
        day = first if last is None else max(first, last + timedelta(days=1))
        for _ in range(_AT_ONCE):
            if day > over:
                break
            await store.fill_day(work.connection, day)
            day += timedelta(days=1)
        await store.forget_days(work.connection, first)
        if measuring():
            await _measure(work)

    return count


async def _measure(work: Work) -> None:
    today = work.now.date()
    answered = await store.find_recent_answers(
        work.connection, None, first_day(today), first_of_week(today)
    )
    counted_of = await store.find_places(work.connection)
    for place in sorted({*counted_of, *(place for place, _ in answered)}):
        counted = await store.find_completeness(work.connection, place, first_day(today))
        drifted: dict[str, int] = {}
        for one in by_agency(counted, today):
            drifted[one.agency_id] = drifted.get(one.agency_id, 0) + one.carried.drifted
            if (share := one.carried.share) is not None:
                record("kith.completeness", share, place=place, agency=one.agency_id,
                       field=one.field)  # fmt: skip
        for agency, number in drifted.items():
            record("kith.completeness.drifted", number, place=place, agency=agency)
        for kind in store.KINDS:
            agreed = answered.get((place, kind), Compared(0, 0, 0, 0))
            if (share := agreed.share) is not None:
                record("kith.matching.agreement", share, place=place, kind=kind)
            record("kith.matching.agreement.drifted", int(agreed.drifted), place=place, kind=kind)
