"""Who has a key worker: asked of keyworkers, which alone knows. Opaque ids only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

_AT_ONCE = 1000


class Unanswered(Exception):
    """Keyworkers did not say. ``str()`` is what to do."""


class _Held(BaseModel):
    model_config = ConfigDict(extra="ignore")
    household_id: UUID


_ANSWER = TypeAdapter(list[_Held])


@asynccontextmanager
async def asking_key_workers(
    url: str, token: str, actor: str, purpose: str
) -> AsyncIterator[Callable[[Sequence[UUID]], Awaitable[frozenset[UUID]]]]:
    """A function that says which of some households have an active key worker now. It raises
    :class:`Unanswered`."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Kith-Actor": actor,
        "Kith-Purpose": purpose,
    }
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=30, trust_env=False
    ) as client:

        async def ask(households: Sequence[UUID]) -> frozenset[UUID]:
            found = set[UUID]()
            for start in range(0, len(households), _AT_ONCE):
                asked = [str(one) for one in households[start : start + _AT_ONCE]]
                try:
                    answer = await client.post(
                        "/v1/engagements/find", json={"household_ids": asked}
                    )
                    answer.raise_for_status()
                    found |= {one.household_id for one in _ANSWER.validate_json(answer.content)}
                except httpx.HTTPStatusError as error:
                    raise Unanswered(
                        f"keyworkers at {url} answered {error.response.status_code}: check its"
                        " address (--keyworkers) and KITH_SERVICE_TOKEN."
                    ) from None
                except (httpx.HTTPError, ValidationError) as error:
                    raise Unanswered(
                        f"keyworkers at {url} does not answer ({type(error).__name__}): start it,"
                        " or name it with --keyworkers."
                    ) from None
            return frozenset(found)

        yield ask
