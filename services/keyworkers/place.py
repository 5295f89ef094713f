"""The place file: a place's localities, teams, coverage, calendar, policy and key workers, as data.

Validation says what is wrong in words and names the entry. A valid place sends every postcode to
exactly one team, has no team of more than twelve, and names a desk for everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from contracts.duplication import Area
from contracts.envelope import Slug
from contracts.keyworkers import WorkContact
from services.keyworkers.strict import Strict
from services.keyworkers.working_time import WEEKDAYS, Calendar, Weekday

MOST_MEMBERS = 12
"""Small, self-organising teams: Buurtzorg's limit."""

Name = Annotated[str, Field(min_length=1, max_length=80)]
Phone = Annotated[str, Field(pattern=r"^[0-9+ ]{6,20}$")]
Email = Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]
SignInName = Annotated[str, Field(pattern=r"^\S{1,200}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class InvalidPlace(ValueError):
    """A place file that cannot be used. ``faults``: one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Leave(Strict):
    """Away from ``first`` to ``last``, both included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("leave ends before it begins")
        return self


class KeyWorker(Strict):
    """A named practitioner. ``caseload_limit`` None: the place's; ``left_on``: their last day;
    ``sign_in``: what the organisation's directory calls them, where that is not their email.
    """

    id: Slug
    name: Name
    team: Slug
    phone: Phone
    email: Email
    sign_in: SignInName | None = None
    working_days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS[:5]
    languages: tuple[Language, ...] = ()
    skills: tuple[Slug, ...] = ()
    caseload_limit: Annotated[int, Field(ge=0, le=200)] | None = None
    leave: tuple[Leave, ...] = ()
    left_on: date | None = None


class Duty(StrEnum):
    """What somebody does for the whole place."""

    REVIEWER = "reviewer"
    PRIVACY_OFFICER = "privacy_officer"
    OPERATIONS = "operations"


class Staff(Strict):
    """Somebody who signs in for more than a caseload: by their email, or ``sign_in`` where the
    organisation's directory calls them otherwise. ``roles``: for the whole place; ``leads``: teams
    whose lead they are, beside whom the team names; ``desks``: localities, or the place, at whose
    front door and duty desk they sit. Whoever leaves is taken out.
    """

    id: Slug
    name: Name
    email: Email | None = None
    sign_in: SignInName | None = None
    roles: tuple[Duty, ...] = ()
    leads: tuple[Slug, ...] = ()
    desks: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        if self.email is None and self.sign_in is None:
            raise ValueError("give email or sign_in: it is how they sign in")
        return self


class Assignment(StrEnum):
    """How a team's households find their key worker."""

    RANKED = "ranked"
    """The first in the ranking is given the household at once."""
    OFFER = "offer"
    """The household is offered to the team: any member claims it, or it is ranked in the end."""


class Team(Strict):
    """A neighbourhood team. ``covers``: postcode districts and sectors; the longer one wins.

    ``locality`` None: the team works for the whole place, whose own desks stand behind it.
    """

    id: Slug
    name: Name
    locality: Slug | None = None
    lead: WorkContact
    covers: tuple[Area, ...] = ()
    assignment: Assignment = Assignment.RANKED


class Locality(Strict):
    """One council: its postcode districts, its statutory front door and its duty desk."""

    id: Slug
    name: Name
    districts: tuple[Annotated[Area, Field(pattern=r"^\S+$")], ...]
    front_door: WorkContact
    duty_desk: WorkContact


class Deadlines(Strict):
    """How soon an alert must be acknowledged. Immediate counts round the clock."""

    immediate_minutes: Annotated[int, Field(ge=1)] = 60
    urgent_working_minutes: Annotated[int, Field(ge=1)] = 240
    routine_working_minutes: Annotated[int, Field(ge=1)] = 480


class Retention(Strict):
    """How long records are kept. ``years_after_last_contact``: since anything happened with a
    household; ``until_youngest_is``: and at least until everybody in it is that old;
    ``notice_days``: how long privacy officers are shown what is due before it is erased.
    """

    years_after_last_contact: Annotated[int, Field(ge=1, le=100)] = 6
    until_youngest_is: Annotated[int, Field(ge=1, le=100)] | None = None
    notice_days: Annotated[int, Field(ge=7, le=365)] = 30


class Policy(Strict):
    """What the place decides. ``reserve_for_harm``: households above the limit that a key worker
    takes where somebody may be suffering significant harm; ``re_referral_days``: how soon after an
    engagement's end a new referral counts as a re-referral; ``offer_working_minutes``: how long a
    team that claims its households has for each; ``retention``: without it nothing is erased by
    policy.
    """

    caseload_limit: Annotated[int, Field(ge=1, le=200)] = 16
    reserve_for_harm: Annotated[int, Field(ge=0, le=20)] = 2
    re_referral_days: Annotated[int, Field(ge=1)] = 365
    offer_working_minutes: Annotated[int, Field(ge=1, le=4800)] = 120
    deadlines: Deadlines = Deadlines()
    retention: Retention | None = None


class Place(Strict):
    """An area that shares information under one agreement.

    ``front_door`` and ``duty_desk`` are the place's own, for teams of no locality;
    ``no_area_team`` is for households with no fixed abode or no known postcode.
    ``privacy_officers``: who may change any list of those who may know of a restricted household;
    ``reviewers``: who decides possible matches, and may be put on one; both by the ids with which
    they sign in; where a list is not given, those of ``staff`` who do so. ``privacy_contact``: how
    the officers are reached at work, with their messages.
    """

    id: Slug
    name: Name
    key_worker_title: Name = "Key worker"
    key_worker_alias: Name | None = None
    front_door: WorkContact
    duty_desk: WorkContact
    calendar: Calendar = Calendar()
    policy: Policy = Policy()
    localities: Annotated[tuple[Locality, ...], Field(min_length=1)]
    no_area_team: Slug
    teams: Annotated[tuple[Team, ...], Field(min_length=1)]
    key_workers: tuple[KeyWorker, ...]
    privacy_officers: tuple[Slug, ...] = ("privacy-officer",)
    privacy_contact: WorkContact | None = None
    reviewers: tuple[Slug, ...] = ("reviewer",)
    staff: tuple[Staff, ...] = ()

    @model_validator(mode="after")
    def _takes_lists_from_staff(self) -> Self:
        for name, duty in (
            ("privacy_officers", Duty.PRIVACY_OFFICER),
            ("reviewers", Duty.REVIEWER),
        ):
            ids = tuple(one.id for one in self.staff if duty in one.roles)
            if ids and name not in self.model_fields_set:
                object.__setattr__(self, name, ids)
        return self

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if faults := [
            *self._unclear_names(),
            *self._team_faults(),
            *self._coverage_faults(),
            *self._staff_faults(),
        ]:
            raise InvalidPlace(faults)
        return self

    def _unclear_names(self) -> Iterator[str]:
        for what, ids in (
            ("locality", [x.id for x in self.localities]),
            ("team", [x.id for x in self.teams]),
            ("key worker", [x.id for x in self.key_workers]),
            ("staff", [x.id for x in self.staff]),
        ):
            for twice in _repeated(ids):
                yield f"{what} {twice} is there twice"

    def _team_faults(self) -> Iterator[str]:
        localities = {x.id for x in self.localities}
        teams = {x.id for x in self.teams}
        for team in self.teams:
            if team.locality is not None and team.locality not in localities:
                yield f"team {team.id} is in the unknown locality {team.locality}"
        if self.no_area_team not in teams:
            yield f"no_area_team names the unknown team {self.no_area_team}"
        for key_worker in self.key_workers:
            if key_worker.team not in teams:
                yield f"key worker {key_worker.id} is in the unknown team {key_worker.team}"
        members = Counter(k.team for k in self.key_workers if k.left_on is None)
        for team in self.teams:
            if members[team.id] > MOST_MEMBERS:
                yield f"team {team.id} has {members[team.id]} members; at most {MOST_MEMBERS}"
            if not members[team.id]:
                yield f"team {team.id} has no members"

    def _staff_faults(self) -> Iterator[str]:
        teams = {x.id for x in self.teams}
        desks = {self.id, *(x.id for x in self.localities)}
        names = {x.id: x.name for x in self.key_workers}
        lists = {Duty.PRIVACY_OFFICER: self.privacy_officers, Duty.REVIEWER: self.reviewers}
        for one in self.staff:
            if one.id in teams | desks:
                yield f"staff {one.id} has the id of a team or desk: give them another"
            if names.get(one.id, one.name) != one.name:
                yield (
                    f"staff {one.id} has the id of the key worker {names[one.id]}: "
                    "give them another, or the same name if they are one person"
                )
            for team in set(one.leads) - teams:
                yield f"staff {one.id} leads the unknown team {team}"
            for desk in set(one.desks) - desks:
                yield f"staff {one.id} sits at the unknown desk {desk}"
            for duty, ids in lists.items():
                if duty in one.roles and one.id not in ids:
                    yield f"staff {one.id} is not in {duty.value}s: add them, or leave out the list"

    def _coverage_faults(self) -> Iterator[str]:
        teams_by_area: dict[str, list[str]] = {}
        for team in self.teams:
            for area in team.covers:
                teams_by_area.setdefault(area, []).append(team.id)
        for area, teams in teams_by_area.items():
            if len(teams) > 1:
                yield f"{area} is covered more than once: by {', '.join(teams)}"
        districts = [d for locality in self.localities for d in locality.districts]
        for twice in _repeated(districts):
            yield f"district {twice} is in two localities"
        for district in districts:
            if district not in teams_by_area:
                yield f"district {district} is covered by no team"
        for area in teams_by_area:
            if area.partition(" ")[0] not in districts:
                yield f"{area} is covered, but is in no locality's districts"


def _repeated(values: Iterable[str]) -> list[str]:
    return sorted(value for value, count in Counter(values).items() if count > 1)


def parse_place(text: str | bytes) -> Place:
    """The place in a JSON document. Raises :class:`InvalidPlace`."""
    try:
        return Place.model_validate_json(text)
    except ValidationError as error:
        faults: list[str] = []
        for fault in error.errors():
            inner = fault.get("ctx", {}).get("error")
            if isinstance(inner, InvalidPlace):
                faults += inner.faults
            else:
                where = ".".join(str(part) for part in fault["loc"])
                faults.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
        raise InvalidPlace(faults) from None


def read_place(path: Path) -> Place:
    """The place in a file. Raises :class:`InvalidPlace`, or ``OSError``."""
    return parse_place(path.read_bytes())
