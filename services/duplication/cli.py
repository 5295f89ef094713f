"""``kith rematch``: a place's history decided again by another model: looked at, or carried out."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from services.duplication.key_workers import Unanswered, asking_key_workers
from services.duplication.model import CURRENT, Model, load, parse, read
from services.duplication.rematch_plan import Affected
from services.duplication.rematch_undoing import Taking
from services.duplication.rematching import Carrying, Looked, WithKeyWorkers, look
from services.duplication.store import rematching as store
from services.kit.db import Pool, create_pool
from services.kit.settings import from_file

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_SHOWN = 20
_RUN_FOLDER = Path(".kith/run")
_WHO = re.compile(r"[A-Za-z0-9._@-]{1,100}")


@app.command("rematch")
def command(
    model: Annotated[str, typer.Option(help="A model's version, or its .json file.")] = CURRENT,
    apply: Annotated[
        bool,
        typer.Option(
            "--apply/--dry-run",
            help="Carry it out, after saying what would change; or only say so (the default).",
        ),
    ] = False,
    take_back: Annotated[
        bool,
        typer.Option(
            "--take-back", help="Take the last one that was carried out back, model and all."
        ),
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(help="With --apply or --take-back: your id. It is kept with every change."),
    ] = None,
    purpose: Annotated[
        str, typer.Option(help="With those: why. It is kept with every change.")
    ] = "another matching model",
    place: Annotated[str | None, typer.Option(help="Only this place.")] = None,
    default: Annotated[
        str,
        typer.Option(
            envvar="KITH_MATCHING_MODEL",
            help="The model of places in which none was put in force, as the service has it.",
        ),
    ] = CURRENT,
    postgres: Annotated[
        str | None,
        typer.Option(
            envvar="KITH_POSTGRES",
            help="DSN of duplication's role; KITH_POSTGRES_FILE names a file with it.",
        ),
    ] = None,
    keyworkers: Annotated[
        str, typer.Option(envvar="KITH_KEYWORKERS_URL", help="Where keyworkers answers.")
    ] = "http://127.0.0.1:8103",
    folder: Annotated[
        Path, typer.Option(help="A local run's folder, for the services' credential.")
    ] = _RUN_FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Decide the whole history again with a model, and say what would change.

    With --apply that is then done: the model decides for the place from then on, households and
    people are separated and linked, each a change that can be taken back. What people said is never
    crossed, and two households that both have a key worker are asked about, not linked. Stopped
    half-way, the same command goes on; done twice it changes nothing. --take-back undoes what the
    last --apply has done and no person has spoken of since. Shows opaque ids alone.
    """
    dsn = postgres or from_file("KITH_POSTGRES")
    if dsn is None:
        raise _cannot("Give --postgres, or set KITH_POSTGRES or KITH_POSTGRES_FILE.", 2)
    if apply and take_back:
        raise _cannot("Say either --apply or --take-back.", 2)
    if (apply or take_back) and (by is None or not _WHO.fullmatch(by)):
        raise _cannot("Say who has this done: --by and your id (letters, digits, . _ @ -).", 2)
    try:
        data = read(default if take_back else model)
        doing = by if apply or take_back else None
        asked = _Asked(dsn, data, load(default), place, doing, purpose, as_json)
        asyncio.run(_rematch(asked, keyworkers, _token(folder), _take_back if take_back else _one))
    except (OSError, ValueError, Unanswered, asyncpg.PostgresError) as error:
        raise _cannot(f"It cannot be told: {error}") from None


class _Asked:
    """What the command was asked for. ``by``: None where nothing is to be done."""

    def __init__(
        self,
        dsn: str,
        data: dict[str, Any],
        default: Model,
        place: str | None,
        by: str | None,
        purpose: str,
        as_json: bool,
    ) -> None:
        self.dsn, self.data, self.default = dsn, data, default
        self.place, self.by, self.purpose, self.as_json = place, by, purpose, as_json


_Do: TypeAlias = "Callable[[Pool, _Asked, WithKeyWorkers, str], Awaitable[dict[str, Any]]]"


async def _rematch(asked: _Asked, keyworkers: str, token: str, do: _Do) -> None:
    pool = await create_pool(asked.dsn, "duplication", size=2)
    try:
        async with asking_key_workers(
            keyworkers, token, asked.by or "kith-rematch", asked.purpose
        ) as ask:
            told = {
                place: await do(pool, asked, ask, place) for place in await _places(pool, asked)
            }
    finally:
        await pool.close()
    if asked.as_json:
        found = {"model": asked.data["version"], "places": told}
        typer.echo(json.dumps(found, default=str))


async def _places(pool: Pool, asked: _Asked) -> list[str]:
    async with pool.acquire() as connection:
        places = await store.find_places(connection)
    if asked.place is not None and asked.place not in places:
        raise ValueError(f"no assessment is of a place {asked.place}; there are {places}.")
    return [asked.place] if asked.place else places


