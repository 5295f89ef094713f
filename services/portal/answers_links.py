"""What duplication answers about links and separations, as far as pages show it."""

from __future__ import annotations

from pydantic import AwareDatetime

from services.portal.answers import Answer


class Change(Answer):
    """A link, a separation, or what took one back; or, in a preview, what one would change.

    ``household_id`` stays; ``other_household_id`` is retired by a link, or is where a separation's
    assessments went. ``undoes``, ``undone_by``: of a change that took another back.
    """

    id: str
    kind: str
    household_id: str
    other_household_id: str
    assessment_ids: tuple[str, ...] = ()
    person_ids: tuple[str, ...] = ()
    cannot_links: tuple[tuple[str, str], ...] = ()
    lifted: tuple[tuple[str, str], ...] = ()
    undoes: str | None = None
    undone_by: str | None = None
    cause: str | None = None
    decided_at: AwareDatetime | None = None

    @property
    def may_be_undone(self) -> bool:
        return self.undone_by is None and self.undoes is None
