"""Events in, events out; and what is done every so often. Load, decide, save."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from contracts.alerts import AlertAnsweredV1
from contracts.envelope import derive_id
from contracts.erasure import ErasureRefusedV1
from contracts.links import LinkProposedV1
from contracts.restrictions import AccessChangedV1
from contracts.topics import ALERTS, EVERY_PLACE, HOUSEHOLDS
from contracts.vocabulary_changes import HandoverOutcome
from services.keyworkers import (
    answers,
    handovers,
    keeping,
    offers,
    store,
    store_erasures,
    store_handovers,
    store_offers,
    store_places,
    store_restricted,
    store_reviews,
)
from services.keyworkers.announcing import announcing_places
from services.keyworkers.batches import runs
from services.keyworkers.erasing import erase, of_what_stays, without_erased
from services.keyworkers.following import follow as follow_link
from services.keyworkers.gathering import gather, gather_waiting
from services.keyworkers.loading import Rosters
from services.keyworkers.measuring import measuring_retention, measuring_teams
from services.keyworkers.retaining import retaining
from services.keyworkers.roster import Roster
from services.keyworkers.routing import Consumed, decide
from services.keyworkers.second_word import ask_again
from services.keyworkers.situation import Emission, Situation
from services.keyworkers.store_changes import save_changes
from services.keyworkers.telling import tell_of_waiting, tell_of_what_is_known, tell_overdue
from services.keyworkers.waiting import drain
from services.kit.consume import Received, decode_only
from services.kit.db import Connection, lock_places
from services.kit.errors import Problem
from services.kit.outbox import Outgoing
from services.kit.telemetry_metrics import record
from services.kit.work import Work

if TYPE_CHECKING:
    from services.keyworkers.settings import KeyWorkersSettings
    from services.kit.app import Service


_FIRST_RETENTION_SECONDS = 300.0


class Handlers:
    """The service's consumer and periodic tasks. ``rosters``: shared with the API."""

    def __init__(self, rosters: Rosters) -> None:
        self.rosters = rosters

    def declare(self, service: Service, settings: KeyWorkersSettings) -> None:
        """Say what the service consumes and what it does every so often."""
        service.finish(self.keep_access)
        service.consume(HOUSEHOLDS, self.on_households)
        # Of all that is said of alerts only a few answers matter here, and they can wait a moment.
        service.consume(
            ALERTS, self.on_alerts, decode=decode_only([AlertAnsweredV1]), gather_ms=200
        )
        service.every(settings.drain_seconds, "waiting list", self.on_waiting)
        service.every(settings.metrics_seconds, "measure", measuring_teams(self.rosters))
        service.every(settings.review_seconds, "untold reviews", self.on_untold_reviews)
        service.every(settings.review_seconds, "handovers", self.on_unanswered_handovers)
        service.every(settings.drain_seconds, "offers", self.on_lapsed_offers)
        service.every(settings.drain_seconds, "places", announcing_places(self.rosters))
        service.every(settings.drain_seconds, "who may know", self.on_access)
        # Soon after a start: one that is started anew more often would never come to it.
        task = retaining(service, self.rosters)
        service.every(settings.retention_seconds, "retention", task, _FIRST_RETENTION_SECONDS)
        service.every(settings.metrics_seconds, "measure retention", measuring_retention)

    async def on_households(
        self, connection: Connection, received: Sequence[Received]
    ) -> list[Outgoing]:
        """What follows from a batch of ``duplication.households``, place by place, in order."""
        by_place: dict[str, list[Received]] = defaultdict(list)
        for item in await without_erased(connection, received):
            if not isinstance(item.event, LinkProposedV1):  # a question to a reviewer, not to us
                by_place[item.envelope.place_id].append(item)
        rosters = await self.rosters.load(connection, by_place.keys())
        for place_id, items in by_place.items():
            await keeping.note(connection, place_id, items)
            refused = [i.event for i in items if isinstance(i.event, ErasureRefusedV1)]
            await store_erasures.save_refusals(connection, refused)
            for one in refused:
                record("kith.erasures.refused", 1, place=place_id, refusal=one.refusal.value)
        outgoing: list[Outgoing] = []
        for run in runs(by_place):
            if isinstance(run, tuple):
                item, event = run
                place_id = item.envelope.place_id
                emissions = await follow_link(connection, rosters[place_id], item, event)
                outgoing += [_outgoing(place_id, e, item.now) for e in emissions]
            elif isinstance(run, list):
                place_id = run[0][0].envelope.place_id
                outgoing += await erase(connection, rosters[place_id], run)
            else:
                outgoing += await self._decide(connection, rosters, run)
        for place_id, items in by_place.items():
            outgoing += await keeping.lifted_besides(connection, rosters[place_id], items)
        outgoing = _in_order(outgoing)
        for place_id, items in by_place.items():
            heard = [item.event for item in items]
            said = [one.event for one in outgoing if one.place_id == place_id]
            said, now = of_what_stays(heard, said), items[0].now
            kept = await keeping.keep(connection, rosters[place_id], said, now)
            _say_access(outgoing, place_id, kept.changed, now)
            outgoing += await ask_again(connection, rosters[place_id], kept.families, now)
        return outgoing

    async def keep_access(self, work: Work) -> None:
        """At the end of a transaction: the lists that what was done in it has changed."""
        # A seal is said of every place, and changes no list.
        places = ({one.place_id for one in work.outgoing} | work.notes.keys()) - {EVERY_PLACE}
        if not places:
            return
        rosters = await self.rosters.load(work.connection, places)
        for place_id in sorted(places):
            said = [one.event for one in work.outgoing if one.place_id == place_id]
            also = work.notes.get(place_id, set())
            roster = rosters[place_id]
            kept = await keeping.keep(work.connection, roster, said, work.now, also)
            _say_access(work.outgoing, place_id, kept.changed, work.now)
            work.outgoing += await ask_again(work.connection, roster, kept.families, work.now)

    async def on_access(self, work: Work) -> None:
        """Cover follows the calendar: whose time on a list begins today, or has ended."""
        for place_id in sorted(await store_places.find_places(work.connection)):
            tracked = await store_restricted.find_all_tracked(work.connection, place_id)
            if tracked:
                await work.lock_place(place_id)
                work.note(place_id, tracked)

    async def on_alerts(
        self, connection: Connection, received: Sequence[Received]
    ) -> list[Outgoing]:
        """Propose the handovers that answers to alerts ask for."""
        asked = answers.asked_to_hand_over(received)
        places = {item.envelope.place_id for item, _ in asked}
        rosters = await self.rosters.load(connection, places) if places else {}
        return await answers.follow(connection, rosters, asked)

    async def _decide(
        self,
        connection: Connection,
        rosters: Mapping[str, Roster],
        by_place: Mapping[str, Sequence[tuple[Received, Consumed]]],
    ) -> list[Outgoing]:
        """Decide matches and reviews, in order within each place, over one reading of the store."""
        situations = await gather(
            connection, rosters, {p: [e for _, e in items] for p, items in by_place.items()}
        )
        outgoing: list[Outgoing] = []
        for place_id, items in by_place.items():
            situation = situations[place_id]
            for item, event in items:
                emissions = decide(situation, event, item.envelope.traceparent)
                outgoing += [_outgoing(place_id, e, item.now) for e in emissions]
            told = await _save(connection, situation)
            outgoing += [_outgoing(place_id, e, items[-1][0].now) for e in told]
        return outgoing

    async def on_waiting(self, work: Work) -> None:
        """Give waiting households the key workers there is room with, in every place."""
        teams: dict[str, list[str]] = defaultdict(list)
        for place_id, team_id in await store.load_waiting_teams(work.connection):
            teams[place_id].append(team_id)
        # Their key worker is told at once; what a release before this one left is told here.
        left = set(await store.load_places_unfollowed(work.connection))
        await work.lock_places({*teams, *left})
        for place_id in sorted({*teams, *left}):
            await self.serve_waiting(work, place_id, teams[place_id])
            if place_id in left:
                roster = (await self.rosters.load(work.connection, [place_id]))[place_id]
                self.say(work, roster, await tell_of_waiting(work.connection, roster))

    async def serve_waiting(self, work: Work, place_id: str, team_ids: Sequence[str]) -> None:
        """The same for some teams of one place, whose lock the caller holds."""
        roster = (await self.rosters.load(work.connection, [place_id]))[place_id]
        situation, referrals = await gather_waiting(
            work.connection, roster, [t for t in team_ids if t in roster.teams]
        )
        await self.save(work, situation, drain(situation, referrals, work.now))

    async def on_lapsed_offers(self, work: Work) -> None:
        """What nobody has claimed in time is assigned as in a team that does not offer."""
        places = await store_offers.find_lapsed(work.connection, work.now)
        await work.lock_places(set(places))
        for place_id in places:
            lapsed = await store_offers.end_lapsed(work.connection, place_id, work.now)
            await self.serve_waiting(work, place_id, sorted(set(lapsed.values())))
            situation = Situation((await self.rosters.load(work.connection, [place_id]))[place_id])
            left = await store.load_waiting_of(work.connection, lapsed)
            emissions = [offers.unclaimed(situation, referral) for referral in left]
            await self.save(work, situation, emissions)

    async def on_unanswered_handovers(self, work: Work) -> None:
        """A handover that was not answered in time changes nothing; who asked is told."""
        rows = await store_handovers.find_expired(work.connection, work.now)
        places = sorted({row["place_id"] for row in rows})
        await lock_places(work.connection, work.service, set(places))
        rosters = await self.rosters.load(work.connection, places)
        for row in rows:
            with contextlib.suppress(Problem):  # answered while the lock was waited for
                roster = rosters[row["place_id"]]
                await handovers.close(work, roster, row, HandoverOutcome.EXPIRED, None)

    async def save(self, work: Work, situation: Situation, emissions: Sequence[Emission]) -> None:
        """Save what was decided in a place whose lock the caller holds, and say it, and what new
        key workers are to know."""
        self.say(work, situation.roster, emissions)
        self.say(work, situation.roster, await _save(work.connection, situation))

    def say(self, work: Work, roster: Roster, emissions: Sequence[Emission]) -> None:
        """Send events of a place, in order."""
        sent = [_outgoing(roster.place.id, emission, work.now) for emission in emissions]
        work.outgoing = _in_order([*work.outgoing, *sent])

    async def on_untold_reviews(self, work: Work) -> None:
        """Send on what nobody has reviewed by its deadline."""
        places = set(await store_reviews.load_places_overdue(work.connection, work.now))
        await work.lock_places(places)
        for place_id in sorted(places):
            roster = (await self.rosters.load(work.connection, [place_id]))[place_id]
            reviews = await store_reviews.load_overdue(work.connection, place_id, work.now)
            self.say(work, roster, await tell_overdue(work.connection, roster, reviews))


