"""Addresses of Kith's own pages. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

_ADDRESS = re.compile(r"(?:/[A-Za-z0-9_.-]+)+")


def is_own(address: str) -> bool:
    """Whether it is a page of Kith's own: nothing that a browser could read as another site's."""
    return _ADDRESS.fullmatch(address) is not None


def sign_in_for(page: str, *, chooses: bool = False) -> str:
    """Where whoever asked for ``page`` signs in, and comes to it then. ``chooses``: they have, and
    have only to choose a role."""
    path = "/sign-in/role" if chooses else "/sign-in"
    return f"{path}?to={quote(page)}" if is_own(page) else path
