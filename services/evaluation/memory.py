"""A file's assessments through the matcher alone, in memory: the fold that the service runs.

Without servers, events or a store, so that a change of model is measured in seconds. What is
decided is what the pipeline decides, except where two candidates are equal to the last bit: then
the order of their ids chooses, and ids are another run's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from contracts.envelope import derive_id
from services.duplication.fold import Resolution, assessed, resolve
from services.duplication.model import Model
from services.duplication.one_person import stands_for
from services.duplication.state import State
from services.evaluation.answer import Answer
from services.evaluation.files import Line
from services.evaluation.reviewer import Reviewer

_ROOT = UUID("6b697468-0000-4000-8000-000000000000")
_TELL = 200


def decisions(
    model: Model, state: State, lines: Sequence[Line], reviewer: Reviewer | None = None
) -> Iterator[Resolution]:
    """Each line decided in order, and applied to ``state``. ``reviewer``: who answers what a line
    asks before the next is decided; nobody, where None."""
    for number, line in enumerate(lines):
        id_ = derive_id(_ROOT, "assessment", number)
        taken = assessed(model, id_, line.submission, line.submission.recorded_at)
        if reviewer is None:
            yield resolve(model, state, taken)
        else:
            answered = resolve(model, state, taken, partial(reviewer.choose, line.assessment_id))
            reviewer.file(state, line.assessment_id, answered)
            yield answered


def decide_in_memory(
    model: Model,
    lines: Sequence[Line],
    told: Callable[[int], object],
    reviewer: Reviewer | None = None,
) -> list[Answer]:
    """The answers in the order of ``lines``; ``told`` is called with how many were decided. With a
    ``reviewer``, as it is when questions are answered."""
    answers = []
    same: dict[str, str] = {}
    for resolution in decisions(model, State(), lines, reviewer):
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
    if reviewer is not None:
        same |= {str(other): str(kept) for other, kept in reviewer.linked.items()}
    return [
        replace(
            one,
            people=tuple(stands_for(same, person) for person in one.people),
            household=stands_for(same, one.household),
        )
        for one in answers
    ]
