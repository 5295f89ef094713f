"""``kith retention``: what is due and what is held; holding a household and ending that; erasures
outside the policy, asked for by one and agreed to by another; the register of all.

The steps are those of the API, and so are the rules: being at the command line allows nobody more.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel

from contracts.vocabulary_erasure import HoldReason
from services.keyworkers import erasures, holds, register
from services.keyworkers.commanding import By, Household, Postgres, moment_of, run
from services.keyworkers.erasures import AskedReason
from services.keyworkers.handlers import Handlers
from services.keyworkers.pages import position
from services.keyworkers.retention_views import ErasureView, RegisterView, RetentionView
from services.kit.auth import Actor
from services.kit.commands import command_group
from services.kit.work import Work

app = command_group("retention", "How long records are kept: what is due, held, and erased.")
HoldId = Annotated[UUID, typer.Argument(help="The hold: its id, as 'due' shows it.")]
ErasureId = Annotated[UUID, typer.Argument(help="What was asked: its id, as 'list' shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
MOST = 500


@app.command()
def due(by: By, postgres: Postgres = None, as_json: AsJson = False) -> None:
    """What is on notice, by when it is to be erased, and what is held; the first 500 of each."""

    async def look(work: Work, handlers: Handlers) -> RetentionView:
        return await register.read_retention(work, handlers, _actor(by), None, None, MOST)

    found = run(postgres, look)
    if as_json:
        _dump(found)
        return
    for place in found.places:
        policy = place.policy
        typer.echo(
            f"{place.place_name}: no policy, nothing is erased by itself."
            if policy is None
            else f"{place.place_name}: kept for {policy.years_after_last_contact} years after the "
            f"last contact, {policy.notice_days} days of notice. {place.on_notice} on notice, "
            f"{place.held} held, {place.waiting} to answer."
        )
    for notice in found.notices:
        why = f" (not after all: {_words(notice.kept)})" if notice.kept else ""
        typer.echo(
            f"{notice.household_id}  last contact {_day(notice.last_contact_at)}, erased from"
            f" {_day(notice.erases_at)}{why}"
        )
    for held in found.held:
        typer.echo(
            f"{held.household_id}  held until {_day(held.until)}: {_words(held.reason)},"
            f" by {held.held_by} ({held.hold_id})"
        )


@app.command()
def hold(
    household: Household,
    reason: Annotated[HoldReason, typer.Option(help="Why its records are kept.")],
    until: Annotated[str, typer.Option(help="A moment within a year, as 2027-03-03T12:00:00Z.")],
    by: By,
    postgres: Postgres = None,
) -> None:
    """Keep the records of HOUSEHOLD until a moment. Again: for longer."""
    moment = moment_of(until)

    async def act(work: Work, handlers: Handlers) -> UUID:
        return await holds.hold(work, handlers, by, household, reason, moment)

    typer.echo(f"Held until {until}: {run(postgres, act)}.")


@app.command()
def release(hold_id: HoldId, by: By, postgres: Postgres = None) -> None:
    """End a hold, whoever's."""

    async def act(work: Work, handlers: Handlers) -> None:
        await holds.release(work, handlers, by, hold_id)

    run(postgres, act)
    typer.echo("Held no longer.")


@app.command()
def ask(
    household: Household,
    reason: Annotated[AskedReason, typer.Option(help="Why it is to be erased.")],
    by: By,
    postgres: Postgres = None,
) -> None:
    """Ask that HOUSEHOLD be erased. Nothing changes until somebody else agrees."""

    async def act(work: Work, handlers: Handlers) -> UUID:
        return await erasures.ask(work, handlers, by, household, reason)

    typer.echo(f"Asked: {run(postgres, act)}. Nothing changes until somebody else agrees.")


@app.command()
def agree(erasure: ErasureId, by: By, postgres: Postgres = None) -> None:
    """Agree to ERASURE: it is ordered, and cannot be taken back. It takes two people."""

    async def act(work: Work, handlers: Handlers) -> None:
        await erasures.agree(work, handlers, by, erasure)

    run(postgres, act)
    typer.echo("Ordered. In a moment it is erased everywhere, or refused: 'kith retention list'.")


@app.command()
def decline(erasure: ErasureId, by: By, postgres: Postgres = None) -> None:
    """Decline ERASURE, or take it back where you asked for it: the household stays as it is."""

    async def act(work: Work, handlers: Handlers) -> None:
        await erasures.decline(work, handlers, by, erasure)

    run(postgres, act)
    typer.echo("It stays as it is.")


@app.command(name="list")
def list_(
    by: By,
    after: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    postgres: Postgres = None,
    as_json: AsJson = False,
) -> None:
    """The register of erasures, the last first, and before it what waits for an answer."""

    async def look(work: Work, handlers: Handlers) -> RegisterView:
        return await register.read_register(work, handlers, _actor(by), position(after), MOST)

    found = run(postgres, look)
    if as_json:
        _dump(found)
        return
    for one in found.waiting:
        may = "you may answer it" if one.may_answer else "you may take it back"
        typer.echo(f"Waits for an answer, {may}: {_line(one)}")
    for one in found.erasures:
        typer.echo(_line(one))
    if found.next:
        typer.echo(f"There are more: --after {found.next}")


def _line(one: ErasureView) -> str:
    """What, why, by whom, and what came of it."""
    what = str(one.household_id) if one.household_id else "single assessments"
    said = f"{one.erasure_id}  {what}: {_words(one.reason)}, {one.came.value}"
    if one.asked_by is not None and one.asked_at is not None:
        said += f", asked for by {one.asked_by} on {_day(one.asked_at)}"
    elif one.ordered_at is not None:
        said += f", by the policy on {_day(one.ordered_at)}"
    if one.answered_by is not None:
        said += f", answered by {one.answered_by}"
    if one.refusal is not None:
        said += f" ({_words(one.refusal.refusal)})"
    if one.erased_at is not None:
        said += f" on {_day(one.erased_at)}, {sum(one.counts.values())} rows here"
    return said


def _actor(by: str) -> Actor:
    return Actor(by, "command line")


def _dump(found: BaseModel) -> None:
    typer.echo(json.dumps(found.model_dump(mode="json")))


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def _words(value: str) -> str:
    return str(value).replace("_", " ")
