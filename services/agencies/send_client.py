"""Sending batches to the agencies' API: what it refuses is taken out, and the rest is sent."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import httpx

from services.agencies.agreement import Fault
from services.agencies.send_reading import Item, Refusal

_ITEM = re.compile(r"assessments\.(\d+)(?:\.(.+))?")
_PASSING = {429, 500, 502, 503, 504}


class Unreachable(Exception):
    """The service does not answer, or not in a way that can be used."""


class NotAllowed(Exception):
    """The service does not know the credential."""


class Client:
    """One connection to the API. ``patience``: seconds to go on trying before giving up."""

    def __init__(
        self,
        http: httpx.Client,
        credential: str,
        patience: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._headers = {
            "Authorization": f"Bearer {credential}",
            "Content-Type": "application/json",
            "Kith-Channel": "file",
        }
        self._patience = patience
        self._sleep = sleep

    def send(self, items: Sequence[Item]) -> list[Refusal]:
        """Send them all; what was refused. Returns when every item is settled."""
        if not items:
            return []
        body = b'{"assessments":[' + b",".join(item.json for item in items) + b"]}"
        answer = self._post(body)
        if answer.status_code == HTTPStatus.ACCEPTED:
            return []
        if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(items) > 1:
            middle = len(items) // 2
            return self.send(items[:middle]) + self.send(items[middle:])
        if answer.status_code not in {413, 422}:
            raise Unreachable(f"the service answers {answer.status_code}: {_detail(answer)}")
        at_fault = _faults_by_item(answer, len(items))
        if not at_fault:
            rule = Fault("(assessment)", _detail(answer))
            return [refusal for item in items for refusal in item.refusals([rule])]
        refusals = [r for n, faults in at_fault.items() for r in items[n].refusals(faults)]
        return refusals + self.send([i for n, i in enumerate(items) if n not in at_fault])

    def _post(self, body: bytes) -> httpx.Response:
        deadline, delay = time.monotonic() + self._patience, 0.2
        while True:
            try:
                answer = self._http.post("/v1/assessments", content=body, headers=self._headers)
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code in {401, 403}:
                    raise NotAllowed(_detail(answer))
                if answer.status_code not in _PASSING:
                    return answer
                trouble = f"it answers {answer.status_code}"
            if time.monotonic() + delay > deadline:
                raise Unreachable(trouble)
            self._sleep(delay)
            delay = min(delay * 2, 5.0)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _detail(answer: httpx.Response) -> str:
    return str(_problem(answer).get("detail") or answer.reason_phrase)


def _faults_by_item(answer: httpx.Response, count: int) -> dict[int, list[Fault]]:
    found: dict[int, list[Fault]] = {}
    for error in _problem(answer).get("errors", []):
        at = _ITEM.fullmatch(error["field"])
        if at and int(at[1]) < count:
            fault = Fault(at[2] or "(assessment)", error["rule"])
            found.setdefault(int(at[1]), []).append(fault)
    return found
