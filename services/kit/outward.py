"""Calling an address that somebody outside gave: only public ones, and where it was checked.

Invariant: outside local use no connection is made to an address that is not public, whatever the
name resolves to and whenever: the name is resolved once for each call, all its addresses are
checked, and the connection goes to one of those (no second look-up that could answer otherwise).
Redirects are never followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeAlias

import httpx

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


class NotAllowed(ValueError):
    """Kith does not call this address. ``str()`` is the rule, without the address."""


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, also where IPv4 is written inside IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(inside)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def check_url(text: str, *, local: bool) -> str:
    """The URL, where it may be called at all. Raises :class:`NotAllowed`.

    ``local``: on one machine http is allowed too, to the loopback interface only.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise NotAllowed("is no URL: give one such as https://example.org/kith") from None
    if not text.isascii() or any(c.isspace() for c in text):
        raise NotAllowed("has characters that a URL cannot have; percent-encode them")
    if not url.host:
        raise NotAllowed("names no host")
    if url.userinfo or url.fragment:
        raise NotAllowed("must carry neither a user name, a password nor a fragment")
    if url.scheme == "http" and local and url.host in _LOOPBACK_NAMES:
        return text
    if url.scheme != "https":
        raise NotAllowed("must begin with https://")
    if not local and not _may_be_public(url.host):
        raise NotAllowed("must name a host of the public internet")
    return text


def _may_be_public(host: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        return host not in _LOOPBACK_NAMES and "." in host.rstrip(".")


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name. Raises ``OSError``."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def public_address(host: str, port: int, look_up: Resolve = resolve) -> str:
    """An address of ``host``, where all it has are public. Raises :class:`NotAllowed`, OSError."""
    addresses = await look_up(host, port)
    if not addresses or not all(is_public(ipaddress.ip_address(a)) for a in addresses):
        raise NotAllowed("must name a host of the public internet")
    return addresses[0]


class _Guarded(httpx.AsyncBaseTransport):
    """Connects to the address that was checked; the name stays in ``Host`` and in TLS."""

    def __init__(self, look_up: Resolve) -> None:
        self._look_up = look_up
        # No connection is kept: two names of one address must not share one.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(
            verify=certificates(), trust_env=False, limits=limits
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            address = await public_address(host, port, self._look_up)
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from None
        request.url = request.url.copy_with(host=address)
        request.extensions = {**request.extensions, "sni_hostname": host}
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted, read once: it takes longer than all else of a client."""
    return httpx.create_ssl_context(trust_env=False)


def outward_client(seconds: float, *, local: bool, look_up: Resolve = resolve) -> httpx.AsyncClient:
    """A client for addresses given from outside; ``local``: any address, on one machine."""
    return httpx.AsyncClient(
        transport=None if local else _Guarded(look_up),
        verify=certificates(),
        timeout=seconds,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "Kith"},
    )
