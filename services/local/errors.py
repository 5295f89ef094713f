"""What stops a local run, said to the person at the terminal."""

from __future__ import annotations


class CannotRun(Exception):
    """One sentence: what is wrong and what to do about it. Shown without a traceback."""

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


ALREADY_RUNNING = 2
"""Exit code when the run folder is in use by another run."""
PORT_TAKEN = 3
"""Exit code when a port that a server or service needs is taken."""
