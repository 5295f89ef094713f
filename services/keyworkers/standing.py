"""What somebody may do with the list of a restricted household, and the list as they see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from contracts.vocabulary import Restriction
from contracts.vocabulary_access import LiftingOutcome
from services.keyworkers import store_access as store
from services.keyworkers import store_lifting, store_restricted
from services.keyworkers.access import Entry, may_change
from services.keyworkers.access_views import AccessView, VersionView, lifting_view, version_view
from services.keyworkers.guarding import refuse_erased
from services.keyworkers.handlers import Handlers
from services.keyworkers.lifting import Lifting, Position, why_not_agree
from services.keyworkers.roster import Roster
from services.keyworkers.store_linking import find_current
from services.kit.db import Connection, Row
from services.kit.errors import Problem


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do with a household's list, and the list as it is."""

    household_id: UUID
    household: Row
    roster: Roster
    family: list[UUID]
    """Every id the household ever had."""
    entries: list[Entry]
    last: VersionView
    position: Position
    liftings: list[Lifting]
    readers: frozenset[str]
    """Who is on the list now."""
    barred: frozenset[str]
    """Who must never know of it: they have declared a conflict of interest."""
    reads: bool
    changes: bool
    enters: bool

    @property
    def shown(self) -> bool:
        return self.reads or self.changes or self.enters or self.position.key_worker

    @property
    def asked(self) -> Lifting | None:
        """The lifting that is asked for and not answered."""
        return next((one for one in self.liftings if one.answer is None), None)


async def find_standing(
    connection: Connection, handlers: Handlers, actor_id: str, household_id: UUID, now: datetime
) -> Standing:
    """What somebody may do with a household's list. Problem 404 where it never was restricted, 410
    where it was erased."""
    kept = await find_current(connection, household_id)
    await refuse_erased(connection, kept, household_id)
    row = await store_restricted.find_household(connection, kept)
    if row is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such restricted household.")
    roster = (await handlers.rosters.load(connection, [row["place_id"]]))[row["place_id"]]
    version = await store.find_version_at(connection, kept, now)
    last = (
        version_view(roster, version)
        if version
        else VersionView(version=0, at=now, restricted=True, readers=[])
    )
    family = (await store_restricted.load_families(connection, [kept]))[kept]
    (own,) = [one for one in family if one["id"] == kept]
    ids = [one["id"] for one in family]
    was_told = await store_restricted.was_told_of_harm(connection, kept, actor_id)
    is_barred = await store.has_conflict(connection, kept, actor_id)
    readers = frozenset(r.id for r in last.readers if r.until is None or r.until > now)
    barred = frozenset(one for row in family for one in row["barred"])
    on_list = actor_id in readers
    changes = may_change(roster, actor_id, row["team_ids"]) and not is_barred
    # Whoever answers the place's desk tells callers' messages on, to those on the list.
    is_desk = actor_id == roster.place.id
    return Standing(
        kept,
        row,
        roster,
        ids,
        await store.find_entries(connection, ids),
        last,
        Position(
            actor_id,
            on_list=on_list and not is_barred,
            changes=changes,
            key_worker=actor_id == own["key_worker_id"] and not is_barred,
        ),
        await store_lifting.find_liftings(connection, ids),
        readers - barred,
        barred,
        reads=(on_list or is_desk) and not is_barred,
        changes=changes,
        enters=was_told and not is_barred,
    )


def access_view(found: Standing, version: VersionView | None, at: datetime) -> AccessView:
    shown = version or VersionView(version=0, at=at, restricted=False, readers=[])
    entries = {e.reader_id: e for e in found.entries if e.removed_at is None or e.removed_at > at}
    readers = [
        reader.model_copy(
            update={
                "reason": entry.reason if (entry := entries.get(reader.id)) else None,
                "added_by": entry.added_by if entry else None,
            }
        )
        for reader in shown.readers
        if (reader.since is None or reader.since <= at)
        and (reader.until is None or reader.until > at)
    ]
    team = next(iter(found.household["team_ids"]), None)
    asked = found.asked if shown.restricted else None
    lifted = next((one for one in found.liftings if one.answer is LiftingOutcome.AGREED), None)
    return AccessView(
        household_id=found.household_id,
        at=at,
        version=shown.version,
        restricted=shown.restricted,
        restrictions=[Restriction(r) for r in found.household["restrictions"]],
        team_name=team_name(found.roster, team),
        readers=readers,
        may_change=found.changes,
        may_enter=found.enters and not found.reads,
        asked=lifting_view(found.roster, asked) if asked else None,
        lifted=lifting_view(found.roster, lifted) if lifted and not shown.restricted else None,
        may_ask=found.position.may_ask and shown.restricted and asked is None,
        may_agree=asked is not None
        and why_not_agree(found.position, asked, found.readers, asked.assessment_ids) is None,
        may_restrict=found.position.may_restrict and lifted is not None and not shown.restricted,
    )


def team_name(roster: Roster, team_id: str | None) -> str | None:
    known = roster.teams.get(team_id or "")
    return known.name if known else None


def not_yours() -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "Who may know of this household is shown to those on its list, and changed by its team's "
        "lead or a privacy officer.",
    )
