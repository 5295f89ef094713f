"""``kith journeys``: what became of an assessment, what has stalled, what was avoided.

Reads the operations service over HTTP, as the pages do. The credential is ``KITH_SERVICE_TOKEN``
(or the file that
``KITH_SERVICE_TOKEN_FILE`` names) or, beside a local run, the one in its folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from rich.console import Console

from services.kit.commands import NoCredential, service_token
from services.operations import tables

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_RUN_FOLDER = Path(".kith/run")
_CANNOT = 1


@app.callback(
    invoke_without_command=True,
    # Options may follow the id, although this is a group (one without commands) to Typer.
    context_settings={"allow_interspersed_args": True},
)
def journeys(
    journey: Annotated[
        UUID | None, typer.Argument(metavar="[ID]", help="An assessment's id: its whole journey.")
    ] = None,
    stalled: Annotated[
        bool, typer.Option("--stalled", help="Those that have not reached a stage in time.")
    ] = False,
    impact: Annotated[
        bool, typer.Option("--impact", help="Referrals opened and avoided, and how soon.")
    ] = False,
    state: Annotated[str | None, typer.Option(help="Only journeys in this state.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only this agency's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many to list.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts: JSON.")] = False,
    url: Annotated[
        str, typer.Option(envvar="KITH_OPERATIONS_URL", help="The operations service.")
    ] = "http://127.0.0.1:8105",
    folder: Annotated[
        Path, typer.Option(help="The local run's folder, for its credential.")
    ] = _RUN_FOLDER,
) -> None:
    """Follow assessments through Kith: the last ones, or one of them, stage by stage."""
    if sum((journey is not None, stalled, impact)) > 1:
        raise typer.BadParameter("ask for one journey, or --stalled, or --impact")
    ask = _Asking(url, _token(folder))
    if journey is not None:
        _tell(ask(f"/v1/journeys/{journey}"), tables.journey, as_json=as_json)
    elif stalled:
        _tell(ask("/v1/stalls", limit=limit), tables.stalls, as_json=as_json)
    elif impact:
        _tell(ask("/v1/impact"), tables.impact, as_json=as_json)
    else:
        wanted = {"state": state, "agency": agency, "limit": limit}
        found = ask("/v1/journeys", **{k: v for k, v in wanted.items() if v is not None})
        _tell(found, tables.journeys, as_json=as_json)


class _Asking:
    """GET from the operations service; says in a sentence what is wrong, and exits."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Kith-Purpose": "kith journeys"}

    def __call__(self, path: str, **query: Any) -> Any:
        try:
            answer = httpx.get(
                self._url + path, params=query, headers=self._headers, timeout=30, trust_env=False
            )
        except httpx.HTTPError as error:
            raise _cannot(
                f"The operations service at {self._url} does not answer ({type(error).__name__}). "
                "Is Kith running? Start it with 'make run', or name it with --url."
            ) from None
        try:
            found = answer.json()
        except ValueError:
            raise _cannot(f"{self._url} is not Kith's operations service.") from None
        if answer.is_error:
            detail = found.get("detail") if isinstance(found, dict) else None
            raise _cannot(str(detail or f"The service answered {answer.status_code}."))
        return found


def _token(folder: Path) -> str:
    try:
        return service_token(folder)
    except NoCredential as none:
        raise _cannot(str(none)) from None


def _cannot(sentence: str) -> typer.Exit:
    Console(stderr=True).print(sentence, soft_wrap=True, highlight=False, markup=False)
    return typer.Exit(_CANNOT)


def _tell(found: Any, drawing: tables.Drawing, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        Console().print(drawing(found))


if __name__ == "__main__":
    app()
