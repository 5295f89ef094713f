"""Who looked is sealed, and tampering shows: changed, missing and added rows are named."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.audit import LooksSealed
from contracts.topics import EVERY_PLACE, SEAL_TOPICS
from services.duplication.store.reading import LOOKS as SEALED
from services.duplication.store.reading import save_looks
from services.kit import sealing
from services.kit.app import Service
from services.kit.auth import Actor
from services.kit.seal_checking import Checked, check, checking
from services.kit.sealing import seal_looks
from services.kit.seals import (
    FIRST,
    Finding,
    Kind,
    make_seal,
    numbers,
    ranges,
    row_digest,
    unexplained,
)
from services.kit.seals_kept import find_last, read_rows
from services.kit.seals_said import on_topic
from services.kit.settings import ServiceSettings
from services.kit.work import trial
from tests.conftest import StackFactory
from tests.stack import Stack, eventually

SERVICE = "duplication"
LOOKS = SEALED[:1]
(TABLE,) = LOOKS
SUBJECT = UUID("0195f0a0-0000-7000-8000-000000000001")


class Looks:
    """A service that keeps who looked, in a schema of its own on a real server."""

    def __init__(self, stack: Stack, service: Service) -> None:
        self.stack, self.service = stack, service

    async def look(self, *actors: str, person: str | None = None) -> None:
        """Each in a transaction of its own, as pages do."""
        for actor in actors:
            async with self.service.work() as work:
                who = Actor(actor, "test", person)
                await save_looks(work.connection, work.now, who, "household", [(SUBJECT, None)])

    async def seal(self) -> int:
        async with self.service.work() as work:
            return await seal_looks(work, SERVICE, TABLE)

    async def said(self, count: int) -> None:
        """Wait until so many seals are on the topic."""
        await self.stack.read(SEAL_TOPICS[SERVICE], lambda found: len(found) >= count)

    async def verify(self) -> Checked:
        said = on_topic(self.stack.access, self.stack.namespace, SERVICE)
        async with self.service.pool.acquire() as connection:
            [found] = await check(connection, SERVICE, LOOKS, said, datetime.now(UTC))
        return found

    async def tamper(self, *statements: str) -> None:
        """As the tables' owner can, whatever triggers say."""
        connection = await asyncpg.connect(self.stack.dsn, server_settings={"search_path": SERVICE})
        try:
            async with connection.transaction():
                for table in (TABLE.name, "look_seal"):
                    await connection.execute(f"alter table {table} disable trigger user")
                for sql in statements:
                    await connection.execute(sql)
                for table in (TABLE.name, "look_seal"):
                    await connection.execute(f"alter table {table} enable trigger user")
        finally:
            await connection.close()


@pytest.fixture
async def looks(open_stack: StackFactory) -> AsyncIterator[Looks]:
    async with open_looks(open_stack) as found:
        yield found


@asynccontextmanager
async def open_looks(open_stack: StackFactory) -> AsyncIterator[Looks]:
    async with (
        open_stack(SERVICE) as stack,
        Service(SERVICE, stack.settings(ServiceSettings, pool_size=12)) as service,
    ):
        yield Looks(stack, service)


async def three_seals(looks: Looks) -> None:
    """Rows 1 to 9 under three seals that were said; row 5 was rolled back, and is a gap."""
    await looks.look("ann", "ben", "cat")
    await looks.seal()
    await looks.look("dan")
    async with looks.service.work() as work, trial(work) as undone:
        await save_looks(
            undone.connection, work.now, Actor("eve", "x"), "household", [(SUBJECT, None)]
        )
    await looks.look("fay")
    await looks.seal()
    await looks.look("gus", "hal", "ida")
    await looks.seal()
    await looks.said(3)


def kinds(found: Checked) -> list[tuple[Kind, int, tuple[int, ...]]]:
    return [(one.kind, one.number, one.rows) for one in found.findings]


