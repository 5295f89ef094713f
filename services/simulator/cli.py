"""``kith simulate``: a borough's assessments to files, or to a running Kith."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.simulator.assessing import Assessed
from services.simulator.files import truth_writer, write_all
from services.simulator.sending import (
    LANES,
    NoCredentialError,
    load_credentials,
    open_sender,
    send_at_rate,
)
from services.simulator.stream import simulate as simulate_borough

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_ERR = Console(stderr=True)


@dataclass(slots=True)
class _Report:
    assessments: int = 0
    people: int = 0
    by_household: Counter[str] = field(default_factory=Counter)
    by_agency: Counter[str] = field(default_factory=Counter)

    def count(self, made: Assessed) -> None:
        self.assessments += 1
        self.people += len(made.truth)
        self.by_household[made.truth[0].household_id] += 1
        self.by_agency[made.agency_id] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "assessments": self.assessments,
            "people_records": self.people,
            "households_assessed": len(self.by_household),
            "households_assessed_again": sum(n > 1 for n in self.by_household.values()),
            "most_assessments_of_one_household": max(self.by_household.values(), default=0),
            "agencies": len(self.by_agency),
        }


@app.command()
def simulate(
    households: Annotated[int, typer.Option(min=10, help="Households living in the borough.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="Simulated days.")] = 90,
    rate: Annotated[float, typer.Option(min=0.1, help="Assessments a second, when sent.")] = 20.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same borough.")] = 1,
    busyness: Annotated[float, typer.Option(min=0.1, help="Times as many episodes.")] = 1.0,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day. Default: so that the last is past."),
    ] = None,
    url: Annotated[str | None, typer.Option(help="Agencies API to send to.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="FILE.ndjson for one file; a folder for one per agency.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="CSV for who is truly who.")] = None,
    credentials: Annotated[
        Path | None, typer.Option(help="JSON object of agency id to credential.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Keep the place in this file, and go on from it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Simulate a borough: write its assessments to files, or send them to a running Kith.

    What is sent carries a mark of this borough in its references: the same command of the same day
    sends the same again, another one never clashes with it.
    """
    if (url is None) == (out is None):
        raise typer.BadParameter("give --url to send, or --out to write")
    first = start.date() if start else datetime.now(UTC).date() - timedelta(days=days)
    report = _Report()
    began = time.monotonic()
    stream = simulate_borough(seed, households, first, days, busyness)
    result: dict[str, Any] = {"seed": seed, "first_day": first.isoformat(), "days": days}
    if out is not None:
        with truth_writer(truth) as rows:
            for made in write_all(stream, out):
                report.count(made)
                rows.write(made.truth)
    elif url is not None:
        if credentials is None:
            raise typer.BadParameter("--url needs --credentials")
        try:
            held = load_credentials(credentials)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        mark = blake2b(repr((seed, households, first, days, busyness)).encode(), digest_size=2)
        coming = [made.marked(mark.hexdigest()) for made in stream]
        result |= _send(coming, url, held, rate, truth, resume, report)
    result |= report.as_json() | {"seconds": round(time.monotonic() - began, 2)}
    _print(result, as_json=as_json)


def _send(
    coming: list[Assessed],
    url: str,
    credentials: dict[str, str],
    rate: float,
    truth: Path | None,
    resume: Path | None,
    report: _Report,
) -> dict[str, Any]:
    behind = _load_place(resume)
    progress = Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=_ERR,
        disable=not sys.stderr.isatty(),
    )
    with truth_writer(truth) as rows, progress:
        for made in coming[:behind]:
            rows.write(made.truth)
        bar = progress.add_task("Assessments sent", total=len(coming), completed=behind)

        def told(made: Assessed) -> None:
            report.count(made)
            rows.write(made.truth)
            progress.advance(bar)
            # What is in flight may not have arrived: go back that far, sending twice is harmless.
            if resume is not None and report.assessments % LANES == 0:
                place = max(0, behind + report.assessments - LANES)
                resume.write_text(f"{place}\n", encoding="utf-8")

        async def run() -> dict[str, Any]:
            async with open_sender(url, credentials) as sender:
                await send_at_rate(sender, islice(coming, behind, None), rate, told)
                sent = sender.sent
                return {
                    "accepted": sent.accepted,
                    "waited_out": sent.waited_out,
                    "refused": dict(sent.refused),
                }

        try:
            counts = asyncio.run(run())
        except NoCredentialError as error:
            raise typer.BadParameter(f"{error} in the credentials file") from None
    if resume is not None:
        resume.write_text(f"{len(coming)}\n", encoding="utf-8")
    return counts


def _load_place(resume: Path | None) -> int:
    try:
        return int(resume.read_text(encoding="utf-8")) if resume else 0
    except FileNotFoundError:
        return 0
    except ValueError:
        raise typer.BadParameter(f"{resume} does not hold a number") from None


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    for name, value in _worded(result.items()):
        typer.echo(f"{name:36}{value}")


def _worded(items: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, value in items:
        text = (
            ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        yield name.replace("_", " "), text if text != "" else "none"
