"""What Kith said of one assessment of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """People and household at arrival, and as it stands when all have been decided.

    ``asked``: pairs of households that a reviewer is asked to link because of this assessment.
    """

    review: bool
    people_at_arrival: tuple[str, ...]
    people: tuple[str, ...]
    household_at_arrival: str
    household: str
    asked: tuple[tuple[str, str], ...] = ()
