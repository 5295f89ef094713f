"""A real API server and its etcd, and nothing else: no scheduler, no kubelet, no controllers.

Needs ``KITH_KUBE_APISERVER`` and ``KITH_ETCD`` (``python -m tests.kubernetes.tools`` builds them);
skips where nobody said where they are.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import yaml

from services.local.leash import Child, Leash
from services.local.ports import free_port
from tests.kubernetes.rendering import Object

_TOKEN = "whoever-tests-may-do-everything"
_START_SECONDS = 90


def program(variable: str) -> str:
    told = os.environ.get(variable)
    if not told:
        pytest.skip(f"{variable} names no program")
    found = shutil.which(told)
    assert found, f"{told} ({variable}) is not there: python -m tests.kubernetes.tools"
    return found


@dataclass
class Answer:
    """What the API server says of one object."""

    status: int
    said: str
    warnings: list[str]


@dataclass
class ApiServer:
    http: httpx.Client
    _resources: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)

    def apply(self, one: Object, *, dry_run: bool = False) -> Answer:
        """Server-side apply, every field known."""
        name = one["metadata"]["name"]
        answer = self.http.patch(
            f"{self._collection(one)}/{name}",
            params={"fieldManager": "kith", "force": "true"} | self._strictly(dry_run),
            content=yaml.safe_dump(one),
            headers={"Content-Type": "application/apply-patch+yaml"},
        )
        return self._read(answer)

    def create(self, one: Object, *, dry_run: bool = False) -> Answer:
        answer = self.http.post(self._collection(one), params=self._strictly(dry_run), json=one)
        return self._read(answer)

    def get(self, one: Object) -> Object:
        found: Object = self.http.get(f"{self._collection(one)}/{one['metadata']['name']}").json()
        return found

    def knows(self, one: Object) -> bool:
        """Whether there is such a kind."""
        try:
            self._collection(one)
        except LookupError:
            return False
        return True

    def _strictly(self, dry_run: bool) -> dict[str, str]:
        return {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})

    def _read(self, answer: httpx.Response) -> Answer:
        body = answer.json()
        warnings = [value for key, value in answer.headers.multi_items() if key == "warning"]
        return Answer(answer.status_code, str(body.get("message", "")), warnings)

    def _collection(self, one: Object) -> str:
        version, kind = one["apiVersion"], one["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, kind) not in self._resources:
            found = self.http.get(root)
            if found.status_code == httpx.codes.OK:
                for each in found.json()["resources"]:
                    if "/" not in each["name"]:
                        resource = each["name"], each["namespaced"]
                        self._resources[version, each["kind"]] = resource
        try:
            name, namespaced = self._resources[version, kind]
        except KeyError:
            raise LookupError(f"there is no {kind} of {version}") from None
        namespace = f"/namespaces/{one['metadata']['namespace']}" if namespaced else ""
        return f"{root}{namespace}/{name}"


@contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """One that keeps its data in ``folder``."""
    etcd, server = program("KITH_ETCD"), program("KITH_KUBE_APISERVER")
    client, peer, port = (free_port() for _ in range(3))
    key = folder / "service-accounts.key"
    subprocess.run(("openssl", "genrsa", "-out", str(key), "2048"), check=True, capture_output=True)
    (folder / "tokens.csv").write_text(f"{_TOKEN},tests,1,system:masters\n")
    at = f"http://127.0.0.1:{client}"
    with Leash() as leash, (folder / "log").open("wb") as log:
        store = (
            etcd, f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={at}", f"--advertise-client-urls={at}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
        )  # fmt: skip
        api = (
            server, f"--etcd-servers={at}", "--bind-address=127.0.0.1", f"--secure-port={port}",
            f"--cert-dir={folder / 'certs'}", "--authorization-mode=RBAC",
            f"--token-auth-file={folder / 'tokens.csv'}", "--advertise-address=127.0.0.1",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kith.invalid",
            f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
        )  # fmt: skip
        children = [leash.spawn(command, output=log) for command in (store, api)]
        certificate = folder / "certs" / "apiserver.crt"
        _wait(certificate.exists, folder, children)
        trusted = ssl.create_default_context(cafile=str(certificate))
        trusted.check_hostname = False
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            verify=trusted,
            headers={"Authorization": f"Bearer {_TOKEN}"},
            timeout=30,
            trust_env=False,
        ) as http:
            _wait(lambda: _ready(http), folder, children)
            yield ApiServer(http)


def _ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _wait(done: Callable[[], bool], folder: Path, children: list[Child]) -> None:
    def alive_and_done() -> bool:
        if all(child.alive for child in children):
            return done()
        raise AssertionError(f"the API server has ended:\n{_last_words(folder)}")

    until(alive_and_done, "the API server does not start", lambda: _last_words(folder))


def _last_words(folder: Path) -> str:
    return (folder / "log").read_text("utf-8", "replace")[-4000:]


def until(done: Callable[[], bool], otherwise: str, more: Callable[[], str] = lambda: "") -> None:
    """Wait for a condition. Raises ``AssertionError`` saying what is not so."""
    deadline = time.monotonic() + _START_SECONDS
    while not done():
        assert time.monotonic() < deadline, f"{otherwise}\n{more()}"
        time.sleep(0.2)