async def test_looks_are_sealed_and_said_and_found_whole(looks: Looks) -> None:
    await three_seals(looks)
    found = await looks.verify()
    assert (found.findings, found.doubts) == ([], [])
    assert (found.rows, found.seals, found.said, found.unsealed) == (8, 3, 3, 0)
    await looks.look("jon")
    assert (await looks.verify()).unsealed == 1
    events = await looks.stack.read(SEAL_TOPICS[SERVICE], lambda read: len(read) == 3)
    envelope, second = events[1]
    assert isinstance(second, LooksSealed)
    assert (second.ids, second.number) == (((4, 4), (6, 6)), 2)
    assert envelope.place_id == EVERY_PLACE
    assert str(SUBJECT) not in second.model_dump_json()


async def test_what_was_sealed_before_a_column_came_stays_whole_and_the_column_is_sealed_since(
    looks: Looks,
) -> None:
    before = replace(TABLE, columns=tuple(c for c in TABLE.columns if c != "person"))
    await looks.look("ann", "ben")
    async with looks.service.work() as work:
        assert await seal_looks(work, SERVICE, before) == 1
    await looks.look("wigan", person="jo-marsh")
    assert await looks.seal() == 1
    await looks.said(2)
    assert (await looks.verify()).findings == []
    await looks.tamper("update access_audit set person = 'ann' where actor = 'wigan'")
    assert kinds(await looks.verify()) == [(Kind.CHANGED, 2, (3,))]


async def test_what_is_sealed_is_sealed_once(looks: Looks) -> None:
    await three_seals(looks)
    assert await looks.seal() == 0
    assert (await looks.verify()).seals == 3


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "update access_audit set actor = 'somebody-else' where id = 4",
            [(Kind.CHANGED, 2, (4,))],
        ),
        (
            "update access_audit set at = at - interval '1 microsecond' where id = 2",
            [(Kind.CHANGED, 1, (2,))],
        ),
        ("update access_audit set shown = false where id = 9", [(Kind.CHANGED, 3, (9,))]),
        ("delete from access_audit where id in (1, 2)", [(Kind.MISSING, 1, (1, 2))]),
        ("delete from access_audit where id = 9", [(Kind.MISSING, 3, (9,))]),
        (
            "insert into access_audit (id, at, actor, purpose, what, subject_id) overriding system"
            " value select 5, at, 'framed', purpose, what, subject_id from access_audit"
            " where id = 4",
            [(Kind.ADDED, 2, (5,))],
        ),
        (
            "insert into access_audit (id, at, actor, purpose, what, subject_id) overriding system"
            " value select -3, at, 'framed', purpose, what, subject_id from access_audit"
            " where id = 4",
            [(Kind.ADDED, 1, (-3,))],
        ),
        (
            "alter table access_audit alter id drop identity;"
            "update access_audit set id = -id where id = 6",
            [(Kind.ADDED, 1, (-6,)), (Kind.MISSING, 2, (6,))],
        ),
        ("truncate access_audit", [(Kind.MISSING, 1, (1, 2, 3)), (Kind.MISSING, 2, (4, 6)),
                                   (Kind.MISSING, 3, (7, 8, 9))]),
        (
            "alter table access_audit drop constraint access_audit_pkey;"
            "insert into access_audit (id, at, actor, purpose, what, subject_id) overriding system"
            " value select 4, at, 'framed', purpose, what, subject_id from access_audit"
            " where id = 4",
            [(Kind.ADDED, 2, (4,)), (Kind.CHANGED, 2, (4,))],
        ),
        ("delete from look_seal where number = 3", [(Kind.MISSING, 3, ())]),
        ("delete from look_seal", [(Kind.MISSING, 1, ()), (Kind.MISSING, 2, ()),
                                   (Kind.MISSING, 3, ())]),
        (
            "update look_seal set row_digests = decode(repeat('00', 64), 'hex') where number = 2;"
            "update access_audit set actor = 'x' where id = 4",
            [(Kind.CHANGED, 2, ())],
        ),
    ],
)  # fmt: skip
async def test_audit_what_the_owner_changes_with_triggers_off_is_named(
    looks: Looks, sql: str, expected: list[tuple[Kind, int, tuple[int, ...]]]
) -> None:
    await three_seals(looks)
    await looks.tamper(sql)
    found = await looks.verify()
    assert kinds(found) == expected


