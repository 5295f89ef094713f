"""Loopback ports: one that is free, and whether a given one is."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator

from services.local.errors import PORT_TAKEN, CannotRun

HOST = "127.0.0.1"
_FIRST, _MANY, _ROWS = 20_000, 12_000, 61
_rows: dict[int, Iterator[int]] = {}


def free_port() -> int:
    """A port nobody listens on now. Another process may take it before it is used: retry then.

    It is beneath those that systems hand out to connections going out, so that none of the many
    connections of a moment takes it meanwhile. A process gives each of its own row of them in turn,
    since whoever is given one takes a moment to listen on it; processes started one after another
    have different rows.
    """
    process = os.getpid()
    row = _rows.setdefault(process, row_of(process))
    return next(port for port in row if not is_taken(port))


def row_of(process: int) -> Iterator[int]:
    """The ports of a process's row, one after another without end: each once before one again."""
    ports = list(range(_FIRST + process % _ROWS, _FIRST + _MANY, _ROWS))
    secrets.SystemRandom().shuffle(ports)
    while True:
        yield from ports


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection that has just closed does not make the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def require_free(port: int, what: str, setting: str) -> None:
    """Raise :class:`CannotRun` naming the port and the setting that changes it, if it is taken."""
    if is_taken(port):
        raise CannotRun(
            f"Port {port}, which {what} needs, is taken by another program: "
            f"stop that program, or choose another port with {setting}=<port>.",
            PORT_TAKEN,
        )


def answers(port: int) -> bool:
    """Whether something accepts connections on the port now."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
