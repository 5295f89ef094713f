"""History under another model: what would change is said, what people said holds, nothing moves."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from typer.testing import CliRunner

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import derive_id
from services.duplication.cli import app
from services.duplication.fold import assessed, resolve
from services.duplication.model import Model, load, read
from services.duplication.rematch import Past, compare_history
from services.duplication.state import State
from tests.services.duplication.building import ROOT, person, recorded
from tests.services.duplication.cases import ELSEWHERE
from tests.services.duplication.test_api import AGAIN, KNOWN, Running, running  # noqa: F401

STRICT = replace(
    load(), thresholds=replace(load().thresholds, link=100.0, review=99.0, within=99.0)
)
"""A model that links nobody."""
OTHER = person("Farida", "Aziz", "1979-11-23")
EVENTS = (recorded(1, KNOWN), recorded(2, AGAIN), recorded(3, OTHER, address=ELSEWHERE))


def decided(model: Model, *events: AssessmentRecordedV1) -> list[Past]:
    state, history = State(), []
    for event in events:
        taken = assessed(model, event.assessment_id, event.submission)
        household = resolve(model, state, taken).household_id
        history.append(Past(taken, household, household))
    return history


def in_house(past: Past, household: UUID) -> Past:
    return replace(past, household_id=household)


def test_the_same_model_changes_nothing() -> None:
    found = compare_history(load(), decided(load(), *EVENTS), [], [])
    assert (found.assessments, found.both, found.now_only, found.then_only) == (3, 1, 0, 0)
    assert found.affected == ()


def test_another_model_separates_and_links() -> None:
    now = decided(load(), EVENTS[0], recorded(2, AGAIN, address=None))
    one = now[0].household_id
    found = compare_history(STRICT, now, [], [])
    assert (found.both, found.now_only, found.then_only) == (0, 1, 0)
    assert [(a.household_id, a.parts, a.joins) for a in found.affected] == [(one, (1, 1), ())]
    second = derive_id(ROOT, "second")
    split = [now[0], in_house(now[1], second)]
    joined = compare_history(load(), split, [], [])
    assert (joined.both, joined.now_only, joined.then_only) == (0, 0, 1)
    assert {(a.household_id, a.joins) for a in joined.affected} == {
        (one, (second,)),
        (second, (one,)),
    }


def test_what_people_said_holds_under_any_model() -> None:
    now = decided(load(), *EVENTS)
    one, other = now[0].household_id, now[2].household_id
    linked = [*now[:2], in_house(now[2], one)]
    assert compare_history(load(), linked, [(other, one)], []).affected == ()
    assert compare_history(load(), linked, [], []).now_only == 2
    second = derive_id(ROOT, "second")
    separated = [now[0], in_house(now[1], second), now[2]]
    assert compare_history(load(), separated, [], []).then_only == 1
    assert compare_history(load(), separated, [], [(one, second)]).affected == ()


async def test_the_command_compares_a_place_and_moves_nothing(
    running: Running,  # noqa: F811
    tmp_path: Path,
) -> None:
    await running.take(*EVENTS)
    before = await running.rows("select id, household_id from assessment order by 1")
    dsn = running.stack.dsn

    def ask(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--postgres", dsn, *arguments])
        return done.exit_code, done.stdout if done.exit_code == 0 else done.output

    code, said = await asyncio.to_thread(ask, "--json")
    assert code == 0, said
    (place,) = json.loads(said)["places"].values()
    assert (place["assessments"], place["both"], place["affected"]) == (3, 1, [])
    strict = read()
    strict["version"] = "strict"
    strict["thresholds"] |= {"link": 100.0, "review": 99.0, "within": 99.0}
    for level in strict["comparisons"]["family"].values():
        level["weight"] = -50.0
    model = tmp_path / "strict.json"
    model.write_text(json.dumps(strict))
    code, said = await asyncio.to_thread(ask, "--model", str(model))
    assert code == 0, said
    assert "strict" in said
    assert "households would change" in said
    code, said = await asyncio.to_thread(ask, "--place", "nowhere")
    assert code == 1
    assert "no assessment is of a place nowhere" in said
    assert await running.rows("select id, household_id from assessment order by 1") == before
