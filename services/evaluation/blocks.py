"""What each blocking rule finds and costs, on records whose truth is known. Pure.

As the service does it, a record is looked up among people, not records, when it arrives: a rule
reaches its person where one of the rule's keys is held by them and by no more people than the rule
allows. Who is who is taken from the truth, so that only blocking is measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.duplication.blocking import Rule, block_keys
from services.duplication.profile import Profile


@dataclass(slots=True)
class RuleFound:
    """``reached``: arrivals of people known whom the rule finds; ``only``: those no other rule
    finds; ``candidates``: people it offers, over all arrivals; ``most_candidates``: for one;
    ``keys`` looked up, and of these ``past``: with more people on them than are used."""

    share: tuple[str, ...]
    most: int
    reached: int = 0
    only: int = 0
    candidates: int = 0
    most_candidates: int = 0
    keys: int = 0
    past: int = 0


@dataclass(slots=True)
class Blocked:
    """``known``: arrivals of people seen before; ``reached``: those found by any rule; ``offered``:
    those still among the candidates that are scored. ``scored``: candidates of each arrival."""

    rules: list[RuleFound]
    records: int = 0
    known: int = 0
    reached: int = 0
    offered: int = 0
    scored: list[int] = field(default_factory=list)


def measure_blocking(
    rules: Sequence[Rule], most: int, records: Iterable[tuple[str, Profile]]
) -> Blocked:
    """``records``: the true person and the profile, in order of arrival; ``most``: candidates that
    are scored of one arrival."""
    found = Blocked([RuleFound(rule.share, rule.most) for rule in rules])
    index: list[dict[int, list[str]]] = [defaultdict(list) for _ in rules]
    seen: set[str] = set()
    for person, profile in records:
        shared: dict[str, int] = defaultdict(int)
        reaching: list[RuleFound] = []
        for rule, held, counted in zip(rules, index, found.rules, strict=True):
            keys = block_keys((rule,), profile)
            offered: set[str] = set()
            for key in keys:
                people = held.get(key, ())
                counted.keys += 1
                if len(people) > rule.most:
                    counted.past += 1
                    continue
                offered.update(people)
                for one in people:
                    shared[one] += 1
            counted.candidates += len(offered)
            counted.most_candidates = max(counted.most_candidates, len(offered))
            if person in offered:
                counted.reached += 1
                reaching.append(counted)
            for key in keys:
                people = held[key]
                if len(people) <= rule.most and person not in people:
                    people.append(person)
        found.records += 1
        found.scored.append(min(len(shared), most))
        if person in seen:
            found.known += 1
            found.reached += bool(reaching)
            if len(reaching) == 1:
                reaching[0].only += 1
            mine = shared.get(person, 0)
            found.offered += mine > 0 and sum(n > mine for n in shared.values()) < most
        seen.add(person)
    return found
