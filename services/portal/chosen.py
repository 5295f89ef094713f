"""A form that was sent before all was chosen: its page again, with what was."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import FormData

from services.portal.access import Forbidden


class Incomplete(Forbidden):
    """Something is to be chosen yet: the page is shown again, with what was chosen. ``kind``: in
    which of its forms."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form had when it was sent, and what it lacks: nothing, on a page just opened.
    ``typed``: which household was named."""

    values: frozenset[str] = frozenset()
    incomplete: Incomplete | None = None
    typed: str = ""

    @staticmethod
    def of(form: FormData, incomplete: Incomplete) -> Chosen:
        values = frozenset(str(value) for _, value in form.multi_items())
        return Chosen(values, incomplete, str(form.get("other") or ""))

    def has(self, kind: str, value: str) -> bool:
        """Whether the form of that kind was sent with this chosen."""
        return self.lacks(kind) is not None and value in self.values

    def lacks(self, kind: str) -> Incomplete | None:
        return self.incomplete if self.incomplete and self.incomplete.kind == kind else None

    @property
    def status(self) -> HTTPStatus:
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.incomplete else HTTPStatus.OK


NOTHING = Chosen()
