"""Looking through everything that the services' schemas hold for somebody's values.

Every column of every table of every schema, whatever its type: as text, and bytes as what they are,
unpacked where they are packed. Letter case, signs and blanks do not hide anything.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import asyncpg

_TABLES = (
    "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname = any($1) and c.relkind in ('r', 'p', 'm') order by 1, 2"
)
_PLAIN = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """``0161 496-0701`` and ``+0161 4960701`` are one."""
    return _PLAIN.sub("", text).casefold()


def _bytes_of(value: Any) -> Iterator[bytes]:
    """The bytes that a value is or holds."""
    if isinstance(value, bytes):
        yield value
        for bits in (15, -15, 31):
            try:
                yield zlib.decompressobj(bits).decompress(value)
            except zlib.error:
                continue
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _bytes_of(one)


def _texts_of(row: asyncpg.Record) -> Iterator[tuple[str, str]]:
    for column, value in row.items():
        yield column, str(value)
        for found in _bytes_of(value):
            yield column, found.decode("latin-1")
            yield column, found.decode("utf-8", "ignore")


async def find_values(
    dsn: str, schemas: Sequence[str], values: Iterable[str]
) -> dict[str, set[str]]:
    """By value: the columns (``schema.table.column``) in which it stands."""
    wanted = {value: plain(value) for value in values}
    found: dict[str, set[str]] = {value: set() for value in wanted}
    connection = await asyncpg.connect(dsn)
    try:
        for schema, table in await connection.fetch(_TABLES, list(schemas)):
            for row in await connection.fetch(f'select * from "{schema}"."{table}"'):
                for column, text in _texts_of(row):
                    held = plain(text)
                    for value, needle in wanted.items():
                        if needle in held:
                            found[value].add(f"{schema}.{table}.{column}")
    finally:
        await connection.close()
    return found
