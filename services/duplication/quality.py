"""Live quality: what people say of decisions, and how complete what agencies send is."""

from __future__ import annotations

from datetime import date, timedelta

from services.duplication.agreement import agreement
from services.duplication.completeness import RULE, Completeness, by_agency, first_day
from services.duplication.store import quality as store
from services.duplication.views import CompletenessView, QualityView
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
    return QualityView(
        **found,
        agreement=agreement([a for a in answers if a["kind"] == "match"]),
        proposed_links=agreement([a for a in answers if a["kind"] == "link"]),
        completeness=tuple(map(_view, by_agency(counted, today))),
        drift_rule=RULE,
    )


def _view(one: Completeness) -> CompletenessView:
    return CompletenessView(
        agency_id=one.agency_id,
        field=one.field,
        share=_rounded(one.share),
        of_all=one.of_all,
        share_before=_rounded(one.share_before),
        of_all_before=one.of_all_before,
        drifted=one.drifted,
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


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
    for place in await store.find_places(work.connection):
        counted = await store.find_completeness(work.connection, place, first_day(today))
        drifted: dict[str, int] = {}
        for one in by_agency(counted, today):
            drifted[one.agency_id] = drifted.get(one.agency_id, 0) + one.drifted
            if one.share is not None:
                record("kith.completeness", one.share, place=place, agency=one.agency_id,
                       field=one.field)  # fmt: skip
        for agency, number in drifted.items():
            record("kith.completeness.drifted", number, place=place, agency=agency)
