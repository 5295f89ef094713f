"""What duplication answers about links and separations, as far as pages show it."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime

from services.portal.answers import Answer


class Change(Answer):
    """A link, a separation, or what took one back; or, in a preview, what one would change.

    ``household_id`` stays; ``other_household_id`` is retired by a link, or is where a separation's
    assessments went; ``person_id`` and ``other_person_id`` likewise, of a change of people.
    ``undoes``, ``undone_by``: of a change that took another back. ``says``: in a preview, what
    other services would be told.
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
    person_id: str | None = None
    other_person_id: str | None = None
    place_id: str | None = None
    says: tuple[dict[str, Any], ...] = ()

    @property
    def may_be_undone(self) -> bool:
        return self.undone_by is None and self.undoes is None


class Mentioned(Answer):
    """A person in one assessment, as its agency wrote them."""

    assessment_id: str
    household_id: str
    agency_id: str
    received_at: AwareDatetime
    name: str | None = None
    born: str | None = None


class SeenPerson(Answer):
    """Somebody of a household, mention by mention, the first first."""

    person_id: str
    mentions: tuple[Mentioned, ...] = ()

    @property
    def name(self) -> str:
        return next((m.name for m in reversed(self.mentions) if m.name), "Name not known")

    @property
    def written(self) -> list[tuple[str, str]]:
        """Each name and date of birth that was written, once."""
        return list(dict.fromkeys((m.name or "no name", m.born or "") for m in self.mentions))


class Given(Answer):
    """A reviewer's answer, looked at before it is given: what it would change and say."""

    household_id: str
    place_id: str | None = None
    retired_household_id: str | None = None
    people_linked: int = 0
    cannot_links: int = 0
    says: tuple[dict[str, Any], ...] = ()


class Follows(Answer):
    """One thing that would follow with key workers, referrals or alerts. ``kind``: which event
    would say so; ``who``: at work; ``former``: who would no longer be the key worker."""

    kind: str
    household_id: str | None = None
    who: str | None = None
    former: str | None = None
    goes_on: bool = False
