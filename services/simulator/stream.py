"""A borough over time: the ordered stream of what agencies send, the same for the same seed.

A heap holds what comes next for every household: a life event, or an assessment by one agency.
Trouble comes in episodes, in which several agencies look at one household within weeks.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from services.simulator.assessing import Assessed, assess, people_seen
from services.simulator.borough import Borough, Household
from services.simulator.founding import found_household
from services.simulator.life import EVENTS_A_YEAR, live
from services.simulator.practices import Agency, load_agencies

EPISODES_A_YEAR = (0.4, 1.6, 5.0)
"""Per household, by trouble; ``busyness`` multiplies them."""
ASSESSMENTS_AN_EPISODE = (1.2, 2.0, 3.5)


@dataclass(order=True, slots=True)
class _Next:
    at: datetime
    order: int
    kind: str = field(compare=False)
    household_id: str = field(compare=False)
    agency: Agency | None = field(compare=False, default=None)


def simulate(
    seed: int, households: int, start: date, days: int, busyness: float = 1.0
) -> Iterator[Assessed]:
    """Every assessment of ``households`` from ``start`` for ``days``, in order of recording."""
    return Simulation(Borough(random.Random(seed), households), seed, start, busyness).run(days)


class Simulation:
    """A borough, founded where it is not yet, and what agencies will send about it."""

    def __init__(self, world: Borough, seed: int, start: date, busyness: float = 1.0) -> None:
        self._rng, self._busyness = world.rng, busyness
        self._world = world
        self._agencies = load_agencies(seed)
        self._numbers: Counter[str] = Counter()
        self._queue: list[_Next] = []
        self._order = 0
        self._start = datetime.combine(start, time(), UTC)
        while len(self._world.households) < world.size:
            found_household(self._world, start)
        for household in tuple(self._world.households.values()):
            self._settle(household, self._start)

    def run(self, days: int) -> Iterator[Assessed]:
        """Every assessment of so many days, in order of recording. Once only: the world moves."""
        end = self._start + timedelta(days=days)
        while self._queue and self._queue[0].at < end:
            event = heapq.heappop(self._queue)
            household = self._world.households.get(event.household_id)
            if household is None:
                continue
            if event.kind == "life":
                self._live(household, event.at)
            elif event.kind == "episode":
                self._episode(household, event.at)
            elif event.agency is not None:
                number = self._numbers[event.agency.id] + 1
                made = assess(self._world, household, event.agency, event.at, number)
                if made is not None:
                    self._numbers[event.agency.id] = number
                    yield made

    def _live(self, household: Household, at: datetime) -> None:
        self._world.formed.clear()
        live(self._world, household, at.date())
        for formed in self._world.formed:
            if formed in self._world.households:
                self._settle(self._world.households[formed], at)
        self._later("life", household.id, at, EVENTS_A_YEAR[household.trouble])

    def _settle(self, household: Household, at: datetime) -> None:
        self._later("life", household.id, at, EVENTS_A_YEAR[household.trouble])
        rate = EPISODES_A_YEAR[household.trouble] * self._busyness
        self._later("episode", household.id, at, rate)

    def _episode(self, household: Household, at: datetime) -> None:
        """One to several agencies assess, days apart; then, some time, the next episode."""
        mean = ASSESSMENTS_AN_EPISODE[household.trouble]
        count = 1
        while self._rng.random() < 1 - 1 / mean and count < 12:
            count += 1
        gap = 9.0 / max(1.0, self._busyness)
        for _ in range(count):
            agency = self._pick_agency(household, at.date())
            if agency is not None:
                self._push("assess", household.id, _working(self._rng, at, agency), agency)
            at += timedelta(days=self._rng.expovariate(1 / gap))
        rate = EPISODES_A_YEAR[household.trouble] * self._busyness
        self._later("episode", household.id, at, rate)

    def _pick_agency(self, household: Household, today: date) -> Agency | None:
        where = (household.home.locality, "greater-manchester")
        fitting = [
            a
            for a in self._agencies
            if a.locality in where and people_seen(self._rng, self._world, household, a, today)
        ]
        if not fitting:
            return None
        return self._rng.choices(fitting, [self._pull(a, household) for a in fitting])[0]

    def _pull(self, agency: Agency, household: Household) -> float:
        """Agencies that look for what the household needs meet it more often."""
        shared = sum(need in household.needs for need in agency.practice.needs)
        return agency.practice.weight * (1 + shared)

    def _later(self, kind: str, household_id: str, at: datetime, a_year: float) -> None:
        self._push(kind, household_id, at + timedelta(days=self._rng.expovariate(a_year / 365)))

    def _push(
        self, kind: str, household_id: str, at: datetime, agency: Agency | None = None
    ) -> None:
        self._order += 1
        heapq.heappush(self._queue, _Next(at, self._order, kind, household_id, agency))


def _working(rng: random.Random, at: datetime, agency: Agency) -> datetime:
    """``at``, or where the agency is shut then, a moment of its next working day."""
    if agency.practice.at_all_hours:
        return at.replace(microsecond=0)
    opened = at.weekday() < 5 and 8 <= at.hour < 17
    while not opened:
        at = datetime.combine(at.date() + timedelta(days=1), time(), UTC)
        at += timedelta(hours=8.5 + 8 * rng.random())
        opened = at.weekday() < 5
    return at.replace(microsecond=0)
