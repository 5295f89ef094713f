"""Who somebody is in a place by what their organisation's directory calls them. Pure.

Invariant: one name in the directory is one person here. Where a place says two, nobody signs in by
it. Desks' own addresses are nobody: whoever sits at a desk signs in as themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.keyworkers.place import Duty, Locality, Place

KEY_WORKER = "key_worker"
TEAM_LEAD = "team_lead"
DESK = "desk"


@dataclass(frozen=True, slots=True)
class Office:
    """What somebody may act as. ``id``: theirs as a key worker or member of staff, a team's as its
    lead, a locality's or the place's at a desk; ``where``: the team or desk in words."""

    role: str
    id: str
    name: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the place file that says who signs in by a name. ``person_id``: their own;
    ``alone``: two such of one kind are two people, whatever they are called."""

    sign_in: str
    person_id: str
    name: str
    alone: str | None
    offices: tuple[Office, ...]
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``person_id``: opaque, None where the place does not know them; ``ambiguous``: it knows two
    of this name."""

    person_id: str | None = None
    offices: tuple[Office, ...] = ()
    ambiguous: bool = False


NOBODY = SignedIn()


def as_compared(name: str) -> str:
    """Without space around it, A to Z in lower case. No other letter is changed: what a directory
    tells apart must not become one here."""
    return "".join(c.lower() if c.isascii() else c for c in name.strip())


def by_sign_in(place: Place) -> dict[str, tuple[Entry, ...]]:
    """Every entry, by the name as compared."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in _entries(place):
        found[as_compared(entry.sign_in)].append(entry)
    return {name: tuple(entries) for name, entries in found.items()}


def who_is(names: Mapping[str, tuple[Entry, ...]], sign_in: str, today: date) -> SignedIn:
    """Who signs in by this name on that day of the place."""
    entries = [
        entry
        for entry in names.get(as_compared(sign_in), ())
        if entry.left_on is None or today <= entry.left_on
    ]
    if not entries:
        return NOBODY
    if _are_two(entries):
        return SignedIn(ambiguous=True)
    offices = dict.fromkeys(office for entry in entries for office in entry.offices)
    return SignedIn(entries[0].person_id, tuple(offices)) if offices else NOBODY


def sign_in_faults(place: Place) -> list[str]:
    """Names by which two people would sign in, and ids with which one would act as another, one
    sentence each. An address that leads alone share is a mailbox of theirs: no fault, and nobody
    signs in by it."""
    faults = list(_id_faults(place))
    for name, entries in sorted(by_sign_in(place).items()):
        here = [entry for entry in entries if entry.left_on is None]
        if _are_two(here) and any(entry.alone for entry in here):
            who = " and ".join(dict.fromkeys(f"{e.name} ({e.person_id})" for e in here))
            faults.append(
                f"{name} is how two people would sign in: {who}. Give one of them a sign_in of "
                "their own, or the same name and one entry if they are one person"
            )
    return faults


def _id_faults(place: Place) -> Iterator[str]:
    """Whoever leads a team acts with its id, whoever sits at a desk with the locality's or the
    place's, a key worker with their own: one that is two of these would have the rights of both."""
    desks = {place.id, *(locality.id for locality in place.localities)}
    teams = {team.id for team in place.teams}
    for team in sorted(teams & desks):
        yield (
            f"team {team} has the id of a desk: whoever sits there would act as its lead. "
            "Give the team or the locality another"
        )
    for one in sorted({k.id for k in place.key_workers} & (teams | desks)):
        yield f"key worker {one} has the id of a team or desk, and would act as it: give another"


def _are_two(entries: Iterable[Entry]) -> bool:
    entries = list(entries)
    alone = [entry.alone for entry in entries if entry.alone]
    names = {" ".join(entry.name.lower().split()) for entry in entries}
    return len(names) > 1 or len(alone) > len(set(alone))


def _entries(place: Place) -> Iterator[Entry]:
    """Key workers before staff before leads: the first says the person's own id."""
    teams = {team.id: team for team in place.teams}
    for k in place.key_workers:
        office = Office(KEY_WORKER, k.id, k.name, teams[k.team].name)
        yield Entry(k.sign_in or k.email, k.id, k.name, KEY_WORKER, (office,), k.left_on)
    desks: dict[str, Locality | Place] = {place.id: place}
    desks |= {locality.id: locality for locality in place.localities}
    for one in place.staff:
        offices = (
            *(Office(TEAM_LEAD, team, one.name, teams[team].name) for team in one.leads),
            *(Office(DESK, desk, one.name, desks[desk].front_door.name) for desk in one.desks),
            *(Office(duty.value, one.id, one.name) for duty in Duty if duty in one.roles),
        )
        yield Entry(one.sign_in or one.email or "", one.id, one.name, "staff", offices)
    for team in place.teams:
        if team.lead.email:
            lead = Office(TEAM_LEAD, team.id, team.lead.name, team.name)
            yield Entry(team.lead.email, team.id, team.lead.name, None, (lead,))
