"""What the impact page says is the number of the ledger's rows that stand, always."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.portal.app import create_service
from tests.conftest import StackFactory
from tests.services.operations.conftest import Served
from tests.services.operations.conftest import serve as serve_operations
from tests.services.operations.examples import Tale, first_contact, later_contact
from tests.services.portal.installation import settings_for
from tests.services.portal.serving import serve
from tests.services.portal.visitor import OPERATIONS, signed_in, text
from tests.stack import TOKEN, Stack


@pytest.fixture
async def stack(open_stack: StackFactory) -> AsyncIterator[Stack]:
    async with open_stack("operations") as stack:
        yield stack


def _read(url: str) -> str:
    """The page's words, without the marks between them."""
    page = text(signed_in(url, OPERATIONS).get("/operations/impact"))
    return re.sub(r"(<[^>]*>|\s)+", " ", page)


def _number(page: str, label: str) -> int:
    found = re.search(re.escape(label) + r"\s*(\d+)", page)
    assert found, page
    return int(found.group(1))


async def _rows(served: Served) -> tuple[int, int]:
    row = await served.service.pool.fetchrow(
        "select count(*) filter (where reversed_at is null) as stand,"
        " count(*) filter (where reversed_at is not null) as reversed from ledger_entry"
    )
    assert row is not None
    return row["stand"], row["reversed"]


async def test_counts_on_the_impact_page_equal_the_rows_of_the_ledger(stack: Stack) -> None:
    first = first_contact(stack)
    ours = {"household_id": first.household_id, "engagement_id": first.engagement_id}
    told: list[list[Tale]] = [
        [first, *(later_contact(stack, **ours) for _ in range(3))],
        [Tale(stack, **ours).recorded().matched().routed().reversed().opened().assigned()],  # type: ignore[arg-type]
        [Tale(stack).recorded().matched().routed().reversed().reviewed(uuid4()).routed()],
    ]
    async with serve_operations(stack) as served:
        behind = str(served.client.base_url).rstrip("/")
        settings = settings_for(
            "http://127.0.0.1:9", operations_url=behind, service_token=SecretStr(TOKEN)
        )
        seen = []
        with serve(create_service(settings).api) as url:
            for tales in told:
                for tale in tales:
                    seen += tale.sent
                    await stack.publish(*tale.sent)
                await served.has_seen(seen)
                page = await asyncio.to_thread(_read, url)
                stand, reversed_ = await _rows(served)
                assert _number(page, "rows of the ledger that stand") == stand
                assert _number(page, "Taken back: it was another household") == reversed_
                assert _number(page, "All together") == stand
        assert (stand, reversed_) == (4, 2)