async def _save(connection: Connection, situation: Situation) -> list[Emission]:
    """Save what was decided; what those who are key workers since are told in addition."""
    await save_changes(connection, situation.roster.place.id, situation.changes)
    begun = {e.household_id for e in situation.changes.engagements.values()}
    return await tell_of_what_is_known(connection, situation.roster, begun)


def _in_order(outgoing: Sequence[Outgoing]) -> list[Outgoing]:
    """What is said in one transaction, each a microsecond after the one before, so that readers
    who go by the times of events know what was said last."""
    ordered: list[Outgoing] = []
    for one in outgoing:
        after = ordered[-1].time + timedelta(microseconds=1) if ordered else one.time
        ordered.append(replace(one, time=max(one.time, after)))
    return ordered


def _outgoing(place_id: str, emission: Emission, now: datetime) -> Outgoing:
    return Outgoing(
        emission.id, emission.event, place_id, emission.journey_id, now, emission.traceparent
    )


def _say_access(
    outgoing: list[Outgoing], place_id: str, changed: Sequence[AccessChangedV1], now: datetime
) -> None:
    """Say who may know: what closes a household before everything else that is said of it, what
    opens one after it."""
    closing: list[Outgoing] = []
    opening: list[Outgoing] = []
    for event in changed:
        said = Outgoing(
            derive_id(event.household_id, event.TYPE, event.version),
            event,
            place_id,
            event.household_id,
            now,
            None,
        )
        (closing if event.restricted or event.barred else opening).append(said)
    outgoing[:0] = closing
    outgoing += opening
