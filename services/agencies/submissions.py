"""Reading what an agency sends over HTTP: one assessment or up to 1,000. Pure.

Each body is parsed once. Faults name the field as the agency wrote it
(``assessments.17.people.0.date_of_birth``) and the rule, and never carry a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from contracts.assessments import Submission, Submitted
from services.agencies.agreement import Fault
from services.agencies.refusals import faults_in

MOST = 1_000
_WRAPPED = re.compile(rb'\s*\{\s*"assessments"\s*:')
_MARK = b"\xef\xbb\xbf"
"""A byte order mark: .NET and PowerShell put one before UTF-8."""
REFERENCE = re.compile(r"[\x21-\x7e]{1,64}")
Several = Annotated[tuple[Submission, ...], Field(min_length=1, max_length=MOST)]
_LIST: TypeAdapter[tuple[Submission, ...]] = TypeAdapter(Several)


class Batch(Submitted):
    """``{"assessments": [...]}``: 1 to 1,000 assessments, all accepted or none."""

    assessments: Several


class Unreadable(ValueError):
    """The body does not keep the contract. ``faults``: at most 100."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{f.field}: {f.rule}" for f in faults[:5]))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries. ``single``: the answer is one object, not a list."""

    submissions: tuple[Submission, ...]
    single: bool


def read_body(body: bytes) -> Body:
    """The assessments in a request's body. Raises :class:`Unreadable`."""
    prefix: tuple[str, ...] = ()
    body = body.removeprefix(_MARK)
    try:
        if body.lstrip()[:1] == b"[":
            prefix = ("assessments",)
            return Body(_LIST.validate_json(body), single=False)
        if _WRAPPED.match(body):
            return Body(Batch.model_validate_json(body).assessments, single=False)
        return Body((Submission.model_validate_json(body),), single=True)
    except ValidationError as error:
        raise Unreadable(faults_in(error, prefix)) from None


def read_submission(value: bytes) -> Submission:
    """The one assessment in a Kafka record's value. Raises :class:`Unreadable`."""
    try:
        return Submission.model_validate_json(value.removeprefix(_MARK))
    except ValidationError as error:
        raise Unreadable(faults_in(error)) from None
