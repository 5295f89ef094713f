"""How often and for how long something is tried again. Pure: chance is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits grow by ``factor`` up to ``longest``, each a fifth longer or shorter by chance, so
    that what failed together is not tried together; after ``limit`` it is given up."""

    first: timedelta = timedelta(seconds=5)
    factor: float = 3.0
    longest: timedelta = timedelta(hours=6)
    limit: timedelta = timedelta(days=3)

    def next_attempt(
        self,
        attempts: int,
        since: datetime,
        now: datetime,
        chance: float,
        asked: timedelta | None = None,
    ) -> datetime | None:
        """When to try again after ``attempts`` failures; None: not again.

        ``since``: when it was first to be told. ``chance``: 0 to 1. ``asked``: how long the
        receiver asked to be left alone; honoured up to ``longest``.
        """
        # The exponent is kept small: a power that overflows would never be tried again.
        wait = min(self.first * self.factor ** min(attempts - 1, 20), self.longest)
        wait *= 0.8 + 0.4 * chance
        if asked is not None:
            wait = max(wait, min(asked, self.longest))
        at = now + wait
        return at if at < since + self.limit else None
