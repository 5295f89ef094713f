"""A person asks what is held about them, end to end: every service, the portal, the command line.

Two agencies see a household of three; one of them asks. Whatever leaves is searched byte by byte
for the other two.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.portal.app import create_service
from services.portal.settings import PortalSettings
from tests.services.portal.serving import serve
from tests.services.portal.visitor import signed_in
from tests.stack import TOKEN, eventually
from tests.system.refuge import PERSONAL, Refuge, assessed, flee
from tests.system.town import HOMES, SCHOOL, SERVICES, Town

OFFICER = "privacy-officer"
IMOGEN = {
    "reference": "I-4471",
    "given_name": "Imogen",
    "family_name": "Tattersall",
    "date_of_birth": "1987-05-19",
    "sex": "female",
    "relationship": "parent",
    "phones": ["0161 496 0701", "0161 496 0799"],
    "emails": ["imogen@example.org"],
    "identifiers": [{"scheme": "nhs_number", "value": "9990000018"}],
}
BARNABY = {
    "given_name": "Barnaby",
    "family_name": "Tattersall",
    "date_of_birth": "2015-08-23",
    "relationship": "child",
    "phones": ["0161 496 0799"],
}
CUTHBERT = {
    "reference": "C-9083",
    "given_name": "Cuthbert",
    "family_name": "Ollerenshaw",
    "date_of_birth": "1951-01-30",
    "relationship": "grandparent",
    "phones": ["0161 496 0703"],
    "emails": ["cuthbert@example.org"],
}
OTHERS = (
    "Barnaby", "Cuthbert", "Ollerenshaw", "barnaby", "cuthbert", "ollerenshaw", "2015-08-23",
    "20150823", "23 August 2015", "1951-01-30", "19510130", "30 January 1951", "496 0703",
    "4960703", "496 0799", "4960799", "C-9083",
)  # fmt: skip
"""What is about the other two alone, in every form in which Kith holds it."""
HOME = {"lines": ["5 Sycamore Rise"], "town": "Wigan", "postcode": "WN1 2AB"}


class Office:
    """The town, its portal, and a privacy officer at work."""

    def __init__(self, town: Town, url: str) -> None:
        self.town, self.url = town, url
        self.officer = signed_in(url, OFFICER)

    def find(self, **given: str) -> httpx.Response:
        return self.officer.post("/subject-access/find", form=given)

    def found(self, **given: str) -> list[str]:
        return re.findall(r'name="person" value="([0-9a-f-]{36})"', self.find(**given).text)

    def look(self, person: str | UUID) -> httpx.Response:
        return self.officer.post("/subject-access/look", form={"person": str(person)})

    def export(self, person: str | UUID, **changes: str) -> httpx.Response:
        page = self.look(person).text
        seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
        form = {
            "person": str(person),
            "seen": seen[1] if seen else "",
            "identity": "photo_document",
            "request": "SAR-2026-014",
        }
        return self.officer.post("/subject-access/export", form=form | changes)

    async def told_the_services(self) -> None:
        """Until every service knows who the privacy officers are."""
        for service in ("agencies", "duplication", "alerts"):
            await eventually(
                lambda service=service: self.town.rows(  # type: ignore[misc]
                    f"select place_id from {service}.privacy_office"
                ),
                lambda rows: len(rows) == 1,
            )


@pytest.fixture
async def office(town: Town) -> AsyncIterator[Office]:
    urls = {f"{name}_url": town.url(name) for name in SERVICES}
    settings = PortalSettings(service_token=TOKEN, local=True, **urls)  # type: ignore[arg-type]
    with serve(create_service(settings).api) as url:
        found = Office(town, url)
        await found.told_the_services()
        yield found


async def household_of_three(town: Town) -> list[UUID]:
    """The school sees mother and son, the housing association all three."""
    first = await town.send(
        SCHOOL,
        assessed(
            "S-31",
            BARNABY,
            IMOGEN,
            address=HOME,
            needs=["education", "domestic_abuse"],
            strengths=["Barnaby reads to everybody", "They eat together every evening"],
            good_day="A walk by the canal with Cuthbert",
            significant_harm=["child_significant_harm"],
        ),
    )
    await town.settled(SCHOOL, first)
    second = await town.send(
        HOMES,
        assessed(
            "H-77",
            IMOGEN,
            BARNABY,
            CUTHBERT,
            address=HOME,
            needs=["secure_housing"],
            strengths=["Imogen knows everybody in the street"],
        ),
    )
    await town.settled(HOMES, second)
    alone = await town.send(
        HOMES, assessed("H-78", IMOGEN, address=HOME, strengths=["Imogen mends bicycles"])
    )
    await town.settled(HOMES, alone)
    ids = [first, second, alone]
    await eventually(
        lambda: town.rows(
            "select distinct assessment_id from alerts.alert where assessment_id = any($1::uuid[])"
            " and household_id is not null and recipient->>'kind' = 'key_worker'",
            ids,
        ),
        lambda rows: len(rows) == len(ids),
    )
    return ids


def unpacked(copy: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_one_of_three_is_given_all_that_is_theirs_and_nothing_of_the_other_two(
    office: Office,
) -> None:
    town = office.town
    ids = await household_of_three(town)
    by_name = office.found(given_name="Imogen", family_name="Tattersal", date_of_birth="1987-05-19")
    by_number = office.found(scheme="nhs_number", number="999 000 0018")
    assert len(by_name) == 1
    assert by_name == by_number
    among = office.found(agency=HOMES, reference="H-77")
    assert by_name[0] in among
    assert len(among) == 3
    (person,) = by_name
    page = office.look(person).text
    for shown in (
        "Wigan Primary School",
        "Wigan Homes",
        "Leave it in",
        "Barnaby reads to everybody",
    ):
        assert shown in page
    given = office.export(person)
    assert given.status_code == 200, given.text
    assert given.headers["content-type"] == "application/zip"
    assert given.headers["cache-control"] == "no-store"
    name = re.search(r'filename="([^"]+)"', given.headers["content-disposition"])
    assert name is not None
    assert re.fullmatch(r"subject-access-[0-9a-f]{12}\.zip", name[1])
    files = unpacked(given.content)
    assert set(files) == {"your-information.html", "your-information.json"}
    for file, text in files.items():
        for other in OTHERS:
            assert other not in text, (file, other)
        for theirs in (
            "Imogen",
            "Tattersall",
            "5 Sycamore Rise",
            "9990000018",
            "496 0701",
            "I-4471",
        ):
            assert theirs in text, (file, theirs)
        # Left out unless an officer says otherwise: what may be about the others, or bring harm.
        for out in (
            "eat together",
            "canal",
            "in the street",
            "omestic abuse",
            "ront door",
            "significant",
        ):
            assert out not in text, (file, out)
        assert "Imogen mends bicycles" in text, "nobody else is in that assessment"
        assert "routed" not in text or file.endswith("json")
    copy = json.loads(files["your-information.json"])
    assert [one["kith_id"] for one in copy["assessments"]] == [str(id_) for id_ in ids]
    school, homes, alone = copy["assessments"]
    assert school["from"] == "Wigan Primary School"
    assert school["lawful_basis"] == "children_act_2004_s10"
    assert "how_soon" not in school["about_the_household"], "it follows from who may not be safe"
    assert homes["lawful_basis"] == "children_act_2004_s10"
    assert (school["others_in_it"], homes["others_in_it"], alone["others_in_it"]) == (1, 2, 0)
    assert homes["the_agency_was_told"]
    assert homes["people_were_told"][0]["told"][0]["who"] == copy["key_workers"][0]["who"]["name"]
    assert [one["a_referral_was_avoided"] for one in copy["assessments"]] == [False, True, True]
    assert {one["what"] for one in homes["how_it_was_decided"]["weights"]} >= {
        "First name",
        "Date of birth",
    }
    assert copy["recognised_by"]["Family names"] == ["tattersall"]
    assert copy["looked_at"]
    assert "identity_checked" in copy
    # On record, in a table that only grows: by its request, with the file's digest.
    [row] = await town.rows("select * from duplication.subject_access_export")
    assert row["sha256"] == hashlib.sha256(given.content).hexdigest()
    assert (row["request"], row["actor"], row["identity"]) == (
        "SAR-2026-014",
        OFFICER,
        "photo_document",
    )
    assert (row["person_id"], row["bytes"]) == (UUID(person), len(given.content))
    assert set(row["assessment_ids"]) == set(ids)
    assert f"{ids[0]}/good_day" in row["withheld"]
    assert f"{ids[2]}/strengths.0" in row["kept"]
    for table, column in (
        ("agencies.disclosure", "assessment_ids is not null"),
        ("duplication.access_audit", "what = 'export'"),
        ("keyworkers.access_look", "what = 'export'"),
    ):
        looks = await town.rows(
            f"select 1 from {table} where actor = $1 and purpose = 'subject-access' and {column}",
            OFFICER,
        )
        assert looks, table
    assert "SAR-2026-014" in office.officer.get("/subject-access").text
    for log in town.folder.glob("*.log"):
        for personal in ("Imogen", "Tattersal", "Sycamore", "1987-05-19", "SAR-2026-014"):
            assert personal not in log.read_text("utf-8"), log.name


async def test_what_an_officer_leaves_in_is_in_and_what_changed_is_looked_at_again(
    office: Office,
) -> None:
    ids = await household_of_three(office.town)
    (person,) = office.found(given_name="Imogen", family_name="Tattersall")
    kept = {
        f"piece:{ids[0]}/strengths.1": "keep",
        f"piece:{ids[0]}/significant_harm": "keep",
        f"piece:{ids[0]}/needs_of_safety": "keep",
        f"piece:{ids[2]}/strengths.0": "leave",
    }
    files = unpacked(office.export(person, **kept).content)
    for text in files.values():
        assert "They eat together every evening" in text
        assert "omestic abuse" in text
        assert "significant harm" in text
        assert "mends bicycles" not in text
        for other in OTHERS:
            assert other not in text
    for wrong in ({"request": "Imogen Tattersall"}, {"identity": ""}, {"seen": "0" * 64}):
        refused = office.export(person, **wrong)
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
        assert "application/zip" not in refused.headers["content-type"]
    rows = await office.town.rows("select 1 from duplication.subject_access_export")
    assert len(rows) == 1, "nothing left, so nothing is on record"


async def test_with_one_service_down_no_copy_is_made(office: Office) -> None:
    town = office.town
    await household_of_three(town)
    (person,) = office.found(given_name="Imogen", family_name="Tattersall")
    page = office.look(person).text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert seen is not None
    form = {"person": person, "seen": seen[1], "identity": "authority", "request": "SAR-1"}
    for service in ("alerts", "keyworkers", "agencies"):
        town.kill(service)
        for path in ("/subject-access/export", "/subject-access/look"):
            answer = office.officer.post(path, form=form)
            assert answer.status_code == 502
            assert "No copy was made" in answer.text
            assert service in answer.text
            assert "Imogen" not in answer.text
    assert await town.rows("select 1 from duplication.subject_access_export") == []


async def test_rule_6_an_alleged_perpetrator_is_given_nothing_of_the_family(
    office: Office,
) -> None:
    """Neither the household, its key worker, where it is, who assessed it, that few may know of it,
    nor that he is named; and the officer is told what was left out, and to say nothing of it."""
    refuge = await flee(office.town)
    his = office.found(given_name="Craig", family_name="Holt", date_of_birth="1988-11-23")
    assert str(refuge.craig) in his
    theirs = await refuge.contact(refuge.their_worker)
    for on_list in (False, True):
        if on_list:
            await put_on_list(refuge)
        page = office.look(refuge.craig).text
        assert "Left out, always" in page
        assert "Do not tell whoever asks" in page
        assert ("Greater Manchester Police" in page) is on_list
        given = office.export(refuge.craig)
        assert given.status_code == 200, given.text
        files = unpacked(given.content)
        for text in files.values():
            assert "Craig" in text
            for hidden in (
                *PERSONAL, theirs["name"], theirs["email"], theirs["phone"], "Police", "police",
                "alleged", "perpetrator", "restricted", str(refuge.theirs), str(refuge.by_police),
                "omestic", "significant",
            ):  # fmt: skip
                assert hidden not in text, hidden
        copy = json.loads(files["your-information.json"])
        assert [one["kith_id"] for one in copy["assessments"]] == [str(refuge.his_first)]
    rows = await office.town.rows("select left_out from duplication.subject_access_export")
    assert [row["left_out"] for row in rows]
    assert all(str(refuge.by_police) in str(row["left_out"]) for row in rows)


async def put_on_list(refuge: Refuge) -> None:
    body = {"reader_id": OFFICER, "reason": "statutory_enquiry"}
    path = f"/v1/households/{refuge.theirs}/access"
    added = await refuge.call("keyworkers", path, OFFICER, "POST", body)
    assert added.status_code == 201, added.text
    for service in ("duplication", "agencies", "alerts"):
        await eventually(
            lambda service=service: refuge.town.rows(  # type: ignore[misc]
                f"select 1 from {service}.household_access where household_id = $1"
                f" and readers::text like '%{OFFICER}%'",
                refuge.theirs,
            ),
            lambda rows: len(rows) == 1,
        )


async def test_rule_6_of_a_restricted_household_a_copy_is_made_by_an_officer_on_its_list_alone(
    office: Office,
) -> None:
    refuge = await flee(office.town)
    given = {"given_name": "Zephira", "family_name": "Quennell", "date_of_birth": "1990-03-11"}
    page = office.find(**given)
    assert office.found(**given) == []
    assert str(refuge.theirs)[-12:] in page.text, "by its reference, so that they can ask to know"
    for hidden in (*PERSONAL, "Greater Manchester Police", refuge.their_worker):
        assert hidden not in page.text
    blocked = office.look(refuge.sarah)
    assert "No copy can be made" in blocked.text
    refused = office.export(refuge.sarah)
    assert refused.status_code == 422
    for answer in (blocked, refused):
        for hidden in (*PERSONAL, "Police", refuge.their_worker):
            assert hidden not in answer.text
    for service, path, body in (
        ("duplication", "/v1/subject-access", {"person_id": str(refuge.sarah)}),
        (
            "agencies",
            "/internal/subject-access",
            {"records": [{"assessment_id": str(refuge.from_refuge), "position": 0}]},
        ),
        (
            "keyworkers",
            "/v1/subject-access",
            {
                "place_id": "greater-manchester",
                "households": [
                    {"household_id": str(refuge.theirs), "since": "2020-01-01T00:00:00Z"}
                ],
                "assessment_ids": [str(refuge.from_refuge)],
            },
        ),
        (
            "alerts",
            "/v1/subject-access",
            {
                "household_ids": [str(refuge.theirs)],
                "assessment_ids": [str(refuge.from_refuge)],
            },
        ),
    ):
        answered = await refuge.call(service, path, OFFICER, "POST", body)
        assert answered.status_code == (200 if service == "duplication" else 403), answered.text
        for hidden in (*PERSONAL, "Police", refuge.their_worker):
            assert hidden not in answered.text
    await put_on_list(refuge)
    assert office.found(**given) == [str(refuge.sarah)]
    assert "Their household is restricted" in office.look(refuge.sarah).text
    files = unpacked(office.export(refuge.sarah).content)
    theirs = await refuge.contact(refuge.their_worker)
    for text in files.values():
        for shown in ("Zephira", "Cedar House", "Greater Manchester Police", theirs["name"]):
            assert shown in text, shown
        for hidden in (
            "Craig",
            "Holt",
            "Ottoline",
            "1988-11-23",
            "2016-07-02",
            "refuge",
            "omestic",
        ):
            assert hidden not in text, hidden


async def test_at_the_command_line_the_same_copy_by_the_same_rules(
    office: Office, tmp_path: Path
) -> None:
    town = office.town
    await household_of_three(town)
    env = os.environ | {"KITH_SERVICE_TOKEN": TOKEN}
    env |= {f"KITH_{name.upper()}_URL": town.url(name) for name in SERVICES}

    def kith(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from services.cli import main; main()", "subject-access",
             *arguments],
            input=given, capture_output=True, text=True, env=env, check=False,
        )  # fmt: skip

    typed = json.dumps({"given_name": "Imogen", "family_name": "Tattersall"})
    found = kith("find", "--by", OFFICER, "--from", "-", "--json", given=typed)
    assert found.returncode == 0, found.stderr
    (person,) = [one["person_id"] for one in json.loads(found.stdout)["people"]]
    looked = kith("look", person, "--by", OFFICER, "--json")
    assert looked.returncode == 0, looked.stderr
    shown = json.loads(looked.stdout)
    pieces = {one["text"]: one["id"] for one in shown["pieces"]}
    assert "Left" not in looked.stdout
    out = tmp_path / "copy.zip"
    arguments = [
        "export", person, "--by", OFFICER, "--request", "SAR-9", "--identity", "two_letters",
        "--out", str(out), "--seen", shown["seen"],
        "--keep", pieces["They eat together every evening"],
    ]  # fmt: skip
    made = kith(*arguments)
    assert made.returncode == 0, made.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    files = unpacked(out.read_bytes())
    assert "They eat together every evening" in files["your-information.html"]
    for text in files.values():
        for other in OTHERS:
            assert other not in text
    assert hashlib.sha256(out.read_bytes()).hexdigest() in made.stdout
    assert kith(*arguments).returncode == 2, "no file is written over"
    listed = kith("list", "--by", OFFICER)
    assert "SAR-9" in listed.stdout
    assert "Imogen" not in listed.stdout
    for who in ("reviewer", "wigan-north", "kw-1"):
        refused = kith("look", person, "--by", who)
        assert refused.returncode == 1
        assert "privacy officer" in refused.stderr
        assert "Imogen" not in refused.stdout + refused.stderr
    town.kill("keyworkers")
    arguments[arguments.index(str(out))] = str(tmp_path / "half.zip")
    half = kith(*arguments)
    assert half.returncode == 1
    assert "nothing was made" in half.stderr
    assert not (tmp_path / "half.zip").exists()
