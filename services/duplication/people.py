"""Which known person each person of an assessment is: candidates, scores, one-to-one choice.

Two people of one assessment are never the same person. Being seen with the same company is
evidence: it is weighed once the others have been compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.duplication import cohabitation
from services.duplication.comparing import SHOWN, compare_all, least, may_matter, nearest
from services.duplication.comparisons import COMPANY, MISSING
from services.duplication.model import Model
from services.duplication.profile import Profile
from services.duplication.score import Bits, Score, most, prior, score, with_company
from services.duplication.state import Candidates, State


@dataclass(frozen=True, slots=True)
class Scored:
    """A known person whom a mention may be of."""

    person_id: UUID
    score: Score


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """The likeliest person for one mention, if any, and the next. ``keys``: its block keys;
    ``candidates``: likeliest first, without those, of ``compared``, that no evidence still to be
    weighed can bring near a threshold; ``here``: whoever of them was at the very home."""

    mention: Profile
    keys: Mapping[int, int]
    best: Scored | None
    runner_up: Scored | None
    candidates: tuple[Scored, ...]
    compared: int
    here: tuple[UUID, ...] = ()

    @property
    def weight(self) -> float:
        return self.best.score.weight if self.best else float("-inf")


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of the candidates of one mention, ``compared`` of them. ``likely``: those that may
    come to something; ``seen``: households of whoever agrees well, likely or not; ``here``: who was
    at the very home."""

    likely: list[Scored]
    compared: int
    seen: set[UUID]
    here: list[UUID]


def company_levels(
    state: State, candidates: Sequence[Sequence[UUID]], seen: Sequence[set[UUID]]
) -> list[list[int]]:
    """For every candidate of every mention: are the others seen of the same household?

    ``seen``: for every mention, the households of whoever agrees well with it."""
    if len(candidates) == 1:
        return [[MISSING] * len(candidates[0])]
    result = []
    for i, own in enumerate(candidates):
        others = set().union(*(theirs for j, theirs in enumerate(seen) if j != i))
        levels = []
        for person_id in own:
            mine = state.people[person_id].households
            if not others.isdisjoint(mine):
                levels.append(0)
            elif any(len(state.households[household].residents) > 1 for household in mine):
                levels.append(1)
            else:
                levels.append(MISSING)
        result.append(levels)
    return result


def _find(
    model: Model, state: State, start: float, mention: Profile, compared: Candidates
) -> _Found:
    """Score those that can come to something, and only those; where there are not two such, the
    nearest of the others, to be shown."""
    needed = least(model) - start
    known: Bits = {}
    near = [one for one in compared.near if one.reach >= needed or may_matter(one.levels)]
    if len(near) < SHOWN:
        rest = [one for one in (*compared.near, *compared.far) if one not in near]
        shown = [
            one for one in rest if state.knows_households(state.people[one.person_id].households)
        ]
        near += nearest(SHOWN - len(near), shown)
    likely = [
        Scored(
            one.person_id,
            score(
                model,
                state.counts,
                start,
                mention,
                one.profile,
                one.levels,
                one.reach,
                known,
            ),
        )
        for one in near
    ]
    return _Found(likely, len(compared.people), compared.seen, compared.here)


def score_people(
    model: Model,
    state: State,
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    year: int,
    ahead: Sequence[Candidates | None] = (),
) -> list[PersonChoice]:
    """Candidates of every mention with their scores, best first, and the one-to-one choice.
    ``ahead``: of each mention, what was compared ahead of its turn, if it was."""
    start = prior(model, state.population)
    compared = [
        _find(model, state, start, mention, found)
        for mention, found in zip(
            mentions,
            compare_all(model, state, start, mentions, keys, year, ahead),
            strict=True,
        )
    ]
    ranked: list[list[Scored]] = []
    company = company_levels(
        state,
        [[one.person_id for one in found.likely] for found in compared],
        [found.seen for found in compared],
    )
    for found, levels in zip(compared, company, strict=True):
        adjusted = [
            one
            if level == MISSING
            else Scored(one.person_id, with_company(model, one.score, level))
            for one, level in zip(found.likely, levels, strict=True)
        ]
        ranked.append(sorted(adjusted, key=lambda one: (-one.score.weight, one.person_id)))
    return _assign(mentions, keys, ranked, compared)


def _assign(
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    ranked: list[list[Scored]],
    found: Sequence[_Found],
) -> list[PersonChoice]:
    order = sorted(
        ((one.score.weight, i, one) for i, likely in enumerate(ranked) for one in likely),
        key=lambda entry: (-entry[0], entry[1], entry[2].person_id),
    )
    best: dict[int, Scored] = {}
    taken: set[UUID] = set()
    for _, i, one in order:
        if i not in best and one.person_id not in taken:
            best[i] = one
            taken.add(one.person_id)
    choices = []
    for i, (mention, own) in enumerate(zip(mentions, keys, strict=True)):
        chosen = best.get(i)
        rest = [one for one in ranked[i] if chosen is None or one.person_id != chosen.person_id]
        choices.append(
            PersonChoice(
                mention,
                own,
                chosen,
                rest[0] if rest else None,
                tuple(ranked[i]),
                found[i].compared,
                tuple(found[i].here),
            )
        )
    return choices


def homes_counted(model: Model, at_home: bool, choices: Sequence[PersonChoice]) -> list[int]:
    """What those seen tell of whether people share homes here: the counts to which their pairs go.
    ``at_home``: whether they were seen at a home; who is seen there together is several."""
    found = []
    for choice in choices:
        for candidate in choice.candidates:
            one, levels = candidate.score, candidate.score.levels[:COMPANY]
            # Not the nearest of the others, who are there to be shown: a batch may show others.
            if one.prior + most(model, levels) >= least(model) or may_matter(levels):
                key = cohabitation.counted(levels)
                if key is not None:
                    found.append(key)
    together = cohabitation.SEVERAL if at_home else ()
    return found + [*together] * (len(choices) - 1)
