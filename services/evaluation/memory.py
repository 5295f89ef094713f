"""A file's assessments through the matcher alone, in memory: the fold that the service runs.

Without servers, events or a store, so that a change of model is measured in seconds. What is
decided is what the pipeline decides, except where two candidates are equal to the last bit: then
the order of their ids chooses, and ids are another run's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from contracts.envelope import derive_id
from services.duplication.fold import Resolution, assessed, resolve
from services.duplication.model import Model
from services.duplication.one_person import stands_for
from services.duplication.state import State
from services.evaluation.answer import Answer
from services.evaluation.files import Line

_ROOT = UUID("6b697468-0000-4000-8000-000000000000")
_TELL = 200


def decisions(model: Model, state: State, lines: Sequence[Line]) -> Iterator[Resolution]:
    """Each line decided in order, and applied to ``state``."""
    for number, line in enumerate(lines):
        id_ = derive_id(_ROOT, "assessment", number)
        taken = assessed(model, id_, line.submission, line.submission.recorded_at)
        yield resolve(model, state, taken)


def decide_in_memory(
    model: Model, lines: Sequence[Line], told: Callable[[int], object]
) -> list[Answer]:
    """The answers in the order of ``lines``; ``told`` is called with how many were decided."""
    answers = []
    same: dict[str, str] = {}
    for resolution in decisions(model, State(), lines):
        people = tuple(str(link.person_id) for link in resolution.links)
        household = str(resolution.household_id)
        # Of which household it is comes first; nothing else is asked of one under review.
        joins = () if resolution.review else resolution.joins
        asked = tuple((str(j.household_id), str(j.other_household_id)) for j in joins)
        answers.append(Answer(resolution.review, people, people, household, household, asked))
        same |= {str(one.other): str(one.kept) for one in resolution.same}
        if len(answers) % _TELL == 0:
            told(_TELL)
    told(len(answers) % _TELL)
    return [replace(one, people=tuple(stands_for(same, p) for p in one.people)) for one in answers]
