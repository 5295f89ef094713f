"""Putting a place file in force, and having the version in force ready for deciding."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from services.keyworkers import store_leave, store_places
from services.keyworkers.place import InvalidPlace, Place, parse_place
from services.keyworkers.roster import Arranged, Roster, with_leave
from services.keyworkers.sign_ins import sign_in_faults
from services.kit.db import Connection, Row, lock_places
from services.kit.errors import Problem, Reject
from services.kit.work import command_work

SERVICE = "keyworkers"


async def load_place(dsn: str, place_file: Path) -> int:
    """Check the file and put it in force; its version. The same file again changes nothing.

    ``dsn``: of the service's own role. A running service sees the new version with its next
    batch. Raises :class:`InvalidPlace`, also where a household relies on a team or key worker
    that the file no longer has, and ``OSError``.
    """
    document = await asyncio.to_thread(place_file.read_bytes)
    place = parse_place(document)
    async with command_work(SERVICE, dsn) as work:
        return await put_in_force(work.connection, place, document)


async def put_in_force(connection: Connection, place: Place, document: bytes) -> int:
    """In the caller's transaction: keep the document as a version and put it in force."""
    await lock_places(connection, SERVICE, {place.id})
    digest = hashlib.sha256(document).hexdigest()
    current = await store_places.load_current(connection, place.id)
    if current is not None and current["sha256"] == digest:
        version: int = current["version"]
        return version
    if faults := [*sign_in_faults(place), *await _left_behind(connection, place)]:
        raise InvalidPlace(faults)
    version = current["version"] + 1 if current is not None else 1
    await store_places.save_place(
        connection, place.id, version, digest, document, datetime.now(UTC)
    )
    return version


async def _left_behind(connection: Connection, place: Place) -> list[str]:
    teams = {team.id for team in place.teams}
    key_workers = {key_worker.id for key_worker in place.key_workers}
    faults = set()
    for row in await store_places.find_still_needed(connection, place.id):
        if row["team_id"] not in teams:
            faults.add(f"team {row['team_id']} is gone, but has households: keep it")
        if row["key_worker_id"] is not None and row["key_worker_id"] not in key_workers:
            faults.add(
                f"key worker {row['key_worker_id']} is gone, but has households:"
                " keep the entry and give it a left_on date"
            )
    return sorted(faults)


def _roster(row: Row, arranged: tuple[Arranged, ...]) -> Roster:
    """The place in a row; leave of key workers whom the file no longer has is over."""
    place = parse_place(row["document"])
    ids = {key_worker.id for key_worker in place.key_workers}
    still = tuple(
        one if one.cover in ids else replace(one, cover=None)
        for one in arranged
        if one.key_worker_id in ids
    )
    return Roster(with_leave(place, still), row["version"], still, row["leave_version"])


class Rosters:
    """The rosters of the places in force. Reads a place's document only when it has changed."""

    def __init__(self) -> None:
        self._known: dict[str, Roster] = {}

    async def load(self, connection: Connection, place_ids: Collection[str]) -> dict[str, Roster]:
        """The places' rosters. Raises :class:`Reject` for a place that is not loaded."""
        rows = await store_places.load_newer_places(
            connection,
            list(place_ids),
            {p: (r.version, r.leave_version) for p, r in self._known.items()},
        )
        newer = [row for row in rows if row["document"] is not None]
        if newer:
            leave = await store_leave.load_arranged(connection, [r["place_id"] for r in newer])
            for row in newer:
                known = leave.get(row["place_id"], ())
                self._known[row["place_id"]] = _roster(row, known)
        found = {row["place_id"]: self._known[row["place_id"]] for row in rows}
        if missing := set(place_ids) - set(found):
            raise Reject(f"place {min(missing)} is not loaded: kith place load FILE")
        return found

    async def load_all(self, connection: Connection) -> dict[str, Roster]:
        """The rosters of every place loaded."""
        return await self.load(connection, await store_places.find_places(connection))

    async def find_of(self, connection: Connection, key_worker_id: str) -> Roster:
        """The roster that a key worker is in. Problem 404 where they are in none."""
        for roster in (await self.load_all(connection)).values():
            if key_worker_id in roster.key_workers:
                return roster
        raise Problem(HTTPStatus.NOT_FOUND, "There is no key worker with this id.")
