"""What the person at the terminal sees: steps with their time, and every service's lines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.text import Text

from services.local.settings import SERVICES

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green")
_NAMES = (*SERVICES, "simulator", "kith")
_WIDTH = max(map(len, _NAMES))
_FOLD_SECONDS = 5.0
"""A line that a program has just shown is counted instead: retries repeat themselves."""
_REMEMBERED = 2_000
_LEVELS = {"warning": "yellow", "error": "bold red", "critical": "bold red"}


class Screen:
    """Thread-safe. Without a terminal: the same lines, plain."""

    def __init__(self, console: Console, clock: Callable[[], datetime] = datetime.now) -> None:
        self.console = console
        self._clock = clock
        self._recent: dict[tuple[str, str], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        """One line of a program: ``09:30:00 duplication | info    matched ...``."""
        with self._lock:
            folded = self._fold(name, text)
        if folded is None:
            return
        index = _NAMES.index(name) if name in _NAMES else len(_NAMES)
        colour = _COLOURS[index % len(_COLOURS)]
        shown = Text(f"{self._clock():%H:%M:%S} ", style="dim")
        shown.append(f"{name:>{_WIDTH}} | ", style=colour)
        shown.append(text, style=_LEVELS.get(text.split(" ", 1)[0], ""))
        if folded:
            shown.append(f" (and {folded} times before)", style="dim")
        self.console.print(shown, soft_wrap=True)

    def _fold(self, name: str, text: str) -> int | None:
        """None: not to be shown now. Otherwise how often it was not shown since it last was."""
        now = time.monotonic()
        since, unshown = self._recent.get((name, text), (-_FOLD_SECONDS, 0))
        if now - since < _FOLD_SECONDS:
            self._recent[name, text] = (since, unshown + 1)
            return None
        if len(self._recent) > _REMEMBERED:
            old = now - _FOLD_SECONDS
            self._recent = {k: v for k, v in self._recent.items() if v[0] > old}
        self._recent[name, text] = (now, 0)
        return unshown

    def say(self, text: str) -> None:
        self.line("kith", text)

    @contextmanager
    def step(self, sentence: str) -> Iterator[Callable[[str], None]]:
        """Show that the step is under way, then how long it took. Yields a way to say how far."""
        began = time.monotonic()
        with self.console.status(sentence) as status:
            yield lambda detail: status.update(f"{sentence}: {detail}")
        took = time.monotonic() - began
        self.console.print(Text.assemble(("✓ ", "green"), sentence, (f" ({took:.1f} s)", "dim")))
