"""A family that fled, and the man whom they fled, seen by several agencies, in a town of its own.

Craig Holt is assessed first, alone. The police then assess Zephira and Ottoline Quennell, with
him as the alleged perpetrator; the school sees mother and daughter again, from the refuge. All is
synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from tests.stack import TOKEN, eventually
from tests.system.town import HOMES, POLICE, SCHOOL, Town

OLD = {"lines": ["14 Orchard Row"], "town": "Wigan", "postcode": "WN1 2AB"}
REFUGE = {"lines": ["Cedar House, 9 Larch Lane"], "town": "Bolton", "postcode": "BL1 4QR"}
SARAH = {
    "given_name": "Zephira", "family_name": "Quennell", "date_of_birth": "1990-03-11",
    "sex": "female", "relationship": "parent",
}  # fmt: skip
ELLIE = {
    "given_name": "Ottoline", "family_name": "Quennell", "date_of_birth": "2016-07-02",
    "relationship": "child",
}  # fmt: skip
CRAIG = {
    "given_name": "Craig", "family_name": "Holt", "date_of_birth": "1988-11-23", "sex": "male",
    "relationship": "partner",
}  # fmt: skip
ALLEGED = CRAIG | {"alleged_perpetrator": True}
PERSONAL = ("Zephira", "Ottoline", "Quennell", "Cedar House", "Larch Lane", "BL1 4QR")
"""What nobody who is not on the list may read anywhere."""
AGENCY = POLICE
"""The agency that has assessed the family, and in this town nobody else."""


def assessed(reference: str, *people: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An assessment as an agency sends it."""
    return {
        "reference": reference,
        "recorded_at": datetime.now(UTC).isoformat(),
        "people": list(people),
        "needs": ["secure_housing"],
        "lawful_basis": "children_act_2004_s10",
        "purpose": "early_help",
        "would_have_referred_for": "family-help",
    } | more


@dataclass
class Refuge:
    """The town after these assessments. ``theirs`` and ``his``: households; and their workers.
    ``sarah`` and ``craig``: who they are to matching."""

    town: Town
    his_first: UUID
    by_police: UUID
    from_refuge: UUID
    theirs: UUID = field(init=False)
    his: UUID = field(init=False)
    sarah: UUID = field(init=False)
    craig: UUID = field(init=False)
    their_worker: str = field(init=False)
    his_worker: str = field(init=False)

    async def call(
        self, service: str, path: str, who: str, method: str = "GET", body: Any = None
    ) -> httpx.Response:
        """A service's API on somebody's behalf, as the portal calls it."""
        return await self.town.client.request(
            method,
            f"{self.town.url(service)}{path}",
            json=body,
            headers={
                "Authorization": f"Bearer {TOKEN}",
                "Kith-Actor": who,
                "Kith-Purpose": "test",
            },
        )

    async def contact(self, key_worker_id: str) -> dict[str, Any]:
        page = await self.call("keyworkers", f"/v1/keyworkers/{key_worker_id}", key_worker_id)
        found: dict[str, Any] = page.json()["contact"]
        return found

    async def home_of(self, assessment_id: UUID) -> UUID:
        [row] = await self.town.rows(
            "select household_id from duplication.assessment where id = $1", assessment_id
        )
        return UUID(str(row["household_id"]))

    async def person_in(self, assessment_id: UUID, position: int = 0) -> UUID:
        [row] = await self.town.rows(
            "select person_id from duplication.mention where assessment_id = $1 and position = $2",
            assessment_id,
            position,
        )
        return UUID(str(row["person_id"]))

    async def worker_of(self, household_id: UUID) -> str:
        rows = await eventually(
            lambda: self.town.rows(
                "select key_worker_id from keyworkers.engagement where household_id = $1"
                " and ended_at is null",
                household_id,
            ),
            lambda rows: len(rows) == 1,
        )
        return str(rows[0]["key_worker_id"])


async def flee(town: Town) -> Refuge:
    """Everything up to the refuge, settled."""
    his_first = await town.send(HOMES, assessed("H-1", CRAIG, address=OLD))
    await town.settled(HOMES, his_first)
    by_police = await town.send(
        POLICE,
        assessed(
            "P-1",
            SARAH,
            ELLIE,
            ALLEGED,
            address=OLD,
            needs=["domestic_abuse"],
            restrictions=["domestic_abuse"],
            urgency="urgent",
            significant_harm=["child_significant_harm"],
            lawful_basis="crime_and_disorder_act_1998_s115",
            purpose="safeguarding",
        ),
    )
    await town.settled(POLICE, by_police)
    from_refuge = await town.send(
        SCHOOL, assessed("S-1", SARAH, ELLIE, address=REFUGE, strengths=["Ottoline reads aloud"])
    )
    await town.settled(SCHOOL, from_refuge)
    found = Refuge(town, his_first, by_police, from_refuge)
    found.theirs, found.his = await found.home_of(by_police), await found.home_of(his_first)
    found.sarah = await found.person_in(from_refuge)
    found.craig = await found.person_in(his_first)
    found.their_worker = await found.worker_of(found.theirs)
    found.his_worker = await found.worker_of(found.his)
    await eventually(
        lambda: town.rows(
            "select household_id from operations.household_access where household_id = $1"
            " and restricted and version > 0 union all"
            " select household_id from duplication.household_access where household_id = $1"
            " and restricted and jsonb_array_length(readers->'readers') > 0 union all"
            " select household_id from alerts.household_access where household_id = $1"
            " and restricted and jsonb_array_length(readers->'readers') > 0",
            found.theirs,
        ),
        lambda rows: len(rows) == 3,
    )
    return found
