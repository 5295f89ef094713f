"""A simulated week flowing into a running Kith, slowly enough to watch; goes on where it was.

The place in the stream is kept in ``feed.json`` of the run's folder. The stream follows from the
seed and the first day kept there, so that the same week goes on after a restart.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from services.simulator.assessing import Assessed
from services.simulator.files import truth_writer
from services.simulator.sending import open_sender
from services.simulator.stream import simulate

HOUSEHOLDS = 500
BUSYNESS = 60.0
"""A week so busy that most households are seen by several agencies while one watches."""
DAYS = 7


@dataclass(frozen=True, slots=True)
class Position:
    """Where the feed is. ``first_day``: ISO date; ``sent``: assessments sent so far."""

    seed: int
    first_day: str
    sent: int = 0

    def save(self, file: Path) -> None:
        """All or nothing: written beside and moved over."""
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")
        beside.replace(file)


def load_position(file: Path, seed: int, today: date) -> Position:
    """The position kept in ``file``, or the start of the week that ends on the day before today."""
    try:
        return Position(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return Position(seed, (today - timedelta(days=DAYS)).isoformat())


def week(position: Position) -> list[Assessed]:
    """What is still to come of the simulated week."""
    start = date.fromisoformat(position.first_day)
    stream = simulate(position.seed, HOUSEHOLDS, start, DAYS, BUSYNESS)
    return list(islice(stream, position.sent, None))


async def feed(
    url: str,
    credentials: dict[str, str],
    folder: Path,
    *,
    seconds_each: float,
    today: date,
    seed: int = 1,
    told: Callable[[int, int], None] = lambda _sent, _total: None,
) -> Position:
    """Send the rest of the week, one assessment each ``seconds_each``; the truth goes to
    ``feed-truth.csv`` in ``folder``. ``told(sent, total)`` after each. Returns where it ended.
    """
    file = folder / "feed.json"
    position = load_position(file, seed, today)
    coming = week(position)
    total = position.sent + len(coming)
    with truth_writer(folder / "feed-truth.csv", append=position.sent > 0) as truth:
        async with open_sender(url, credentials) as sender:
            for made in coming:
                await sender.send(made)
                truth.write(made.truth)
                position = replace(position, sent=position.sent + 1)
                position.save(file)
                told(position.sent, total)
                await asyncio.sleep(seconds_each)
    return position
