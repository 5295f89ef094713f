"""What was erased elsewhere is erased here, and its agency is told when and why.

Invariant: nothing that is said of an assessment or household after it was erased brings anything
back; an agency is told of what it sent itself alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

from contracts.erasure import AssessmentsErasedV1
from services.agencies import erasing_store as store
from services.agencies.agreement import Fault
from services.agencies.hearing import Heard
from services.kit.db import Connection, Pool
from services.kit.erased import Erased, find_erased
from services.kit.errors import Problem

_ANEW = (
    " Kith keeps nothing of it. If the household is assessed anew, send that as a new assessment"
    " under a reference of its own."
)


class ErasedReference(Fault):
    """The reference is of an assessment that was erased."""

    def problem(self) -> Problem:
        """What an agency is told that sent this one alone: 410."""
        return Problem(
            HTTPStatus.GONE,
            f"What was sent under this reference {self.rule} Nothing was stored.",
            errors=[self.as_dict()],
        )


async def erase(connection: Connection, event: AssessmentsErasedV1) -> Mapping[str, int]:
    """See :data:`services.kit.erased.Erase`."""
    return await store.delete_assessments(connection, event.assessment_ids, event.household_ids)


async def leave_out_erased(connection: Connection, heard: Heard) -> None:
    """What a batch says of assessments and households that were erased is not heard."""
    heard.forget(await find_erased(connection, heard.about()))


async def find_erased_faults(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Fault]:
    """By agency and reference: that it was erased, when and why, and what to do."""
    found = await store.find_erased_references(connection, keys)
    erased = await find_erased(connection, found.values())
    return {
        key: ErasedReference("reference", _was(erased[assessment_id]) + _ANEW)
        for key, assessment_id in found.items()
    }


async def refuse_erased_reference(pool: Pool, agency_id: str, reference: str) -> None:
    """Problem 410 where that is the reference of an assessment that was erased."""
    async with pool.acquire() as connection:
        found = await store.find_erased_references(connection, [(agency_id, reference)])
        erased = await find_erased(connection, found.values())
    for one in erased.values():
        raise _gone(one)


async def refuse_erased(pool: Pool, agency_id: str, assessment_id: UUID) -> None:
    """Problem 410 where that assessment of this agency was erased."""
    async with pool.acquire() as connection:
        if not await store.is_erased_of(connection, agency_id, assessment_id):
            return
        erased = await find_erased(connection, [assessment_id])
    raise _gone(erased[assessment_id])


def _was(erased: Erased) -> str:
    return erased.sentence().removeprefix("This ")


def _gone(erased: Erased) -> Problem:
    return Problem(HTTPStatus.GONE, f"This assessment {_was(erased)}{_ANEW}")
