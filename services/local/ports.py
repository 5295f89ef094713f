"""Loopback ports: one that is free, and whether a given one is."""

from __future__ import annotations

import secrets
import socket

from services.local.errors import PORT_TAKEN, CannotRun

HOST = "127.0.0.1"
_FIRST, _MANY = 20_000, 12_000


def free_port() -> int:
    """A port nobody listens on now. Another process may take it before it is used: retry then.

    It is beneath those that systems hand out to connections going out, so that none of the many
    connections of a moment takes it meanwhile.
    """
    while is_taken(port := _FIRST + secrets.randbelow(_MANY)):
        pass
    return port


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