async def test_audit_whoever_seals_anew_what_they_changed_is_found_by_what_was_said(
    looks: Looks,
) -> None:
    """They have read this code: row, digests and every later seal agree with each other again."""
    await three_seals(looks)
    await looks.tamper("delete from access_audit where id = 4", "delete from look_seal")
    async with looks.service.pool.acquire() as connection:
        previous, above = FIRST, None
        for number, last in ((1, 3), (2, 6), (3, 9)):
            rows = await read_rows(connection, TABLE, TABLE.columns, above, last)
            digests = [digest for _, digest in rows]
            seal = make_seal(
                SERVICE, TABLE, number, [i for i, _ in rows], digests, previous, datetime.now(UTC)
            )
            await connection.execute(
                "insert into look_seal values ($1, $2, $3, $4)",
                TABLE.name, number, seal.model_dump(mode="json"), b"".join(digests),
            )  # fmt: skip
            previous, above = seal.digest, last
    assert kinds(await looks.verify()) == [
        (Kind.CHANGED, 1, ()),
        (Kind.CHANGED, 2, ()),
        (Kind.MISSING, 2, (4,)),
        (Kind.CHANGED, 3, ()),
    ]


async def test_a_seal_that_was_said_cannot_be_unsaid_by_saying_another(looks: Looks) -> None:
    """Who has the database's role has its outbox, and the relay sends what is there."""
    await three_seals(looks)
    await looks.tamper("update access_audit set actor = 'nobody' where id = 6")
    async with looks.service.work() as work:
        last = await find_last(work.connection, SERVICE, TABLE.name)
        assert last is not None
        forged = last.seal.model_copy(update={"number": 2, "digest": "a" * 64})
        work.emit(forged, place_id=EVERY_PLACE, journey_id=uuid4(), cause=uuid4())
    await looks.said(4)
    assert kinds(await looks.verify()) == [(Kind.CHANGED, 2, ()), (Kind.CHANGED, 2, (6,))]


async def test_seals_that_are_not_outside_any_more_are_vouched_for_by_a_later_one(
    looks: Looks,
) -> None:
    """After a broker lost its data; and where nothing is outside, that is told."""
    await three_seals(looks)
    said = on_topic(looks.stack.access, looks.stack.namespace, SERVICE)

    async def only_the_last() -> AsyncIterator[LooksSealed]:
        async for seal in said():
            if seal.number == 3:
                yield seal

    async def nothing() -> AsyncIterator[LooksSealed]:
        for seal in list[LooksSealed]():
            yield seal

    async with looks.service.pool.acquire() as connection:
        [found] = await check(connection, SERVICE, LOOKS, only_the_last, datetime.now(UTC))
        assert (found.findings, found.doubts, found.said) == ([], [], 1)
        later = datetime(2100, 1, 1, tzinfo=UTC)
        [found] = await check(connection, SERVICE, LOOKS, nothing, later)
        assert found.findings == []
        assert "its last 3 seals are nowhere outside" in found.doubts[0]
    await looks.tamper(
        "update look_seal set said = jsonb_set(said, '{rows}', to_jsonb(repeat('b', 64)))"
        " where number = 1"
    )
    async with looks.service.pool.acquire() as connection:
        [found] = await check(connection, SERVICE, LOOKS, only_the_last, datetime.now(UTC))
    assert {(one.kind, one.number) for one in found.findings} == {(Kind.CHANGED, 1)}


