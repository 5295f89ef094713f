"""Whom a page of leave or of conflicts of interest is about: the visitor, or whom they lead.

Invariant: a key worker sees and changes what is their own, a team's lead what is their members'.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from services.portal.access import Forbidden
from services.portal.answers import KeyWorker, KeyWorkerPage, TeamPage
from services.portal.session import Role, Visitor
from services.portal.sources import Caller


@dataclass(frozen=True, slots=True)
class Subject:
    """A key worker, as a page about them is called. ``base``: where their pages are."""

    key_worker: KeyWorkerPage
    team: TeamPage
    is_self: bool

    @property
    def base(self) -> str:
        return "/you" if self.is_self else f"/team/members/{self.key_worker.id}"

    @property
    def name(self) -> str:
        return "you" if self.is_self else self.key_worker.name

    @property
    def path(self) -> str:
        """Where keyworkers keeps them."""
        return key_worker_path(self.key_worker.id)


async def load_subject(caller: Caller, visitor: Visitor, key_worker_id: str | None) -> Subject:
    """The visitor themselves where nobody is named. Raises :class:`Forbidden`."""
    if key_worker_id is None or key_worker_id == visitor.id:
        if visitor.role is not Role.KEY_WORKER:
            raise Forbidden("Only key workers have leave here. Choose somebody of your team.")
        person = await caller.read(KeyWorkerPage, "keyworkers", key_worker_path(visitor.id))
        return Subject(person, await load_team(caller, visitor), is_self=True)
    if visitor.role is not Role.TEAM_LEAD:
        raise Forbidden("This is theirs, and their team lead’s. Go back to your own page.")
    team = await load_team(caller, visitor)
    member = find_member(team, key_worker_id)
    person = await caller.read(KeyWorkerPage, "keyworkers", key_worker_path(member.id))
    return Subject(person, team, is_self=False)


def find_member(team: TeamPage, key_worker_id: str) -> KeyWorker:
    """A member of the lead's own team. Raises :class:`Forbidden`."""
    for member in team.members:
        if member.id == key_worker_id:
            return member
    raise Forbidden("They are not in your team. Go back to your team's page.")


async def load_team(caller: Caller, visitor: Visitor) -> TeamPage:
    """The team that the visitor leads, or is in."""
    team_id = visitor.id
    if visitor.role is not Role.TEAM_LEAD:
        path = key_worker_path(visitor.id)
        team_id = (await caller.read(KeyWorkerPage, "keyworkers", path)).team_id
    return await caller.read(TeamPage, "keyworkers", f"/v1/teams/{quote(team_id, safe='')}")


def key_worker_path(key_worker_id: str) -> str:
    """Where keyworkers keeps a key worker."""
    return f"/v1/keyworkers/{quote(key_worker_id, safe='')}"
