"""``kith access lifting``, ``lift``, ``agree``, ``decline`` and ``restrict``: whether a household
need be restricted any longer.

The steps are those of the API, and so are the rules: who asks, agrees or restricts again must be
somebody who may, by their id; being at the command line allows nobody more.
"""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import typer

from contracts.vocabulary_access import LiftingReason
from services.keyworkers import liftings, store_access
from services.keyworkers.access_views import AccessView, LiftingView
from services.keyworkers.commanding import By, Household, Postgres, run
from services.keyworkers.handlers import Handlers
from services.keyworkers.standing import access_view, find_standing, not_yours
from services.kit.auth import Actor
from services.kit.work import Work

LiftingId = Annotated[UUID, typer.Argument(help="What was asked: its id, as 'lifting' shows it.")]
_SHOWN = {"restricted", "asked", "lifted", "may_ask", "may_agree", "may_restrict"}


def add_commands(app: typer.Typer) -> None:
    """Add them to ``kith access``."""
    app.command("lifting")(show)
    app.command("lift")(ask)
    app.command("agree")(agree)
    app.command("decline")(decline)
    app.command("restrict")(restrict)


def show(
    household: Household,
    by: By,
    postgres: Postgres = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Whether it is asked that HOUSEHOLD be restricted no longer, or agreed; what you may do."""

    async def look(work: Work, handlers: Handlers) -> AccessView | None:
        found = await find_standing(work.connection, handlers, by, household, work.now)
        await store_access.save_look(
            work.connection, work.now, Actor(by, "command line"), "lifting", [found.household_id],
            shown=found.shown,
        )  # fmt: skip
        return access_view(found, found.last, work.now) if found.shown else None

    view = run(postgres, look)
    if view is None:
        # The look is kept all the same: it is told after its transaction.
        typer.echo(not_yours().detail, err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(view.model_dump(mode="json", include=_SHOWN)))
        return
    typer.echo("Restricted." if view.restricted else "Not restricted.")
    if view.asked is not None:
        typer.echo(f"It is asked that it be restricted no longer: {in_words(view.asked)}.")
    if view.lifted is not None:
        typer.echo(f"The restriction was lifted: {in_words(view.lifted)}.")
    may = {
        "ask that it be lifted (kith access lift)": view.may_ask,
        "agree to it (kith access agree)": view.may_agree,
        "restrict it again (kith access restrict)": view.may_restrict,
    }
    for what in (words for words, allowed in may.items() if allowed):
        typer.echo(f"{by} may {what}.")


def ask(
    household: Household,
    reason: Annotated[LiftingReason, typer.Option(help="Why it need be restricted no longer.")],
    by: By,
    postgres: Postgres = None,
) -> None:
    """Ask that HOUSEHOLD be restricted no longer. Nothing changes until somebody else agrees."""

    async def act(work: Work, handlers: Handlers) -> UUID:
        return (await liftings.ask(work, handlers, by, household, reason)).lifting_id

    typer.echo(f"Asked: {run(postgres, act)}. Nothing changes until somebody else agrees.")


def agree(household: Household, lifting: LiftingId, by: By, postgres: Postgres = None) -> None:
    """Agree to LIFTING: HOUSEHOLD is shown like any other, in a moment. It takes two people."""

    async def act(work: Work, handlers: Handlers) -> None:
        await liftings.agree(work, handlers, by, household, lifting)

    run(postgres, act)
    typer.echo("Agreed. In a moment the household is shown like any other.")


def decline(household: Household, lifting: LiftingId, by: By, postgres: Postgres = None) -> None:
    """Decline LIFTING, or take it back where you asked for it: HOUSEHOLD stays restricted."""

    async def act(work: Work, handlers: Handlers) -> None:
        await liftings.decline(work, handlers, by, household, lifting)

    run(postgres, act)
    typer.echo("It stays restricted.")


def restrict(household: Household, by: By, postgres: Postgres = None) -> None:
    """Put the restriction of HOUSEHOLD back, at once: its key worker, lead or a privacy officer."""

    async def act(work: Work, handlers: Handlers) -> None:
        await liftings.restrict(work, handlers, by, household)

    run(postgres, act)
    typer.echo("It is restricted again. Only those on its list may see it.")


def in_words(lifting: LiftingView) -> str:
    """Why, by whom, when, and by what id it is answered."""
    said = f"{lifting.reason.value.replace('_', ' ')}, asked for by {lifting.asked_by}"
    said += f" on {lifting.asked_at:%Y-%m-%d %H:%M} UTC"
    if lifting.answer is None:
        return f"{said} ({lifting.lifting_id})"
    return f"{said}, {lifting.answer.value} by {lifting.answered_by}"
