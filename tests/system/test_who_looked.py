"""Who looked at a restricted household, by every service that keeps it, on the officer's page."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from services.portal.app import create_service
from services.portal.settings import PortalSettings
from services.portal.words_looks import WHY
from tests.services.portal.serving import serve
from tests.services.portal.visitor import signed_in
from tests.stack import TOKEN, eventually
from tests.system.refuge import AGENCY, PERSONAL, Refuge, flee
from tests.system.town import Town


async def rows_of(refuge: Refuge, service: str) -> list[dict[str, Any]]:
    async def ask() -> Any:
        if service == "agencies":
            body = {"assessment_ids": [str(refuge.by_police), str(refuge.from_refuge)]}
            return await refuge.call(service, "/internal/looks", "privacy-officer", "POST", body)
        path = f"/v1/households/{refuge.theirs}/looks"
        return await refuge.call(service, path, "privacy-officer")

    answer = await eventually(ask, lambda answer: answer.status_code == 200)
    found: list[dict[str, Any]] = answer.json()["looks"]
    return found


@pytest.mark.timeout(300)
async def test_audit_the_officer_sees_who_looked_and_nothing_of_the_household(town: Town) -> None:
    refuge = await flee(town)
    contact = await refuge.contact(refuge.their_worker)
    for service in ("duplication", "agencies", "keyworkers"):
        await rows_of(refuge, service)
    urls = {
        f"{name}_url": town.url(name)
        for name in ("agencies", "duplication", "keyworkers", "alerts", "operations")
    }
    settings = PortalSettings(service_token=TOKEN, local=True, **urls)  # type: ignore[arg-type]
    with serve(create_service(settings).api) as url:
        theirs = signed_in(url, f"key_worker:{refuge.their_worker}")
        assert "Zephira" in theirs.get(f"/households/{refuge.theirs}").text
        his = signed_in(url, f"key_worker:{refuge.his_worker}")
        assert "Zephira" not in his.get(f"/households/{refuge.theirs}").text
        ids = f"{refuge.by_police},{refuge.from_refuge}"
        await refuge.call("agencies", f"/internal/assessments?ids={ids}", refuge.his_worker)

        officer = signed_in(url, "privacy-officer")
        found = officer.post("/who-looked/find", id=str(refuge.theirs)[-12:])
        assert found.headers["location"] == f"/who-looked/{refuge.theirs}"
        page = officer.get(f"/who-looked/{refuge.theirs}").text
        rows = [
            " ".join(re.sub("<[^>]+>", " ", row).split())
            for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
        ]
        [key_worker] = [row for row in rows if refuge.their_worker in row]
        for words in (WHY["household-page"], "in it and where", "agencies recorded (needs",
                      "thought to be of it", "works with it", contact["name"]):  # fmt: skip
            assert words.lower() in key_worker.lower()
        assert "Refused" not in key_worker
        refused = " ".join(row for row in rows if refuge.his_worker in row)
        assert "Refused: the household" in refused
        assert "Shown" not in refused
        assert "agencies recorded" in refused
        text = officer.get(f"/who-looked/{refuge.theirs}/looks.csv").text
        told = list(csv.DictReader(io.StringIO(text)))
        assert {row["service"] for row in told} == {"duplication", "agencies", "keyworkers"}
        assert ("privacy-officer", "looks") in {(row["who"], row["what"]) for row in told}
        for hidden in (*PERSONAL, "reads aloud", AGENCY, "Greater Manchester Police"):
            assert hidden not in page
            assert hidden not in text
