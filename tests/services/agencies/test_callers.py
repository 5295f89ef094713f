"""Credentials are trusted for a time, and then looked up again together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.agencies import registry_store
from services.agencies.agreement import Agency
from services.agencies.callers import Callers
from services.kit.db import Pool
from services.kit.errors import Problem
from tests.services.agencies.place import HOMES, POLICE, SCHOOL, Place, submission

_SECONDS = 5.0


class Clock:
    """A clock that is put forward by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def callers(place: Place, clock: Clock) -> Callers:
    return Callers(place.service, _SECONDS, clock)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many credentials each look-up was."""
    counts: list[int] = []
    find = registry_store.find_callers

    async def counting(pool: Pool, prefixes: Sequence[str]) -> dict[str, tuple[bytes, Agency]]:
        counts.append(len(prefixes))
        return await find(pool, prefixes)

    monkeypatch.setattr(registry_store, "find_callers", counting)
    return counts


async def _identify(callers: Callers, place: Place, *agency_ids: str) -> list[str]:
    found = await asyncio.gather(
        *(callers.identify(place.headers(one)["authorization"]) for one in agency_ids)
    )
    return [agency.id for agency in found]


async def test_credentials_seen_are_looked_up_again_in_one_statement(
    place: Place, callers: Callers, clock: Clock, asked: list[int]
) -> None:
    everybody = [SCHOOL, POLICE, HOMES]
    assert await _identify(callers, place, *everybody) == everybody
    assert await _identify(callers, place, *everybody) == everybody
    assert asked == [1, 1, 1]
    clock.now += _SECONDS + 1
    assert await _identify(callers, place, *everybody, *everybody) == everybody * 2
    assert asked == [1, 1, 1, 3]


async def test_a_revoked_credential_is_trusted_for_its_time_and_no_longer(
    place: Place, callers: Callers, clock: Clock
) -> None:
    await _identify(callers, place, SCHOOL)
    clock.now += _SECONDS - 1
    await _identify(callers, place, POLICE)
    await place.fetch("update credential set revoked_at = now() where agency_id = $1", POLICE)
    assert await _identify(callers, place, POLICE) == [POLICE]
    clock.now += 2  # the school's time is over, and with it everybody's
    assert await _identify(callers, place, SCHOOL) == [SCHOOL]
    with pytest.raises(Problem, match="revoked"):
        await _identify(callers, place, POLICE)


@pytest.mark.parametrize(
    ("path", "name", "field"),
    [
        ("/v1/assessments", "refrence", "query.refrence"),
        ("/v1/outcomes", "since", "query.since"),
        ("/v1/webhook/deliveries", "Zebedee Quill", "query.(unknown)"),
    ],
)
async def test_a_parameter_that_a_call_does_not_have_is_refused(
    place: Place, path: str, name: str, field: str
) -> None:
    """Passed over, a slip of the pen would be answered with every assessment there is."""
    await place.post(submission("WPS-1"))
    answer = await place.get(path, **{name: "WPS-1"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "It takes: after" in answer.json()["detail"]
    assert "Zebedee" not in answer.text
