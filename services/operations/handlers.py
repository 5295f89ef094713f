"""What operations does with a batch of events: a few statements, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from contracts.vocabulary_alerts import AlertKind
from services.kit.access import learn_access
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.officers import learn_officers
from services.kit.outbox import Outgoing
from services.kit.periodic import Task
from services.kit.telemetry_metrics import measuring, record
from services.kit.work import Work
from services.operations import measures
from services.operations.erasing import erase, leave_out_erased
from services.operations.journeys import journey_of, moved_by, put_together
from services.operations.seen import (
    Access,
    Acknowledged,
    Assigned,
    Linked,
    OfNoJourney,
    Opened,
    Place,
    Reversed,
    Routed,
    Seen,
    Separated,
)
from services.operations.stalls import Stage
from services.operations.store import writing
from services.operations.store.erasing import count_unanswered
from services.operations.store.measuring import load_standing
from services.operations.store.reading import find_stalls

_MOST_STALLS = 500
_KEEP_FLOW = timedelta(days=2)
_ANSWERED_WITHIN = timedelta(hours=1)
"""By when what was ordered to be erased is erased or refused: it takes seconds."""


async def on_events(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
    """Add what the events say to their journeys, the ledger and the counts."""
    everything = [(r.envelope, r.event) for r in received if isinstance(r.event, Seen)]
    await learn_access(
        connection, [event.view.said for _, event in everything if isinstance(event.view, Access)]
    )
    await learn_officers(
        connection,
        [
            replace(r, event=r.event.view.said)
            for r in received
            if isinstance(r.event, Seen) and isinstance(r.event.view, Place)
        ],
    )
    await erase(connection, received)
    seen = await leave_out_erased(connection, everything)
    await writing.save_events(connection, seen)
    await writing.save_journeys(
        connection,
        put_together(
            part
            for envelope, event in seen
            if not isinstance(event.view, OfNoJourney)
            for part in (
                journey_of(envelope, event.view),
                *(moved_by(envelope, event.view) if isinstance(event.view, Separated) else ()),
            )
        ),
    )
    await writing.save_referrals(
        connection, [(e, event.view) for e, event in seen if isinstance(event.view, Opened)]
    )
    await writing.save_avoided(
        connection,
        [
            (e, event.view)
            for e, event in seen
            if isinstance(event.view, Routed)
            and event.view.referral_avoided
            and not event.view.provisional
        ],
    )
    await writing.save_reversals(
        connection, [(e, event.view) for e, event in seen if isinstance(event.view, Reversed)]
    )
    await writing.save_acknowledgements(
        connection,
        [
            (e, event.view)
            for e, event in seen
            if isinstance(event.view, Acknowledged) and event.view.kind is AlertKind.ROUTED
        ],
    )
    await writing.save_engagements(
        connection, [(e, event.view) for e, event in seen if isinstance(event.view, Assigned)]
    )
    await writing.save_links(
        connection,
        [event.view for _, event in seen if isinstance(event.view, Linked)],
        {
            event.view.undoes: envelope.time
            for envelope, event in seen
            if isinstance(event.view, Separated) and event.view.undoes is not None
        },
    )
    topics = Counter(event.topic for _, event in everything)
    await writing.save_flow(connection, topics, received[0].now)
    measures.measure(everything, received[0].now)
    return []


async def prune_flow(work: Work) -> None:
    """Forget counts that no page shows any more."""
    await writing.prune_flow(work.connection, work.now - _KEEP_FLOW)


def measuring_standing(allowed: Mapping[Stage, timedelta]) -> Task:
    """The periodic task that says how many wait, for what is measured."""

    async def measure(work: Work) -> None:
        if measuring():
            standing = await load_standing(work.connection)
            record("kith.waiting_list", standing["queued"])
            record("kith.reviews.waiting", standing["under_review"])
            stalls = await find_stalls(work.connection, work.now, allowed, _MOST_STALLS)
            record("kith.journeys.stalled", len(stalls))
            waiting = await count_unanswered(work.connection, work.now, _ANSWERED_WITHIN)
            record("kith.erasures.unanswered", waiting)

    return measure
