"""``kith send FILE``: an agency's file of assessments to the agencies' API, however often it stops.

Every line is checked here first and then by the service; a line that is refused keeps no other
back. Exit codes: 0 all sent, 1 some refused, 2 the call is wrong, 3 the service is unreachable.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.agencies.credentials import read_credential
from services.agencies.send_client import Client, NotAllowed, Unreachable
from services.agencies.send_progress import Beginning, Place, Rejects, load_place, save_place
from services.agencies.send_reading import Item, Unusable, read_csv, read_ndjson
from services.agencies.submissions import MOST

REFUSED, USAGE, UNREACHABLE = 1, 2, 3
_MOST_BYTES = 3 * 1024 * 1024


def send(
    file: Annotated[Path, typer.Argument(help="NDJSON or CSV.", exists=True, dir_okay=False)],
    url: Annotated[
        str, typer.Option(envvar="KITH_AGENCIES_URL", help="Where the agencies' API is.")
    ] = "http://127.0.0.1:8101",
    credential: Annotated[
        str | None, typer.Option(envvar="KITH_CREDENTIAL", help="The agency's credential.")
    ] = None,
    credential_file: Annotated[
        Path | None,
        typer.Option(help="A file with it, or a JSON object by agency id.", dir_okay=False),
    ] = None,
    agency: Annotated[
        str | None, typer.Option(help="Which agency of a JSON credential file.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=MOST, help="Assessments in a request.")] = 100,
    rejects: Annotated[
        Path | None, typer.Option(help="Report of refused lines. Default: FILE.rejects.csv")
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Do not go on where an earlier run stopped.")
    ] = False,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to go on trying.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Send a file of assessments. Start it again after a stop: it goes on where it was.

    A file that was corrected meanwhile is sent from its start: the same reference is the same
    assessment. Exit codes: 0 all sent, 1 some refused, 2 the call is wrong, 3 the service is
    unreachable.
    """
    secret = _credential(credential, credential_file, agency)
    state = file.with_name(file.name + ".kith-send.json")
    report = rejects or file.with_name(file.name + ".rejects.csv")
    if from_start:
        state.unlink(missing_ok=True)
    place, had_another = load_place(file, state, url)
    if place.offset and not as_json:
        typer.echo(f"Going on after line {place.line}.", err=True)
    if had_another and not as_json:
        typer.echo(f"{file.name} is not as it was: sending all of it again.", err=True)
    written = Rejects(report, place.line)
    trouble: str | None = None
    code = 0
    try:
        with httpx.Client(base_url=url, timeout=60.0) as http:
            _send_all(file, Client(http, secret, patience), batch, place, state, written, as_json)
    except Unusable as error:
        _wrong(f"{file.name}: {error}")
    except NotAllowed as error:
        _wrong(str(error))
    except httpx.InvalidURL as error:
        _wrong(f"{url} is no address: {error}")
    except Unreachable as error:
        trouble = f"{url} is unreachable: {error}. What was sent is kept; start again to go on."
        code = UNREACHABLE
    finally:
        written.close()
    _tell(file, place, report, trouble, as_json)
    raise typer.Exit(code or (REFUSED if place.refused else 0))


def _credential(given: str | None, file: Path | None, agency: str | None) -> str:
    text = given or ""
    if file is not None:
        try:
            text = file.read_text("utf-8").strip()
            if text.startswith("{"):
                text = json.loads(text).get(agency or "", "")
        except (OSError, ValueError, AttributeError):
            _wrong(f"{file} cannot be read as a credential file")
        if not text:
            _wrong(f"name an agency of {file} with --agency")
    if read_credential(text) is None:
        _wrong("give --credential or --credential-file: 'kith_<prefix>_<secret>'")
    return text


def _wrong(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(USAGE)


def _send_all(
    file: Path,
    client: Client,
    batch: int,
    place: Place,
    state: Path,
    rejects: Rejects,
    quiet: bool,
) -> None:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("bytes"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet or not Console(stderr=True).is_terminal,
    )
    beginning = Beginning(file)
    read = read_csv if file.suffix.lower() == ".csv" else read_ndjson
    with file.open("rb") as stream, contextlib.closing(beginning), bar:
        task = bar.add_task(file.name, total=file.stat().st_size, completed=place.offset)
        for items in _batches(read(stream, place.offset, place.line), batch):
            refusals = [refusal for item in items for refusal in item.refusals()]
            valid = [item for item in items if not item.faults]
            by_server = client.send(valid)
            rejects.write(sorted(refusals + by_server, key=lambda r: r.line))
            at_fault = {refusal.line for refusal in by_server}
            refused = sum(not at_fault.isdisjoint(item.lines) for item in valid)
            place.sent += len(valid) - refused
            place.refused += len(items) - len(valid) + refused
            place.offset, place.line = items[-1].end, items[-1].lines[-1]
            place.sha256 = beginning.digest(place.offset)
            save_place(state, place)
            bar.update(task, completed=place.offset)


def _batches(items: Iterator[Item], most: int) -> Iterator[list[Item]]:
    """Up to ``most`` at a time, and not more bytes than a request may have."""
    found: list[Item] = []
    size = 0
    for item in items:
        if found and (len(found) == most or size + len(item.json) > _MOST_BYTES):
            yield found
            found, size = [], 0
        found.append(item)
        size += len(item.json)
    if found:
        yield found


def _tell(file: Path, place: Place, report: Path, trouble: str | None, as_json: bool) -> None:
    if as_json:
        found = {
            "file": str(file),
            "sent": place.sent,
            "refused": place.refused,
            "lines": place.line,
            "finished": trouble is None,
            "rejects": str(report) if place.refused else None,
        }
        typer.echo(json.dumps(found))
    else:
        typer.echo(f"{place.sent} sent, {place.refused} refused.")
        if place.refused:
            typer.echo(f"Why, line by line: {report}")
    if trouble is not None:
        typer.echo(trouble, err=True)
    if trouble is None and not place.refused:
        report.unlink(missing_ok=True)
