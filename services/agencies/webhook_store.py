"""Where agencies want to be told, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.kit.db import Connection, Pool, Row

WebhookState = Literal["enabled", "failing", "paused", "disabled"]


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """A row of ``webhook_endpoint``. Not shown in logs: it holds the secret."""

    agency_id: str
    url: str
    secret: str
    previous_secret: str | None
    previous_until: datetime | None
    created_at: datetime
    changed_at: datetime
    succeeded_at: datetime | None = None
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    statement: str | None = None
    paused_at: datetime | None = None
    paused_by: str | None = None

    def signing(self, now: datetime) -> list[str]:
        """The secrets to sign with: while one is being changed, the former one too."""
        former = self.previous_secret
        if former is None or self.previous_until is None or now >= self.previous_until:
            return [self.secret]
        return [self.secret, former]


def state_of(
    failing_since: datetime | None, paused_at: datetime | None, disabled_at: datetime | None
) -> WebhookState:
    """What an endpoint is, as its agency and operations see it."""
    if disabled_at:
        return "disabled"
    if paused_at:
        return "paused"
    return "failing" if failing_since else "enabled"


_COLUMNS = (
    "agency_id, url, secret, previous_secret, previous_until, created_at, changed_at,"
    " succeeded_at, failing_since, disabled_at, statement, paused_at, paused_by"
)


async def find_endpoint(connection: Connection | Pool, agency_id: str) -> Endpoint | None:
    """The agency's endpoint, disabled or not."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from webhook_endpoint where agency_id = $1",  # noqa: S608
        agency_id,
    )
    return Endpoint(**row) if row else None


async def lock_endpoint(connection: Connection, agency_id: str) -> Endpoint | None:
    """The same, with nobody else changing it, or adding one, until the transaction ends."""
    await connection.execute("select 1 from agency where agency_id = $1 for update", agency_id)
    return await find_endpoint(connection, agency_id)


async def save_endpoint(connection: Connection, endpoint: Endpoint) -> None:
    """Write the agency's endpoint as it is now."""
    await connection.execute(
        f"insert into webhook_endpoint ({_COLUMNS})"  # noqa: S608
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " on conflict (agency_id) do update set url = excluded.url, secret = excluded.secret,"
        " previous_secret = excluded.previous_secret, previous_until = excluded.previous_until,"
        " changed_at = excluded.changed_at, succeeded_at = excluded.succeeded_at,"
        " failing_since = excluded.failing_since, disabled_at = excluded.disabled_at,"
        " statement = excluded.statement, paused_at = excluded.paused_at,"
        " paused_by = excluded.paused_by",
        endpoint.agency_id,
        endpoint.url,
        endpoint.secret,
        endpoint.previous_secret,
        endpoint.previous_until,
        endpoint.created_at,
        endpoint.changed_at,
        endpoint.succeeded_at,
        endpoint.failing_since,
        endpoint.disabled_at,
        endpoint.statement,
        endpoint.paused_at,
        endpoint.paused_by,
    )


async def delete_endpoint(connection: Connection, agency_id: str) -> bool:
    """Forget the agency's endpoint and its secret; False when it had none."""
    answer = await connection.execute(
        "delete from webhook_endpoint where agency_id = $1", agency_id
    )
    return answer == "DELETE 1"


async def load_told(connection: Connection, agency_ids: Collection[str]) -> set[str]:
    """Those of the agencies that take part and want to be told."""
    rows = await connection.fetch(
        "select agency_id from webhook_endpoint w join agency a using (agency_id)"
        " where w.agency_id = any($1::text[]) and w.disabled_at is null and a.left_at is null",
        list(agency_ids),
    )
    return {row["agency_id"] for row in rows}


async def load_paused(connection: Connection, agency_ids: Collection[str]) -> set[str]:
    """Those of the agencies whose webhook operations have paused."""
    rows = await connection.fetch(
        "select agency_id from webhook_endpoint where agency_id = any($1::text[])"
        " and paused_at is not null",
        list(agency_ids),
    )
    return {row["agency_id"] for row in rows}


async def save_pause(
    connection: Connection, agency_id: str, at: datetime | None, by: str | None
) -> bool:
    """Pause it, or go on (both None); False where there is none, or it is so already."""
    answer = await connection.execute(
        "update webhook_endpoint set paused_at = $2, paused_by = $3 where agency_id = $1"
        " and (paused_at is null) = ($2::timestamptz is not null)",
        agency_id,
        at,
        by,
    )
    return answer == "UPDATE 1"


async def find_all(connection: Connection) -> list[Row]:
    """Every agency's endpoint without its secrets, how it fares, what waits and was given up."""
    return await connection.fetch(
        "select w.agency_id, a.name, w.url, w.created_at, w.changed_at, w.succeeded_at,"
        " w.failing_since, w.disabled_at, w.statement, w.paused_at, w.paused_by,"
        " (select count(*) from delivery d where d.destination = w.agency_id"
        "  and d.state = 'waiting') as waiting,"
        " (select count(*) from delivery d where d.destination = w.agency_id"
        "  and d.state = 'given_up' and not d.needless) as given_up,"
        " (select d.last_status from delivery d where d.destination = w.agency_id"
        "  and d.last_attempt_at is not null order by d.last_attempt_at desc limit 1)"
        "  as last_answer"
        " from webhook_endpoint w join agency a using (agency_id) where a.left_at is null"
        " order by a.name, w.agency_id"
    )


async def save_success(connection: Connection, agency_id: str, now: datetime) -> None:
    """It arrived. Written once a minute at most while all is well: not for every delivery."""
    await connection.execute(
        "update webhook_endpoint set succeeded_at = $2::timestamptz, failing_since = null"
        " where agency_id = $1 and (failing_since is not null or succeeded_at is null"
        " or succeeded_at < $2::timestamptz - interval '1 minute')",
        agency_id,
        now,
    )


async def save_failure(
    connection: Connection, agency_id: str, attempted_at: datetime, now: datetime
) -> None:
    """It did not. Nothing is said of an endpoint that was changed since."""
    await connection.execute(
        "update webhook_endpoint set failing_since = coalesce(failing_since, $3)"
        " where agency_id = $1 and changed_at <= $2 and failing_since is null",
        agency_id,
        attempted_at,
        now,
    )


async def disable_endpoint(
    connection: Connection,
    agency_id: str,
    statement: str,
    now: datetime,
    unchanged_since: datetime,
    unreached_since: datetime,
) -> bool:
    """Tell the agency nothing more; False where it was changed, or reached, since."""
    answer = await connection.execute(
        "update webhook_endpoint set disabled_at = $3, statement = $2 where agency_id = $1"
        " and disabled_at is null and changed_at <= $4"
        " and (succeeded_at is null or succeeded_at < $5)",
        agency_id,
        statement,
        now,
        unchanged_since,
        unreached_since,
    )
    return answer == "UPDATE 1"


async def find_statement(
    pool: Pool, agency_id: str, assessment_id: UUID, version: int
) -> dict[str, Any] | None:
    """One statement made to this agency, as it is polled."""
    row = await pool.fetchrow(
        "select s.assessment_id, a.reference, s.version, s.kind as status, s.final,"
        " s.contact, s.front_door, s.acknowledged_at, s.reason, s.stated_at"
        " from told s left join assessment a using (assessment_id)"
        " where s.agency_id = $1 and s.assessment_id = $2 and s.version = $3",
        agency_id,
        assessment_id,
        version,
    )
    return dict(row) if row else None
