"""SQL of seals and of the tables that they are of. Names of tables and columns are the contract's,
which allows lower case letters, digits and underscores in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.audit import SEALS, LooksSealed
from services.kit.db import Connection, Row
from services.kit.seals import LookTable, row_digest


@dataclass(frozen=True, slots=True)
class Kept:
    """A seal as the table of seals has it."""

    seal: LooksSealed
    row_digests: bytes

    @property
    def last_id(self) -> int:
        return self.seal.ids[-1][1]


def kept_of(service: str, row: Row) -> Kept:
    """A row of ``look_seal``. Raises ``ValidationError`` where it is no seal."""
    return Kept(SEALS[service].model_validate(row["said"]), row["row_digests"])


async def exists(connection: Connection, table: str) -> bool:
    """Whether there is such a table."""
    return bool(await connection.fetchval("select to_regclass($1) is not null", table))


async def save_seal(connection: Connection, kept: Kept) -> None:
    """Keep a seal."""
    await connection.execute(
        "insert into look_seal (look_table, number, said, row_digests) values ($1, $2, $3, $4)",
        kept.seal.table,
        kept.seal.number,
        kept.seal.model_dump(mode="json"),
        kept.row_digests,
    )


async def find_last(connection: Connection, service: str, table: str) -> Kept | None:
    """The last seal of a table."""
    row = await connection.fetchrow(
        "select * from look_seal where look_table = $1 order by number desc limit 1", table
    )
    return kept_of(service, row) if row else None


async def find_after(connection: Connection, table: str, number: int, most: int) -> list[Row]:
    """The seals of a table after one number, in order."""
    return await connection.fetch(
        "select * from look_seal where look_table = $1 and number > $2 order by number limit $3",
        table,
        number,
        most,
    )


async def find_digests(connection: Connection, table: str) -> dict[int, str]:
    """The digest of each seal of a table, by number."""
    rows = await connection.fetch(
        "select number, said->>'digest' as digest from look_seal where look_table = $1", table
    )
    return {row["number"]: row["digest"] for row in rows}


async def find_last_number(connection: Connection, table: LookTable) -> int | None:
    """The highest number of a row that is committed."""
    number: int | None = await connection.fetchval(
        f'select max("{table.key}") from "{table.name}"'  # noqa: S608
    )
    return number


async def find_writers(
    connection: Connection, table: str, among: Sequence[str] | None = None
) -> list[str]:
    """The transactions that write to a table, prepared ones too; of those ``among``."""
    rows = await connection.fetch(
        "select distinct virtualtransaction from pg_locks where locktype = 'relation'"
        " and database = (select oid from pg_database where datname = current_database())"
        " and relation = $1::text::regclass and mode = 'RowExclusiveLock' and granted"
        " and ($2::text[] is null or virtualtransaction = any($2))",
        table,
        among,
    )
    return [row["virtualtransaction"] for row in rows]


async def read_rows(
    connection: Connection,
    table: LookTable,
    columns: Sequence[str],
    above: int | None,
    upto: int,
    most: int | None = None,
) -> list[tuple[int, bytes]]:
    """Number and digest of each row above one number (None: from the start) up to another."""
    listed = ", ".join(f'"{name}"' for name in columns)
    rows = await connection.fetch(
        f'select "{table.key}", {listed} from "{table.name}"'  # noqa: S608
        f' where ($1::bigint is null or "{table.key}" > $1) and "{table.key}" <= $2'
        f' order by "{table.key}" limit $3',
        above,
        upto,
        most,
    )
    digests: list[tuple[int, bytes]] = []
    for row in rows:
        number, *values = row
        digests.append((number, row_digest(values)))
    return digests


async def find_waiting(connection: Connection, table: LookTable, above: int | None) -> Row | None:
    """How many rows come after the last sealed one, and the earliest moment of them."""
    return await connection.fetchrow(
        f'select count(*) as waiting, min("{table.at}") as since from "{table.name}"'  # noqa: S608
        f' where $1::bigint is null or "{table.key}" > $1',
        above,
    )
