"""What keyworkers answers about restricted households and who may know of them."""

from __future__ import annotations

from pydantic import AwareDatetime

from services.portal.answers import Answer, Contact


class Reader(Answer):
    """Somebody who may know. ``because``: key_worker, cover or named; ``reason``: why by name."""

    id: str
    name: str
    contact: Contact | None = None
    because: str
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    reason: str | None = None
    added_by: str | None = None


class Lifting(Answer):
    """Somebody asked that a household be restricted no longer. ``answer``: None while it waits."""

    lifting_id: str
    reason: str
    asked_by: str
    asked_by_name: str
    asked_at: AwareDatetime
    answer: str | None = None
    answered_by_name: str | None = None
    answered_at: AwareDatetime | None = None


class Restored(Answer):
    """A household whose restriction had been lifted was restricted again."""

    restored_by_name: str
    restored_at: AwareDatetime


class AccessList(Answer):
    """Who may know of a household as of ``at``. ``may_enter``: the visitor may for a day.
    ``asked``: that the restriction be lifted; ``lifted``: by which it was."""

    household_id: str
    at: AwareDatetime
    version: int = 0
    restricted: bool = True
    restrictions: tuple[str, ...] = ()
    team_name: str | None = None
    readers: tuple[Reader, ...] = ()
    may_change: bool = False
    may_enter: bool = False
    asked: Lifting | None = None
    lifted: Lifting | None = None
    may_ask: bool = False
    may_agree: bool = False
    may_restrict: bool = False


class Version(Answer):
    """A list that was in force from ``at``."""

    version: int
    at: AwareDatetime
    restricted: bool = True
    readers: tuple[Reader, ...] = ()


class Logged(Answer):
    """Somebody was put on the list by name, and perhaps taken off it."""

    reader_id: str
    name: str
    reason: str
    until: AwareDatetime | None = None
    added_by: str
    added_by_name: str | None = None
    added_at: AwareDatetime
    removed_because: str | None = None
    removed_by: str | None = None
    removed_by_name: str | None = None
    removed_at: AwareDatetime | None = None


class History(Answer):
    """All that was ever said, the last first."""

    versions: tuple[Version, ...] = ()
    log: tuple[Logged, ...] = ()
    liftings: tuple[Lifting, ...] = ()
    restored: tuple[Restored, ...] = ()


class RestrictedHousehold(Answer):
    """A restricted household, by its reference alone."""

    household_id: str
    team_name: str | None = None
    since: AwareDatetime
    waits: bool = False
    under_review: bool = False
    asked: bool = False
    lifted_at: AwareDatetime | None = None


class Found(Answer):
    """The reference that an assessment leads to."""

    household_id: str
