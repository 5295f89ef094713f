"""``POST /v1/assessments``: read, check, store and answer. All of a request is stored, or nothing.

The same ``Idempotency-Key`` with the same body gets the same answer; with another body, 422; while
the first is being handled, 409 (IETF draft, "The Idempotency-Key HTTP Header Field").
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

import orjson
from fastapi import Request, Response

from contracts.vocabulary import Channel
from services.agencies import store
from services.agencies.accept import Accepted, Arrival, accept
from services.agencies.agreement import Agency, Fault, faults_of
from services.agencies.erasing import ErasedReference
from services.agencies.gather import Gatherer
from services.agencies.submissions import Body, Unreadable, read_body
from services.kit.app import Service
from services.kit.errors import Problem
from services.kit.telemetry_http import current_traceparent
from services.kit.telemetry_spans import new_traceparent, note_journeys
from services.kit.work import Work

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?')


def traceparent_of(header: str | None) -> str:
    """The request's own hop where it is traced; else the caller's context, or a new one."""
    hop = current_traceparent()
    if hop is not None:
        return hop
    return header if header and _TRACEPARENT.fullmatch(header) else new_traceparent()


def _refusal(detail: str, faults: list[Fault]) -> Problem:
    """422 with the faults by field."""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=[fault.as_dict() for fault in faults]
    )


async def _read(request: Request, limit: int) -> bytes:
    """The body, unless it is longer than ``limit`` bytes: Problem 413."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"A request may have at most {limit:,} bytes. Send smaller batches.",
                headers={"Connection": "close"},
            )
    return bytes(body)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to take assessments in."""

    agency: Agency
    body: Body
    channel: Channel
    traceparent: str
    key: str | None
    sha256: bytes

    def arrivals(self) -> list[Arrival]:
        return [
            Arrival(self.agency, submission, self.channel, self.traceparent)
            for submission in self.body.submissions
        ]


def _idempotency_key(header: str | None) -> str | None:
    if header is None:
        return None
    found = _KEY.fullmatch(header)
    if found is None:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "An Idempotency-Key is 1 to 255 printable characters, such as a UUID in quotes.",
        )
    return found[1]


def _channel(header: str | None) -> Channel:
    if header not in {None, Channel.HTTP, Channel.FILE}:
        raise Problem(HTTPStatus.BAD_REQUEST, "Kith-Channel is 'http' or 'file'.")
    return Channel(header or Channel.HTTP)


async def _ask(request: Request, agency: Agency, service: Service, limit: int) -> _Asked:
    headers = request.headers
    if headers.get("content-encoding", "identity") != "identity":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Kith reads no compressed bodies. Send it as it is, without Content-Encoding.",
        )
    key = _idempotency_key(headers.get("idempotency-key"))
    channel = _channel(headers.get("kith-channel"))
    raw = await _read(request, limit)
    try:
        body = read_body(raw)
    except Unreadable as error:
        raise _refusal(
            "This does not keep the contract. Nothing was stored. See 'errors'.", error.faults
        ) from None
    now = service.clock()
    faults = [
        fault if body.single else fault.under(f"assessments.{number}")
        for number, submission in enumerate(body.submissions)
        for fault in faults_of(submission, agency, now)
    ]
    if faults:
        raise _refusal("Kith may not take this in. Nothing was stored. See 'errors'.", faults[:100])
    return _Asked(
        agency,
        body,
        channel,
        traceparent_of(headers.get("traceparent")),
        key,
        hashlib.sha256(raw).digest() if key else b"",
    )


async def _answered_before(work: Work, asked: _Asked) -> Response | None:
    """The answer already given to this Idempotency-Key (IETF draft, idempotency-key header)."""
    assert asked.key is not None
    if not await store.lock_key(work.connection, asked.agency.id, asked.key):
        raise Problem(
            HTTPStatus.CONFLICT,
            "A request with this Idempotency-Key is being handled. Ask again in a moment.",
            headers={"Retry-After": "1"},
        )
    before = await store.find_answer(work.connection, asked.agency.id, asked.key)
    if before is None:
        return None
    if before["request_sha256"] != asked.sha256:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for another request. Use a new key for each request.",
        )
    return _taken_in(before["answer"], before["location"])


def _taken_in(answer: bytes, location: str | None) -> Response:
    headers = {"Location": location} if location else {}
    return Response(answer, HTTPStatus.ACCEPTED, headers, "application/json")


def href(assessment_id: UUID) -> str:
    return f"/v1/assessments/{assessment_id}"


def _all_accepted(asked: _Asked, answers: list[Accepted | Fault]) -> list[Accepted]:
    """The answers, or a Problem when any reference is taken: then nothing is stored."""
    taken = [a for a in answers if isinstance(a, Accepted)]
    if len(taken) == len(answers):
        return taken
    faults = [
        answer if asked.body.single else answer.under(f"assessments.{number}")
        for number, answer in enumerate(answers)
        if isinstance(answer, Fault)
    ]
    if asked.body.single:
        if isinstance(answers[0], ErasedReference):
            raise answers[0].problem()
        raise Problem(
            HTTPStatus.CONFLICT,
            "This reference was used before for an assessment with other content. Nothing was"
            " stored. Send a correction as a new assessment under a reference of its own.",
            errors=[fault.as_dict() for fault in faults],
        )
    raise _refusal(
        "Some references were used before, or what was sent under them was erased. Nothing was"
        " stored. See 'errors'.",
        faults,
    )


def _receipt(answer: Accepted) -> dict[str, object]:
    return {
        "assessment_id": str(answer.assessment_id),
        "reference": answer.reference,
        "status": answer.status,
        "href": href(answer.assessment_id),
    }


def _answer(asked: _Asked, answers: list[Accepted | Fault]) -> tuple[bytes, str | None]:
    """The answer's body and, for one assessment, its address; or a Problem."""
    accepted = _all_accepted(asked, answers)
    note_journeys([taken.assessment_id for taken in accepted])
    receipts = [_receipt(taken) for taken in accepted]
    if asked.body.single:
        return orjson.dumps(receipts[0]), str(receipts[0]["href"])
    return orjson.dumps({"assessments": receipts}), None


async def _take_in(service: Service, asked: _Asked) -> Response:
    """In a transaction of its own: a batch, or a request with a key."""
    async with service.work() as work:
        if asked.key is not None and (before := await _answered_before(work, asked)):
            return before
        answers, events = await accept(work.connection, asked.arrivals(), work.now)
        answer, location = _answer(asked, answers)
        if asked.key is not None:
            await store.save_answer(
                work.connection,
                asked.agency.id,
                asked.key,
                asked.sha256,
                location,
                answer,
                work.now,
            )
        work.outgoing += events
    return _taken_in(answer, location)


class Posting:
    """What answers ``POST /v1/assessments``."""

    def __init__(self, service: Service, body_limit: int) -> None:
        self._service = service
        self._body_limit = body_limit
        self._gatherer = Gatherer(service)

    async def answer(self, request: Request, agency: Agency) -> Response:
        """Problem 400, 409, 410, 413, 415 or 422 when nothing was stored."""
        asked = await _ask(request, agency, self._service, self._body_limit)
        if asked.key is not None or not asked.body.single:
            return await _take_in(self._service, asked)
        [arrival] = asked.arrivals()
        return _taken_in(*_answer(asked, [await self._gatherer.accept(arrival)]))