async def test_after_a_backup_was_restored_what_is_found_stays_the_same_and_can_be_explained(
    looks: Looks,
) -> None:
    """Looks after the backup are gone, their numbers are given again; what follows is whole."""
    await three_seals(looks)
    await looks.tamper(
        "delete from access_audit where id > 6",
        "delete from look_seal where number > 2",
        "alter table access_audit alter id restart with 7",
        "delete from outbox where subject like '%/3'",
    )
    assert kinds(await looks.verify()) == [(Kind.MISSING, 3, ()), (Kind.MISSING, 3, (7, 8, 9))]
    for number, actors in enumerate((("jon",), ("kim", "lea"), ("may",)), 4):
        await looks.look(*actors)
        assert await looks.seal() == 1
        await looks.said(number)
    found = (await looks.verify()).findings
    assert {one.number for one in found} == {3, 4}, "not of what was sealed after them"
    known = frozenset((SERVICE, o.table, o.number, o.kind.value, o.rows) for o in found)
    for number in (7, 8):
        await looks.look("ned")
        assert await looks.seal() == 1
        await looks.said(number)
    later = (await looks.verify()).findings
    assert unexplained(SERVICE, later, known) == []
    await looks.tamper("update access_audit set actor = 'x' where id = (select max(id)"
                       " from access_audit)")  # fmt: skip
    left = unexplained(SERVICE, (await looks.verify()).findings, known)
    assert [one.kind for one in left] == [Kind.CHANGED]


async def test_a_look_that_waits_too_long_for_its_seal_is_told(looks: Looks) -> None:
    await looks.look("ann")
    said = on_topic(looks.stack.access, looks.stack.namespace, SERVICE)
    async with looks.service.pool.acquire() as connection:
        later = datetime(2100, 1, 1, tzinfo=UTC)
        [found] = await check(connection, SERVICE, LOOKS, said, later)
    assert "are not sealed" in found.doubts[0]


