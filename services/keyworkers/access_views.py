"""The JSON of lists of those who may know."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from contracts.keyworkers import WorkContact
from contracts.restrictions import Reader, ReaderId
from contracts.vocabulary import Restriction
from contracts.vocabulary_access import AccessReason, KnowsBecause, LiftingOutcome, LiftingReason
from services.keyworkers.lifting import Lifting
from services.keyworkers.roster import Roster
from services.kit.db import Row


class ReaderView(BaseModel):
    """Somebody who may know. ``reason``, ``added_by``: where they were put on the list by name."""

    id: str
    name: str
    contact: WorkContact | None
    because: KnowsBecause
    since: datetime | None
    until: datetime | None
    reason: AccessReason | None = None
    added_by: str | None = None


class LiftingView(BaseModel):
    """Somebody asked that a household be restricted no longer. ``answer``: agreed, declined or
    withdrawn; None while it waits."""

    lifting_id: UUID
    reason: LiftingReason
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    answer: LiftingOutcome | None
    answered_by: str | None
    answered_by_name: str | None
    answered_at: datetime | None


class RestoredView(BaseModel):
    """A household whose restriction had been lifted was restricted again."""

    restored_by: str
    restored_by_name: str
    restored_at: datetime


class AccessView(BaseModel):
    """Who may know of a household as of ``at``.

    ``restricted`` False: everybody may whose work it is. ``may_change``: whoever asks may put
    people on the list and take them off; ``may_enter``: they may put themselves on it for a day.
    ``asked``: that the restriction be lifted, not answered yet; ``lifted``: by which it was;
    ``may_ask``, ``may_agree``, ``may_restrict``: whoever asks may do that about it.
    """

    household_id: UUID
    at: datetime
    version: int
    restricted: bool
    restrictions: list[Restriction]
    team_name: str | None
    readers: list[ReaderView]
    may_change: bool
    may_enter: bool
    asked: LiftingView | None
    lifted: LiftingView | None
    may_ask: bool
    may_agree: bool
    may_restrict: bool


class VersionView(BaseModel):
    """A list that was in force from ``at`` until the next one."""

    version: int
    at: datetime
    restricted: bool
    readers: list[ReaderView]


class LogView(BaseModel):
    """Somebody was put on the list by name, and perhaps taken off it."""

    reader_id: str
    name: str
    reason: AccessReason
    until: datetime | None
    added_by: str
    added_by_name: str
    added_at: datetime
    removed_because: AccessReason | None
    removed_by: str | None
    removed_by_name: str | None
    removed_at: datetime | None


class HistoryView(BaseModel):
    """All that was ever said, the last first."""

    versions: list[VersionView]
    log: list[LogView]
    liftings: list[LiftingView]
    restored: list[RestoredView]


class RestrictedView(BaseModel):
    """A restricted household, by its reference alone. ``waits``: nobody is its key worker yet;
    ``under_review``: it is not decided yet whether it is one already known; ``asked``: whether it
    is asked that it be restricted no longer; ``lifted_at``: since when it is not."""

    household_id: UUID
    team_name: str | None
    since: datetime
    waits: bool
    under_review: bool
    asked: bool = False
    lifted_at: datetime | None = None


class Adding(BaseModel):
    """Put somebody on the list, until a moment or until taken off. Nobody's name: their id."""

    reader_id: ReaderId
    reason: AccessReason
    until: AwareDatetime | None = None


class Removing(BaseModel):
    """Why somebody is taken off the list."""

    reason: AccessReason = AccessReason.NO_LONGER_NEEDED


class Asking(BaseModel):
    """Why a household need be restricted no longer."""

    reason: LiftingReason


def lifting_view(roster: Roster, lifting: Lifting) -> LiftingView:
    """What was asked, and what became of it."""
    by = lifting.answered_by
    return LiftingView(
        lifting_id=lifting.lifting_id,
        reason=lifting.reason,
        asked_by=lifting.asked_by,
        asked_by_name=name_of(roster, lifting.asked_by),
        asked_at=lifting.asked_at,
        answer=lifting.answer,
        answered_by=by,
        answered_by_name=name_of(roster, by) if by else None,
        answered_at=lifting.answered_at,
    )


def restored_view(roster: Roster, row: Row) -> RestoredView:
    """A row of ``restriction_restored``."""
    return RestoredView(**dict(row), restored_by_name=name_of(roster, row["restored_by"]))


def name_of(roster: Roster, id_: str) -> str:
    """What somebody is called: as the place file has it, else by what their id says."""
    contact = contact_of(roster, id_)
    return contact.name if contact else id_.replace("-", " ").capitalize()


def reader_view(roster: Roster, reader: Reader) -> ReaderView:
    """A reader with the name and work contact that the place has for them."""
    contact = contact_of(roster, reader.id)
    return ReaderView(
        **reader.model_dump(),
        name=name_of(roster, reader.id),
        contact=contact,
    )


def contact_of(roster: Roster, id_: str) -> WorkContact | None:
    """A key worker's, a team lead's or a desk's contact; None for whoever has none in the file."""
    if id_ in roster.key_workers:
        return roster.key_worker(id_).contact
    if id_ in roster.teams:
        return roster.teams[id_].lead
    if id_ == roster.place.id:
        return roster.place.duty_desk
    if id_ in roster.place.privacy_officers:
        return roster.place.privacy_contact
    return next((one.duty_desk for one in roster.place.localities if one.id == id_), None)


def version_view(roster: Roster, row: Row) -> VersionView:
    """A row of ``access_version``."""
    found = [Reader.model_validate(reader) for reader in row["readers"]["readers"]]
    return VersionView(
        version=row["version"],
        at=row["at"],
        restricted=row["restricted"],
        readers=[reader_view(roster, reader) for reader in found],
    )


def log_view(roster: Roster, row: Row) -> LogView:
    """A row of the log."""
    contact = contact_of(roster, row["reader_id"])
    removed_by = row["removed_by"]
    return LogView(
        name=contact.name if contact else row["reader_id"],
        added_by_name=name_of(roster, row["added_by"]),
        removed_by_name=name_of(roster, removed_by) if removed_by else None,
        **dict(row),
    )