async def _one(pool: Pool, asked: _Asked, ask: WithKeyWorkers, place: str) -> dict[str, Any]:
    """Look at one place, say so, and carry it out where that was asked for."""
    unknown: list[str] = []

    async def ask_or_say(households: Sequence[UUID]) -> frozenset[UUID]:
        try:
            return await ask(households)
        except Unanswered as error:
            if asked.by is not None:
                raise
            unknown[:] = [str(error)]
            return frozenset()

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        tell = _Telling(bars, place)
        carrying = Carrying(
            pool, place, asked.data, asked.default, asked.by or "", asked.purpose, ask_or_say, tell
        )
        going_on = await carrying.under_way() if asked.by is not None else None
        looked = None
        if going_on is None:
            looked = await look(pool, place, parse(asked.data), ask_or_say, tell)
            _say(asked, place, looked, unknown)
        came_to = await carrying.carry_out(looked) if asked.by is not None else None
    if came_to is not None and not asked.as_json:
        said = ", ".join(f"{number} {what}" for what, number in came_to.items()) or "nothing to do"
        typer.echo(
            f"{place}: {asked.data['version']} decides from now on."
            f" {'Gone on with what was left. ' if going_on else ''}Steps: {said}."
        )
    return _as_json(looked, unknown) | ({} if came_to is None else {"came_to": came_to})


async def _take_back(pool: Pool, asked: _Asked, ask: WithKeyWorkers, place: str) -> dict[str, Any]:
    """Say what would be taken back in one place, and take it back."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        carrying = Carrying(
            pool, place, asked.data, asked.default, asked.by or "", asked.purpose, ask,
            _Telling(bars, place),
        )  # fmt: skip
        taking = Taking(carrying)
        last = await taking.last()
        if not asked.as_json:
            typer.echo(
                f"{place}: {last['version']} was carried out from {last['began_at']:%d %B %Y %H:%M}"
                f" by {last['decided_by']}; {last['stand']} of its changes stand."
            )
        came_to = await taking.take_back()
    if not asked.as_json:
        said = ", ".join(f"{number} {what}" for what, number in came_to.items()) or "nothing to do"
        typer.echo(f"{place}: {last['former']} decides from now on. Taken back: {said}.")
    return {"run": last["id"], "came_to": came_to}


class _Telling:
    """Draws how far it is."""

    def __init__(self, bars: Progress, place: str) -> None:
        self._bars, self._place = bars, place
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, every: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(f"{self._place}: {what}")
        self._bars.update(self._tasks[what], completed=done, total=every)


def _as_json(looked: Looked | None, unknown: list[str]) -> dict[str, Any]:
    if looked is None:
        return {}
    plan = looked.plan
    return {
        "assessments": looked.assessments,
        "pairs": asdict(plan.table),
        "reviews": looked.reviews,
        "affected": [asdict(one) for one in plan.affected],
        "asked_before": plan.asked_before,
        "held": plan.held,
        "people": plan.people,
        "key_workers_known": not unknown,
    }


def _say(asked: _Asked, place: str, looked: Looked, unknown: list[str]) -> None:
    if asked.as_json:
        return
    out, plan = Console(), looked.plan
    version = asked.data["version"]
    table = Table(title=f"{place}: {looked.assessments} assessments under {version}")
    table.add_column("pairs of assessments")
    table.add_column("together then", justify="right")
    table.add_column("apart then", justify="right")
    table.add_row("together now", str(plan.table.both), str(plan.table.now_only))
    table.add_row("apart now", str(plan.table.then_only), str(plan.table.neither))
    out.print(table)
    with_key_worker = sum(one.has_key_worker for one in plan.affected)
    out.print(
        f"{looked.reviews} assessments in doubt stay as they are. {len(plan.affected)} households"
        f" would change, {with_key_worker} of them with a key worker; {plan.people} people.",
        soft_wrap=True,
    )
    out.print(
        f"Held by what people said: {plan.held}. Asked already: {plan.asked_before}.",
        soft_wrap=True,
    )
    for sentence in unknown:
        out.print(f"Who has a key worker is not known: {sentence}", soft_wrap=True)
    for one in plan.affected[:_SHOWN]:
        out.print(_sentence(one), soft_wrap=True)
    if len(plan.affected) > _SHOWN:
        out.print(f"and {len(plan.affected) - _SHOWN} more: --json has them all.")


def _sentence(one: Affected) -> str:
    told = f"  {one.household_id}: {sum(one.parts)} assessments"
    if len(one.parts) > 1:
        told += f" in {len(one.parts)} ({' + '.join(map(str, one.parts))})"
    if one.joins:
        told += ", with those of " + ", ".join(map(str, one.joins))
    told += "; has a key worker" if one.has_key_worker else "; no key worker"
    asked = {"asked": "; a reviewer is asked", "held": "; what people said stands against it"}
    return told + asked.get(one.comes_to, "")


def _token(folder: Path) -> str:
    if token := os.environ.get("KITH_SERVICE_TOKEN") or from_file("KITH_SERVICE_TOKEN"):
        return token
    try:
        return str(json.loads((folder / "secrets.json").read_text("utf-8"))["service_token"])
    except (OSError, ValueError, KeyError):
        return ""


def _cannot(sentence: str, code: int = 1) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(code)