async def test_a_smaller_number_that_commits_later_is_waited_for(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_PATIENCE_SECONDS", 0.0)
    async with looks.service.work() as slow:
        await save_looks(
            slow.connection, slow.now, Actor("slow", "x"), "household", [(SUBJECT, None)]
        )
        await looks.look("quick")
        assert await looks.seal() == 0
    assert await looks.seal() == 1
    await looks.said(1)
    found = await looks.verify()
    assert (found.findings, found.rows) == ([], 2)


async def test_a_number_taken_by_a_transaction_that_has_no_id_yet_is_waited_for(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row's number is taken before its transaction has an id: no snapshot knows of it."""
    monkeypatch.setattr(sealing, "_PATIENCE_SECONDS", 0.0)
    await looks.look("first")  # so that this one takes no number that is logged

    async def slow() -> None:
        await looks.service.pool.execute(
            "insert into access_audit (at, actor, purpose, what, subject_id)"
            " values (now(), (select 'slow' from pg_sleep(1.5)), 'x', 'household', $1)",
            SUBJECT,
        )

    task = asyncio.create_task(slow())
    await eventually(
        lambda: looks.service.pool.fetchval(
            "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
            " and backend_xid is null and datname = current_database()"
        )
    )
    await looks.look("quick")
    assert await looks.service.pool.fetchval("select max(id) from access_audit") == 3
    assert await looks.seal() == 0, "number 2 may still come"
    await task
    assert await looks.seal() == 1
    await looks.said(1)
    found = await looks.verify()
    assert (found.findings, found.rows) == ([], 3)


async def test_audit_looks_of_many_writers_at_once_are_all_sealed_and_whole(looks: Looks) -> None:
    chance = random.Random(7)
    writing = True

    async def write(actor: int) -> None:
        for _ in range(25):
            try:
                async with looks.service.work() as work:
                    await save_looks(
                        work.connection, work.now, Actor(f"w{actor}", "x"), "household",
                        [(SUBJECT, None)] * chance.randint(1, 4),
                    )  # fmt: skip
                    await asyncio.sleep(chance.random() / 200)
                    if chance.random() < 0.2:
                        raise RuntimeError("rolled back")
            except RuntimeError:
                continue

    async def keep_sealing() -> int:
        made = 0
        while writing:
            made += await looks.seal()
        return made

    sealer = asyncio.create_task(keep_sealing())
    await asyncio.gather(*(write(actor) for actor in range(6)))
    writing = False
    made = await sealer + await looks.seal()
    assert made > 3, "sealed while they wrote"
    await looks.said(made)
    found = await looks.verify()
    assert (found.findings, found.unsealed) == ([], 0)
    assert found.rows == await looks.service.pool.fetchval("select count(*) from access_audit")
    assert found.rows > 200


async def test_how_long_a_look_waits_is_measured_before_its_seal_commits(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or sealing that fails again and again at its commit would look well."""
    measured: list[float] = []
    monkeypatch.setattr(sealing, "record", lambda name, value, **_: measured.append(value))
    await looks.look("ann")
    for _ in range(2):
        async with looks.service.work() as work, trial(work) as undone:
            assert await seal_looks(undone, SERVICE, TABLE) == 1
    assert 0 < measured[0] < measured[1]
    await looks.seal()
    await looks.seal()
    assert measured[3] == 0.0


async def test_no_look_waits_for_a_seal(looks: Looks) -> None:
    """Sealing takes no lock that a writer needs."""
    await looks.look("ann")
    async with looks.service.work() as work:
        assert await seal_looks(work, SERVICE, TABLE) == 1
        async with asyncio.timeout(5):
            await looks.look("ben")


async def test_what_is_found_is_logged_and_names_nobody(
    looks: Looks, caplog: pytest.LogCaptureFixture
) -> None:
    await three_seals(looks)
    turn = checking(looks.service, LOOKS)
    async with looks.service.work() as work:
        await turn(work)
    assert "tampered" not in caplog.text
    await looks.tamper("update access_audit set actor = 'Zephira' where id = 4")
    with caplog.at_level(logging.ERROR):
        async with looks.service.work() as work:
            await turn(work)
    assert "access_audit, rows 4 to 6 (seal 2): changed: 4" in caplog.text
    assert "Zephira" not in caplog.text
    assert str(SUBJECT) not in caplog.text


def test_a_row_is_hashed_as_it_is_told() -> None:
    """Whoever checks with other tools relies on this: it may not change."""
    at = datetime(2026, 3, 2, 9, 30, 0, 120, tzinfo=UTC)
    row = [7, at, "ann", "inbox", [SUBJECT], None, True]
    assert orjson.dumps(row) == (
        b'[7,"2026-03-02T09:30:00.000120+00:00","ann","inbox",'
        b'["0195f0a0-0000-7000-8000-000000000001"],null,true]'
    )
    assert row_digest(row).hex() == (
        "7af113d1a7b386699a3174250b8e6e5721fd42a95eef79b4eb850ca80a0cedad"
    )
    seal = make_seal(SERVICE, TABLE, 1, [7], [row_digest(row)], "0" * 64, at)
    assert seal.rows == sha256(row_digest(row)).hexdigest()
    text = (
        '{"columns":["id","at","actor","purpose","what","subject_id","place_id","shown","person"],'
        f'"ids":[[7,7]],"number":1,"previous":"{"0" * 64}","rows":"{seal.rows}",'
        '"sealed_at":"2026-03-02T09:30:00.000120+00:00","service":"duplication",'
        '"table":"access_audit"}'
    )
    assert seal.digest == sha256(text.encode()).hexdigest()


@given(st.sets(st.integers(-50, 200), min_size=1))
def test_ranges_hold_the_same_numbers(ids: set[int]) -> None:
    listed = sorted(ids)
    found = ranges(listed)
    assert numbers(found) == listed
    assert all(one[1] + 1 < other[0] for one, other in pairwise(found))


def test_a_finding_reads_in_a_line() -> None:
    many = Finding("disclosure", 4, 10, 99, Kind.MISSING, tuple(range(10, 40)), "Gone.")
    assert str(many).startswith("disclosure, rows 10 to 99 (seal 4): missing: 10, 11")
    assert "and 10 more. Gone." in str(many)
