"""A real Keycloak, as an unpacked distribution has it, and its realm of one council.

It keeps nothing: its database is in memory. Users, keys and the client are made by its own API.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from services.local.ports import free_port
from tests.services.portal.oidc_provider import CLIENT, SECRET

PASSWORD = "a password of a test 1!"
_ADMIN = {"username": "admin", "password": "an admin of a test"}


@dataclass
class Keycloak:
    """``url``: its own; ``issuer``: of the realm."""

    url: str
    api: httpx.Client

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/council"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Its admin API, of the realm."""
        token = self.api.post(
            "/realms/master/protocol/openid-connect/token",
            data=_ADMIN | {"client_id": "admin-cli", "grant_type": "password"},
        ).json()["access_token"]
        answer = self.api.request(
            method,
            f"/admin/realms{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    def add_person(self, login: str, *, verified: bool = True) -> str:
        """Somebody of the council; their id (``sub``)."""
        self.ask(
            "POST",
            "/council/users",
            {
                "username": login,
                "email": f"{login}@wigan.example",
                "emailVerified": verified,
                "firstName": login.partition(".")[0].title(),
                "lastName": login.partition(".")[2].title(),
                "enabled": True,
                "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
            },
        )
        found: str = self.ask("GET", f"/council/users?username={login}&exact=true")[0]["id"]
        return found

    def add_client(self, *portals: str) -> None:
        """Kith, as docs/operations.md says to set it up."""
        self.ask(
            "POST",
            "/council/clients",
            {
                "clientId": CLIENT,
                "secret": SECRET,
                "publicClient": False,
                "standardFlowEnabled": True,
                "directAccessGrantsEnabled": False,
                "redirectUris": [f"{url}/sign-in/back" for url in portals],
                "attributes": {
                    "post.logout.redirect.uris": "##".join(f"{u}/signed-out" for u in portals),
                    "pkce.code.challenge.method": "S256",
                },
            },
        )

    def change_client(self, **changes: Any) -> None:
        client = self.ask("GET", f"/council/clients?clientId={CLIENT}")[0]
        self.ask("PUT", f"/council/clients/{client['id']}", client | changes)

    def key_ids(self) -> set[str]:
        """Of the keys that it publishes to check signatures with."""
        keys = self.api.get("/realms/council/protocol/openid-connect/certs").json()["keys"]
        return {key["kid"] for key in keys if key["use"] == "sig"}

    def change_keys(self) -> None:
        """Sign with a new key, and publish the ones before no more."""
        before = self.ask("GET", "/council/components?type=org.keycloak.keys.KeyProvider")
        self.ask(
            "POST",
            "/council/components",
            {
                "name": "next",
                "providerId": "rsa-generated",
                "providerType": "org.keycloak.keys.KeyProvider",
                "config": {"priority": ["1000"], "algorithm": ["RS256"]},
            },
        )
        for one in before:
            if one["providerId"] == "rsa-generated":
                self.ask("DELETE", f"/council/components/{one['id']}")


@contextlib.contextmanager
def open_keycloak(folder: Path, log: Path) -> Iterator[Keycloak]:
    """Started from ``folder``; what it says goes to ``log``."""
    port = free_port()
    environment = os.environ | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": _ADMIN["username"],
        "KC_BOOTSTRAP_ADMIN_PASSWORD": _ADMIN["password"],
        "KC_DB": "dev-mem",
    }
    with log.open("w") as said:
        process = subprocess.Popen(
            [folder / "bin/kc.sh", "start-dev", "--http-host=127.0.0.1", f"--http-port={port}"],
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            with httpx.Client(base_url=url, timeout=30) as api:
                _wait(process, api, log)
                keycloak = Keycloak(url, api)
                keycloak.ask("POST", "", {"realm": "council", "enabled": True})
                yield keycloak
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], api: httpx.Client, log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        with contextlib.suppress(httpx.TransportError):
            if api.get("/realms/master").status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"Keycloak does not start: {log.read_text()[-2000:]}")
