"""What services answer about how long records are kept, and about what was erased."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from services.portal.answers import Answer


class RetentionPolicy(Answer):
    """How long a place keeps records: in years since anything happened, and at least until the
    youngest is so many years old, where that is said; on notice for so many days first."""

    years_after_last_contact: int
    until_youngest_is: int | None = None
    notice_days: int


class PlaceRetention(Answer):
    """One place of whoever asks. ``on_notice`` and ``held``: households."""

    place_id: str
    place_name: str
    policy: RetentionPolicy | None = None
    on_notice: int = 0
    held: int = 0
    waiting: int = 0


class Refusal(Answer):
    """Why all of it is still there. ``not_before``: the earliest day on which it is due again."""

    refusal: str
    not_before: date | None = None
    refused_at: AwareDatetime


class Notice(Answer):
    """A household that is to be erased at ``erases_at``; ``kept``: why it will not be after all."""

    household_id: str
    place_id: str
    last_contact_at: AwareDatetime
    since: AwareDatetime
    erases_at: AwareDatetime
    kept: str | None = None
    refusal: Refusal | None = None


class Hold(Answer):
    """A household is held until a moment, or until somebody ended it."""

    hold_id: str
    household_id: str
    place_id: str
    reason: str
    until: AwareDatetime
    held_by: str
    held_by_name: str
    held_at: AwareDatetime
    ended_by_name: str | None = None
    ended_at: AwareDatetime | None = None


class Kept(Answer):
    """The policy, what is on notice and what is held. ``..._next``: where the next page begins."""

    places: tuple[PlaceRetention, ...] = ()
    notices: tuple[Notice, ...] = ()
    notices_next: str | None = None
    held: tuple[Hold, ...] = ()
    held_next: str | None = None


class Erasure(Answer):
    """One of the register. ``asked_by`` None: the policy ordered it. ``came``: what came of it."""

    erasure_id: str
    place_id: str
    household_id: str | None = None
    reason: str
    came: str
    asked_by: str | None = None
    asked_by_name: str | None = None
    asked_at: AwareDatetime | None = None
    answered_by_name: str | None = None
    answered_at: AwareDatetime | None = None
    ordered_at: AwareDatetime | None = None
    refusal: Refusal | None = None
    erased_at: AwareDatetime | None = None
    may_answer: bool = False
    may_withdraw: bool = False


class Register(Answer):
    """``waiting``: what waits for an answer. ``erasures``: everything, the last first."""

    waiting: tuple[Erasure, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    next: str | None = None


class HouseholdKept(Answer):
    """How long one household's records are kept, and why. ``kept`` None: they are due."""

    household_id: str
    place_id: str
    last_contact_at: AwareDatetime | None = None
    kept: str | None = None
    due_on: date | None = None
    erases_at: AwareDatetime | None = None
    holds: tuple[Hold, ...] = ()
    refusal: Refusal | None = None
    asked: Erasure | None = None
    may_ask: bool = False


class Erased(Answer):
    """What one service erased, and when. ``counts``: rows by table."""

    erasure_id: str
    reason: str
    erased_at: AwareDatetime
    counts: dict[str, int]
