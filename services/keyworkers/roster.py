"""A place made ready for deciding: which team for an area, whom to alert, who covers for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from contracts.keyworkers import AlertPlan, Recipient, WorkContact
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import RecipientKind
from services.keyworkers.eligibility import works_on
from services.keyworkers.place import KeyWorker, Leave, Locality, Place, Team
from services.keyworkers.sign_ins import Entry, by_sign_in


@dataclass(frozen=True, slots=True)
class Arranged:
    """Leave that was arranged beside the place file, both days included; who stands in."""

    key_worker_id: str
    first: date
    last: date
    cover: str | None = None


def with_leave(place: Place, arranged: Iterable[Arranged]) -> Place:
    """The place as it is with the leave arranged since its file was written."""
    leave: dict[str, list[Leave]] = defaultdict(list)
    for one in arranged:
        leave[one.key_worker_id].append(Leave(first=one.first, last=one.last))
    if not leave:
        return place
    key_workers = tuple(
        k.model_copy(update={"leave": (*k.leave, *leave[k.id])}) if k.id in leave else k
        for k in place.key_workers
    )
    return place.model_copy(update={"key_workers": key_workers})


@dataclass(frozen=True)
class Roster:
    """Look-ups over one version of a place. Reads nothing, changes nothing.

    ``arranged``: the leave of :func:`with_leave`, with who stands in; ``leave_version`` counts its
    changes.
    """

    place: Place
    version: int = 1
    arranged: tuple[Arranged, ...] = ()
    leave_version: int = 0
    _plans: dict[tuple[str, date], tuple[Recipient, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def teams(self) -> dict[str, Team]:
        return {team.id: team for team in self.place.teams}

    @cached_property
    def key_workers(self) -> dict[str, KeyWorker]:
        return {key_worker.id: key_worker for key_worker in self.place.key_workers}

    @cached_property
    def members(self) -> dict[str, tuple[KeyWorker, ...]]:
        """Each team's key workers, in the order of their ids."""
        found: dict[str, list[KeyWorker]] = {team: [] for team in self.teams}
        for key_worker in sorted(self.place.key_workers, key=lambda k: k.id):
            found[key_worker.team].append(key_worker)
        return {team: tuple(members) for team, members in found.items()}

    @cached_property
    def _coverage(self) -> dict[str, str]:
        return {area: team.id for team in self.place.teams for area in team.covers}

    @cached_property
    def _localities(self) -> dict[str, Locality]:
        return {locality.id: locality for locality in self.place.localities}

    @cached_property
    def sign_ins(self) -> dict[str, tuple[Entry, ...]]:
        """Who may sign in, by the name as compared."""
        return by_sign_in(self.place)

    @cached_property
    def _staff_names(self) -> dict[str, str]:
        return {one.id: one.name for one in self.place.staff}

    def team_of_area(self, area: str | None) -> str | None:
        """The team for a postcode sector or district: the longest prefix wins. None: no team's."""
        if area is None:
            return None
        return self._coverage.get(area) or self._coverage.get(area.partition(" ")[0])

    def locality_name(self, team_id: str) -> str | None:
        """The name of a team's locality; None for a team of the whole place."""
        locality = self._localities.get(self.teams[team_id].locality or "")
        return locality.name if locality else None

    def limit_of(self, key_worker: KeyWorker) -> int:
        """How many households the key worker holds at most."""
        own = key_worker.caseload_limit
        return self.place.policy.caseload_limit if own is None else own

    def working_day(self, at: datetime) -> date:
        return self.place.calendar.working_day(at)

    def is_there(self, key_worker_id: str, first: date, last: date) -> bool:
        """Whether the key worker is neither on leave nor gone on any of these days."""
        key_worker = self.key_workers[key_worker_id]
        if key_worker.left_on is not None and key_worker.left_on < last:
            return False
        return not any(leave.first <= last and first <= leave.last for leave in key_worker.leave)

    # -- whom to alert -----------------------------------------------------------------------

    @cached_property
    def _key_worker_recipients(self) -> dict[str, Recipient]:
        title = self.place.key_worker_title
        return {
            k.id: Recipient(
                kind=RecipientKind.KEY_WORKER,
                id=k.id,
                contact=WorkContact(name=k.name, role=title, phone=k.phone, email=k.email),
            )
            for k in self.place.key_workers
        }

    def key_worker(self, key_worker_id: str) -> Recipient:
        return self._key_worker_recipients[key_worker_id]

    def team_lead(self, team_id: str) -> Recipient:
        return Recipient(kind=RecipientKind.TEAM_LEAD, id=team_id, contact=self.teams[team_id].lead)

    def privacy_officer(self, id_: str) -> Recipient:
        """One of the place's privacy officers, by the id with which they sign in."""
        named = self._staff_names.get(id_) or id_.replace("-", " ").capitalize()
        contact = self.place.privacy_contact or WorkContact(name=named, role="Privacy officer")
        return Recipient(kind=RecipientKind.PRIVACY_OFFICER, id=id_, contact=contact)

    def second_word(self, id_: str) -> Recipient:
        """A team's lead, or else a privacy officer, of this id."""
        return self.team_lead(id_) if id_ in self.teams else self.privacy_officer(id_)

    def somebody(self, id_: str) -> Recipient | None:
        """Whoever this is, as alerts reach them; None for a reviewer, who has no inbox, and for
        somebody whom the place does not know any more."""
        if id_ in self.key_workers:
            return self.key_worker(id_)
        if id_ in self.teams or id_ in self.place.privacy_officers:
            return self.second_word(id_)
        desk = self.place if id_ == self.place.id else self._localities.get(id_)
        if desk is None:
            return None
        return Recipient(kind=RecipientKind.DUTY_DESK, id=desk.id, contact=desk.duty_desk)

    def duty_desk(self, team_id: str, locality_id: str | None = None) -> Recipient:
        """The duty desk of the team's locality; else of ``locality_id``; else the place's own."""
        desk = self._desk_owner(team_id, locality_id)
        return Recipient(kind=RecipientKind.DUTY_DESK, id=desk.id, contact=desk.duty_desk)

    def front_door(self, team_id: str, locality_id: str | None = None) -> Recipient:
        """The statutory front door of the same."""
        desk = self._desk_owner(team_id, locality_id)
        return Recipient(kind=RecipientKind.FRONT_DOOR, id=desk.id, contact=desk.front_door)

    def _desk_owner(self, team_id: str, locality_id: str | None) -> Locality | Place:
        locality = self.teams[team_id].locality or locality_id
        return self._localities.get(locality, self.place) if locality else self.place

    def cover_for(
        self, key_worker_id: str, day: date, *, without: Collection[str] = ()
    ) -> Recipient | None:
        """Who stands in on ``day``: whom was arranged, or the next of the team who works then.

        It depends on nothing but the roster, so that everybody can know it beforehand. ``without``:
        who must not stand in.
        """
        for leave in self.arranged:
            covers = leave.key_worker_id == key_worker_id and leave.first <= day <= leave.last
            if not covers or not leave.cover or leave.cover in without:
                continue
            if works_on(self.key_workers[leave.cover], day):
                return self.key_worker(leave.cover)
        absent = self.key_workers[key_worker_id]
        team = self.members[absent.team]
        at = team.index(absent)
        for other in (*team[at + 1 :], *team[:at]):
            if other.id not in without and works_on(other, day):
                return self.key_worker(other.id)
        return None

    def alert_plan(self, key_worker_id: str, severity: Severity, at: datetime) -> AlertPlan:
        """How soon a key worker is to know, and who is told after them, or with them if away."""
        day = self.working_day(at)
        return AlertPlan(
            severity=severity,
            escalation=self.escalation(key_worker_id, day),
            away=not works_on(self.key_workers[key_worker_id], day),
        )

    def escalation(self, key_worker_id: str, day: date) -> tuple[Recipient, ...]:
        """After the key worker: cover, then the team lead, then the duty desk."""
        plan = self._plans.get((key_worker_id, day))
        if plan is None:
            team = self.key_workers[key_worker_id].team
            cover = self.cover_for(key_worker_id, day)
            plan = (
                *((cover,) if cover else ()),
                self.team_lead(team),
                self.duty_desk(team),
            )
            self._plans[key_worker_id, day] = plan
        return plan
