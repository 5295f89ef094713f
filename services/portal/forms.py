"""A form that lacks something, or that a service behind refuses: its page again, with what is wrong
said above it and at the field, and everything that was entered or chosen still there.

A new form's route is decorated with ``@shown_again(page, "name")``, ``page`` being the handler of
the page that it stands on; it raises :class:`Incomplete` for what is lacking, and lets pass what a
service refuses. Its template says ``{% set form = sent.to('name') %}``, writes ``novalidate`` on
the form, ``pieces.fault`` and ``pieces.field`` (of ticks ``pieces.group`` and ``pieces.option``)
for each field, and fills it from ``form.value``; base.html says the rest.

Invariant: the page is loaded as for GET, by the visitor's own rights; nothing of the form is in an
address, and nothing is kept.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from services.portal.access import Forbidden
from services.portal.sources import Refused, Unavailable

Fields = ImmutableMultiDict[str, object]
"""What was entered, by the fields' names; several values of one where several were chosen."""
Handler = Callable[..., Awaitable[Response]]


class Incomplete(Exception):
    """Something is to be put right before anything is done. ``faults``: what, in words that hold
    nothing that was entered, by the field's name; "" where it is no one field's."""

    def __init__(
        self,
        faults: Mapping[str, str] | str,
        status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
    ) -> None:
        self.faults = {"": faults} if isinstance(faults, str) else dict(faults)
        self.status = status
        super().__init__(" ".join(self.faults.values()))


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a page, as its template asks for it. ``entered``: None where it was not sent."""

    name: str
    entered: Fields | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def was_sent(self) -> bool:
        return self.entered is not None

    def id(self, name: str) -> str:
        """What the field is called within the page; of several ticks, the first."""
        return f"{self.name}-{name}"

    def value(self, name: str, otherwise: str = "") -> str:
        """What was entered; ``otherwise`` what a page that was just opened has there."""
        return otherwise if self.entered is None else _text(self.entered.get(name))

    def has(self, name: str, value: str, otherwise: bool = False) -> bool:
        """Whether this was chosen, of a field that offers several."""
        if self.entered is None:
            return otherwise
        return value in map(_text, self.entered.getlist(name))

    def fault(self, name: str) -> str | None:
        return self.faults.get(name)


@dataclass(frozen=True, slots=True)
class Sent:
    """The form that was sent, and what came of it: nothing, on a page that was just opened.
    ``unchanged``: whether it is sure that nothing was done."""

    form: Form = Form("")
    status: HTTPStatus | int = HTTPStatus.OK
    unchanged: bool = True

    def to(self, name: str) -> Form:
        """The page's form of this name."""
        return self.form if self.form.name == name else Form(name)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Of each the id of its field, "" where it is no one field's, and the words."""
        found = self.form.faults.items()
        return [(self.form.id(name) if name else "", words) for name, words in found]


def shown_again(page: Handler, form: str | Callable[[Fields], str]) -> Callable[[Handler], Handler]:
    """A route's decorator, beneath the router's. ``page`` is given those of the route's parameters
    that it takes; it may be a form's route itself, as of a page that asks to confirm. ``form``: its
    name in the page, with the route's parameters in braces where there is one for each; or how its
    fields tell which of several it is."""
    taken = inspect.signature(page).parameters

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def answer(request: Request, **given: object) -> Response:
            try:
                return await handler(request, **given)
            except (Incomplete, Refused, Unavailable) as fault:
                if request.method == "GET" and not isinstance(fault, Incomplete):
                    raise  # The page itself cannot be had.
                entered = await _entered(request)
                name = form.format(**given) if isinstance(form, str) else form(entered)
                request.state.sent = _sent(name, entered, fault)
                try:
                    return await page(request, **{k: v for k, v in given.items() if k in taken})
                except (Forbidden, Refused, Unavailable) as gone:
                    # There is no such page, or none of theirs, any more.
                    request.state.sent = Sent()
                    raise (gone if isinstance(fault, Incomplete) else fault) from None

        answer.shown_on = page  # type: ignore[attr-defined]
        return answer

    return decorate


def what_was_sent(request: Request) -> Sent:
    """What the page that answers ``request`` shows again."""
    found: Sent = getattr(request.state, "sent", Sent())
    return found


def _sent(name: str, entered: Fields, fault: Incomplete | Refused | Unavailable) -> Sent:
    if isinstance(fault, Incomplete):
        return Sent(Form(name, entered, fault.faults), fault.status)
    if isinstance(fault, Refused):
        return Sent(Form(name, entered, {"": str(fault)}), fault.status, unchanged=False)
    words = (
        f"The service “{fault.service}” does not answer, so this may not have been done. "
        "Try again in a minute; if it stays so, tell the operations team."
    )
    return Sent(Form(name, entered, {"": words}), HTTPStatus.BAD_GATEWAY, unchanged=False)


async def _entered(request: Request) -> Fields:
    given = request.query_params if request.method == "GET" else await request.form()
    return ImmutableMultiDict([(name, value) for name, value in given.multi_items()])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
