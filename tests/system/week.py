"""A week in a small town: eight households, each assessed by three agencies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.stack import eventually
from tests.system.town import HOMES, POLICE, SCHOOL, Town, household

FAMILIES = {
    "Ashworth": ("Danielle", "Riley"),
    "Okonkwo": ("Chidi", "Ada"),
    "Kowalski": ("Marta", "Filip"),
    "Hussain": ("Shazia", "Bilal"),
    "Pilling": ("Craig", "Ellie-Mae"),
    "Greenhalgh": ("Joanne", "Tyler"),
    "Nowak": ("Piotr", "Zuzanna"),
    "Begum": ("Rukhsana", "Imran"),
}


async def send_week(town: Town, label: str = "W", patient: bool = False) -> list[UUID]:
    """Eight households, each assessed by three agencies."""
    accepted = []
    for agency in (SCHOOL, POLICE, HOMES):
        for family, (adult, child) in FAMILIES.items():
            sent = household(adult, child, family, f"{label}-{agency}-{family}")
            accepted.append(await town.send(agency, sent, patient=patient))
    return accepted


async def all_settled(town: Town, accepted: list[UUID]) -> None:
    """Every assessment has a final outcome, everybody is alerted, every topic is read."""

    async def missing() -> list[Any]:
        return await town.rows(
            "select a from unnest($1::uuid[]) a left join operations.journey j on j.id = a"
            " where j.outcome_at is null or j.alerted_at is null or j.decided_at is null",
            accepted,
        )

    await eventually(missing, lambda found: found == [], seconds=120)
