"""How and when a recipient wants to be told outside the pages, and a message to try it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, model_validator

from contracts.envelope import new_id
from contracts.keyworkers import Recipient, WorkContact
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import RecipientKind
from services.alerts import store_messages
from services.alerts.messages import Channel, Preference, Telling, What, messages_for
from services.alerts.places import Places
from services.alerts.quiet import refusal
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.deliveries import save_deliveries
from services.kit.errors import Problem

_Recipient = Annotated[str, Path(min_length=1, max_length=100)]
_Place = Annotated[str, Query(max_length=100)]


class Preferences(BaseModel):
    """``channels``: those they want of what the place offers, None for all; immediate alerts come
    at once by every channel of the place's policy all the same. ``digest``: how many routine
    alerts wait, each working day. ``only_working_time``: what comes outside it waits until the
    place opens. ``quiet_from``, ``quiet_until``: hours on the place's clock, within working time,
    in which nothing but the immediate comes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[Channel, ...] | None = None
    digest: bool = True
    only_working_time: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None

    @model_validator(mode="after")
    def _are_hours(self) -> Preferences:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need both a beginning and an end, or neither")
        for at in (self.quiet_from, self.quiet_until):
            if at is not None and at.tzinfo is not None:
                raise ValueError("a time of the place's own clock, without a time zone")
        return self

    @property
    def quiet(self) -> tuple[time, time] | None:
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return self.quiet_from, self.quiet_until


class Choices(BaseModel):
    """What a recipient of the place may choose among. ``always``: by which channels immediate
    alerts come; ``quiet_hours_most``: 0 where nobody may keep hours free."""

    channels: list[Channel]
    always: list[Channel]
    quiet_hours_most: float
    opens: time
    closes: time
    digest_at: time | None


class Test(BaseModel):
    """``contact``: how the recipient is reached at work."""

    contact: WorkContact


class TestView(BaseModel):
    """A test message: ``state`` as of deliveries, ``last_status``: what was answered."""

    id: UUID
    channel: Channel
    state: str
    last_status: str | None
    created_at: datetime


_NAMES = {
    Channel.EMAIL: "email",
    Channel.NOTIFY: "email by GOV.UK Notify",
    Channel.SMS: "text message",
    Channel.WEBHOOK: "webhook",
}
_BETWEEN_TESTS = timedelta(minutes=1)


def create_preference_routes(service: Service, places: Places) -> APIRouter:
    """The routes under ``/v1``. Every one asks for the service token."""
    router = APIRouter(prefix="/v1", tags=["preferences"])

    @router.get("/message-choices")
    async def read_choices(_: CallingActor, place_id: _Place = "") -> Choices:
        """What a recipient of the place may choose among."""
        policies = await places.current(service.pool)
        policy = policies.of(place_id)
        return Choices(
            channels=policies.offered(place_id),
            always=policies.channels_for(place_id, What.RAISED, Severity.IMMEDIATE),
            quiet_hours_most=policy.quiet_hours_most,
            opens=policy.opens,
            closes=policy.closes,
            digest_at=policy.digest_at,
        )

    @router.get("/recipients/{recipient_id}/preferences")
    async def read_preferences(_: CallingActor, recipient_id: _Recipient) -> Preferences:
        """What the recipient asked for, or what holds where they asked for nothing."""
        async with service.pool.acquire() as connection:
            said = await store_messages.load_preferences(connection, [recipient_id])
        if recipient_id not in said:
            return Preferences()
        found = said[recipient_id]
        return Preferences(
            channels=tuple(channel for channel in Channel if channel in found.channels),
            digest=found.digest,
            only_working_time=found.only_working_time,
            quiet_from=found.quiet[0] if found.quiet else None,
            quiet_until=found.quiet[1] if found.quiet else None,
        )

    @router.put("/recipients/{recipient_id}/preferences")
    async def write_preferences(
        actor: CallingActor, recipient_id: _Recipient, wanted: Preferences, place_id: _Place = ""
    ) -> Preferences:
        """Say how and when the recipient wants to be told from now on.

        422 with what to do where the place does not offer it.
        """
        policies = await places.current(service.pool)
        offered = policies.offered(place_id)
        channels = tuple(offered) if wanted.channels is None else wanted.channels
        if others := [_NAMES[c] for c in channels if c not in offered]:
            here = ", ".join(_NAMES[c] for c in offered) or "none yet"
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"The place does not offer {', '.join(others)}. Choose among: {here}.",
            )
        if why := refusal(wanted.quiet, policies.of(place_id)):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, why)
        said = Preference(
            frozenset(channels), wanted.digest, wanted.only_working_time, wanted.quiet
        )
        async with service.work() as work:
            await store_messages.save_preference(
                work.connection, recipient_id, said, actor.id, work.now
            )
        return wanted.model_copy(update={"channels": channels})

    @router.get("/recipients/{recipient_id}/test-messages")
    async def list_tests(_: CallingActor, recipient_id: _Recipient) -> list[TestView]:
        """The test messages of the last day, the last asked for first."""
        async with service.pool.acquire() as connection:
            since = service.clock() - timedelta(days=1)
            rows = await store_messages.find_tests(connection, recipient_id, since)
        return [TestView.model_validate(dict(row)) for row in rows]

    @router.post("/recipients/{recipient_id}/test-messages", status_code=HTTPStatus.ACCEPTED)
    async def send_test(
        _: CallingActor, recipient_id: _Recipient, test: Test, place_id: _Place = ""
    ) -> list[TestView]:
        """Send a message that says so by each channel that the recipient has chosen, at once."""
        async with service.work() as work:
            said = await store_messages.load_preferences(work.connection, [recipient_id])
            offered = (await places.current(work.connection)).offered(place_id)
            chosen = said[recipient_id].channels if recipient_id in said else frozenset(offered)
            since = work.now - _BETWEEN_TESTS
            if await store_messages.find_tests(work.connection, recipient_id, since):
                raise Problem(
                    HTTPStatus.CONFLICT, "A test was sent a moment ago. Wait a minute, then again."
                )
            id_ = new_id()
            recipient = Recipient(
                kind=RecipientKind.KEY_WORKER, id=recipient_id, contact=test.contact
            )
            telling = Telling(
                what=What.TEST,
                recipient=recipient,
                severity=Severity.ROUTINE,
                cause=id_,
                parts=(),
                journey_id=id_,
                traceparent=None,
                content={"place_id": place_id},
            )
            messages = messages_for(telling, [c for c in offered if c in chosen])
            if not messages:
                raise Problem(
                    HTTPStatus.CONFLICT,
                    "No channel that you chose reaches you. Choose one for which your work email"
                    " or mobile number is known, or ask operations to add it to the place's file.",
                )
            await save_deliveries(work.connection, messages, work.now)
            rows = await store_messages.find_tests(work.connection, recipient_id, work.now)
        return [TestView.model_validate(dict(row)) for row in rows]

    return router
