"""Only addresses of the public internet are called, and the one that was checked."""

from __future__ import annotations

import ipaddress

import httpx
import pytest

from services.kit.outward import (
    NotAllowed,
    _Guarded,
    check_url,
    is_public,
    outward_client,
    public_address,
)

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(("address", "public"), [
    (PUBLIC, True),
    ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ("64:ff9b::93.184.215.14", True),
    ("127.0.0.1", False),
    ("0.0.0.0", False),
    ("10.0.0.1", False),
    ("172.16.0.1", False),
    ("192.168.1.1", False),
    ("100.64.0.1", False),
    ("169.254.169.254", False),
    ("224.0.0.1", False),
    ("::1", False),
    ("fe80::1", False),
    ("fd00::1", False),
    ("::ffff:10.0.0.1", False),
    ("64:ff9b::10.0.0.1", False),
    ("2002:7f00:1::", False),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
])  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:8000/kith", "http://localhost/", "http://[::1]:80/", "https://agency.example",
])  # fmt: skip
def test_on_one_machine_loopback_needs_no_tls(url: str) -> None:
    assert check_url(url, local=True) == url


@pytest.mark.parametrize("url", ["http://192.168.1.1/", "ftp://localhost/", "https://", "https:x"])
def test_on_one_machine_the_rest_of_the_rules_stand(url: str) -> None:
    with pytest.raises(NotAllowed):
        check_url(url, local=True)


async def test_a_name_with_one_private_address_is_refused() -> None:
    async def both(host: str, port: int) -> list[str]:
        return [PUBLIC, "10.0.0.7"]

    with pytest.raises(NotAllowed):
        await public_address("agency.example", 443, both)


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        assert (host, port) == ("agency.example", 443)
        return answers.pop(0)

    called: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(204)

    guarded = _Guarded(rebinding)
    guarded._transport = httpx.MockTransport(handle)  # type: ignore[assignment]
    async with httpx.AsyncClient(transport=guarded) as client:
        await client.post("https://agency.example/kith", content=b"{}")
        [request] = called
        assert request.url.host == PUBLIC
        assert request.headers["host"] == "agency.example"
        assert request.extensions["sni_hostname"] == "agency.example"
        # The name resolves to this machine the second time: nothing is sent.
        with pytest.raises(NotAllowed):
            await client.post("https://agency.example/kith", content=b"{}")
    assert len(called) == 1


async def test_a_name_of_this_machine_is_not_called_outside_local_use() -> None:
    async with outward_client(1, local=False) as client:
        with pytest.raises(NotAllowed):
            await client.post("https://localhost:1/", content=b"{}")
