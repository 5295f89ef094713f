"""Who looked at a household: as privacy officers see it, and nobody else."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal import words_looks
from services.portal.answers_looks import Look, Looks
from services.portal.looks import Seen, as_csv, put_together, sittings
from tests.services.portal import neighbourhood as n
from tests.services.portal import stand_in_looks
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_looks import ASSESSMENT, OFFICER
from tests.services.portal.visitor import (
    DESK,
    KEY_WORKER,
    LEAD,
    OPERATIONS,
    REVIEWER,
    signed_in,
    text,
)

PAGE = f"/who-looked/{n.HIDDEN}"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_audit_the_officer_reads_who_looked_when_why_and_what_was_shown_or_refused(
    portal: Installation,
):
    page = text(signed_in(portal.url, OFFICER).get(PAGE))
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]
    assert len(rows) == 4
    first, refused, other, linked = (" ".join(re.sub("<[^>]+>", " ", r).split()) for r in rows)
    assert "Morag Ellis" in first
    assert n.MORAG in first
    assert "The household’s page" in first
    assert "who is in it and where" in first
    assert "who works with it" in first
    assert "what agencies recorded" in first
    assert "Refused" not in first
    assert "Joseph Okoro" in refused
    assert "Refused: the household" in refused
    assert "Shown" not in refused
    assert "Made up" in other
    assert "Lead of Wigan North" in linked
    assert "While it was one household with another" in linked
    asked = [call for call in portal.behind.calls if "looks" in call[1]]
    assert {call[1].split("/")[1] for call in asked} == {"duplication", "keyworkers", "agencies"}
    assert {call[2:] for call in asked} == {(OFFICER, "who-looked")}


def test_audit_who_sat_at_a_desk_is_told_beside_the_desk_and_two_are_told_apart(
    portal: Installation, monkeypatch: pytest.MonkeyPatch
):
    looks = [
        stand_in_looks.look(11, 50, "wigan", "household", person="jo-marsh"),
        stand_in_looks.look(10, 50.2, "wigan", "household", person=n.JOSEPH),
    ]
    monkeypatch.setattr(stand_in_looks, "MATCHING", looks)
    visitor = signed_in(portal.url, OFFICER)
    page = text(visitor.get(PAGE))
    assert page.count('<span class="muted id">wigan</span>') == 2
    assert "</span><br>jo-marsh</th>" in page
    assert "</span><br>Joseph Okoro</th>" in page
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"{PAGE}/looks.csv").text)))
    sat = [(row["who"], row["person"]) for row in rows if row["who"] == "wigan"]
    assert sat == [("wigan", "jo-marsh"), ("wigan", n.JOSEPH)]


@pytest.mark.parametrize("who", [KEY_WORKER, LEAD, DESK, REVIEWER, OPERATIONS])
def test_audit_nobody_else_reads_who_looked(portal: Installation, who: str):
    visitor = signed_in(portal.url, who)
    for path in ("/who-looked", PAGE, f"{PAGE}/looks.csv", f"{PAGE}/looks.json"):
        assert visitor.get(path).status_code == 403
    assert visitor.post("/who-looked/find", id=n.HIDDEN).status_code == 403
    assert not [call for call in portal.behind.calls if "looks" in call[1]]
    for page in ("/inbox", "/restricted", f"/who-may-know/{n.HIDDEN}"):
        assert "who-looked" not in visitor.get(page).text


def test_the_officer_comes_to_it_from_where_they_are(portal: Installation):
    visitor = signed_in(portal.url, OFFICER)
    for page in ("/restricted", f"/who-may-know/{n.HIDDEN}"):
        assert f'href="{PAGE}"' in text(visitor.get(page))
    assert '<a href="/who-looked">Who looked</a>' in text(visitor.get("/inbox"))


@pytest.mark.parametrize(
    "said",
    [
        n.HIDDEN[-12:],
        f" {n.HIDDEN[-12:].upper()} ",
        n.HIDDEN,
        f"https://kith.example/households/{n.HIDDEN}?done=weighed",
        ASSESSMENT,
    ],
)
def test_a_household_is_found_by_what_people_have_of_it(portal: Installation, said: str):
    found = signed_in(portal.url, OFFICER).post("/who-looked/find", id=said)
    assert found.headers["location"] == PAGE


def test_a_reference_of_nothing_says_so_and_of_several_lets_choose(portal: Installation):
    visitor = signed_in(portal.url, OFFICER)
    for said in ("f" * 12, "nonsense", n.an_id("nobody"), "<b>"):
        missed = visitor.post("/who-looked/find", id=said)
        assert missed.status_code == 422
        assert "No household is called so" in missed.text
        assert "<b>" not in missed.text
    several = visitor.post("/who-looked/find", id="0" * 12)
    assert several.status_code == 200
    assert several.text.count("/who-looked/") == 3  # the form and both


def test_another_id_leads_to_the_one_of_now(portal: Installation):
    moved = signed_in(portal.url, OFFICER).get(f"/who-looked/{n.an_id('retired')}")
    assert moved.headers["location"] == PAGE


def test_an_officer_with_a_conflict_of_interest_sees_nothing(portal: Installation):
    portal.behind.barred.append("looks")
    visitor = signed_in(portal.url, OFFICER)
    for path in (PAGE, f"{PAGE}/looks.csv"):
        page = visitor.get(path)
        assert page.status_code == 404
        assert "Morag" not in page.text


def test_what_a_service_that_is_down_has_is_said_to_be_missing_and_no_file_goes_out_without_it(
    portal: Installation,
):
    portal.behind.down.add("agencies")
    visitor = signed_in(portal.url, OFFICER)
    page = text(visitor.get(PAGE))
    assert "What agencies recorded cannot be shown" in page
    assert "Morag Ellis" in page
    assert visitor.get(f"{PAGE}/looks.csv").status_code == 502


def test_a_file_has_every_look_in_a_line_and_no_cell_is_a_formula(portal: Installation):
    visitor = signed_in(portal.url, OFFICER)
    answer = visitor.get(f"{PAGE}/looks.csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="who-looked-')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 8
    assert {row["service"] for row in rows} == {"duplication", "keyworkers", "agencies"}
    assert rows == sorted(rows, key=lambda row: row["at"], reverse=True)
    assert "'=cmd()" in {row["who"] for row in rows}
    assert {row["shown"] for row in rows} == {"yes", "no"}
    told = json.loads(visitor.get(f"{PAGE}/looks.json").text)
    assert len(told["looks"]) == 8
    assert told["household_id"] == n.HIDDEN


def test_every_purpose_of_a_page_has_words():
    """What a page states as its purpose is a closed word."""
    portal = Path(__file__).parents[3] / "services/portal"
    used = {
        purpose
        for file in portal.glob("*.py")
        for purpose in re.findall(r'ask\([^"]*?, "([a-z-]+)"\)', file.read_text("utf-8"))
    }
    shows_no_household = {
        "sign-in", "you", "leave", "messages", "place-page", "deliveries", "webhooks", "impact",
    }  # fmt: skip
    assert used - shows_no_household <= words_looks.WHY.keys()
    assert len(used) > 20


def _look(number: int, second: int) -> Look:
    return Look(
        number=number, at=START + timedelta(seconds=second), actor="ann", purpose="inbox",
        what="household", shown=True,
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 15)), max_size=40), st.integers(1, 6))
def test_page_by_page_every_look_is_shown_once_and_in_order(came: list[tuple[int, int]], most: int):
    """However many are of one moment, and whichever service has them."""
    kept: dict[str, list[Look]] = {"a": [], "b": [], "c": []}
    for number, (service, second) in enumerate(came):
        kept["abc"[service]].append(_look(number, second))

    def ask(service: str, before: datetime | None) -> Looks:
        """As the services do: so many, and those of the same moment as the earliest."""
        looks = [one for one in kept[service] if before is None or one.at < before]
        looks.sort(key=lambda one: (one.at, one.number), reverse=True)
        edge = looks[most - 1].at if len(looks) >= most else START
        found = [one for one in looks if one.at >= edge]
        return Looks(looks=tuple(found), more=len(found) >= most)

    shown: list[Seen] = []
    before: datetime | None = None
    for _ in range(100):
        page = put_together({service: ask(service, before) for service in kept}, most)
        shown += page.seen
        before = page.before
        if before is None:
            break
    assert before is None
    assert sorted(one.look.number for one in shown) == list(range(len(came)))
    moments = [one.look.at for one in shown]
    assert moments == sorted(moments, reverse=True)


def test_looks_of_a_minute_and_a_page_are_told_together_and_others_are_not():
    def seen(second: int, **changes: object) -> Seen:
        return Seen("a", _look(second, second).model_copy(update=changes))

    told = sittings(
        [
            seen(300),
            seen(290, what="decision"),
            seen(280, actor="ben"),
            seen(245, what="decision"),
            seen(244, shown=False),
            seen(100),
            seen(90, purpose="links"),
        ]
    )
    assert [(one.actor, one.purpose, one.shown, one.refused) for one in told] == [
        ("ann", "inbox", ["household", "decision"], ["household"]),
        ("ben", "inbox", ["household"], []),
        ("ann", "inbox", ["household"], []),
        ("ann", "links", ["household"], []),
    ]


def test_a_name_with_a_comma_or_a_line_stays_one_cell():
    seen = [Seen("a", _look(1, 1))]
    [row] = csv.DictReader(io.StringIO(as_csv(seen, {"ann": 'Ann, "A"\nB'})))
    assert row["name"] == 'Ann, "A"\nB'
