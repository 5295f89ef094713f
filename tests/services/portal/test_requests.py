"""Requests for what is held about a person, without a browser: what is made, and when nothing."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.portal.answers_request import Alerts, Kept, Matched, Sent
from services.portal.portal import create_templates
from services.portal.request_answering import wanted
from services.portal.request_copy import Copy, make_copy
from services.portal.request_document import Request, document, recipients
from services.portal.request_gathering import Gathered
from services.portal.request_pieces import chosen, fingerprint, pieces_of
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_requests import (
    HOMES,
    KAREN,
    PIECES,
    SCHOOL,
    alerted,
    kept,
    matched,
    received,
)
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, OPERATIONS, REVIEWER, signed_in

OFFICER = "privacy-officer"
ASKED = Request("SAR-1", "photo_document", datetime(2026, 11, 26, 9, tzinfo=UTC))
EXPORT = UUID("01890000-0000-7000-8000-000000000001")
HARM: dict[str, Any] = {
    "significant_harm": ["child_significant_harm"],
    "lawful_basis": "children_act_1989_s47",
    "purpose": "safeguarding",
    "urgency": "immediate",
    "needs": ["education", "domestic_abuse"],
    "restrictions": ["domestic_abuse"],
}


def gathered(**school: Any) -> Gathered:
    """Karen Green's two assessments; ``school``: what the first one says besides."""
    first = received(SCHOOL, "wigan-school", "Wigan Primary School", 200, 1)
    first["household"] = first["household"] | school.pop("household", {})
    assessments = [first | school, received(HOMES, "wigan-homes", "Wigan Homes", 2, 0)]
    return Gathered(
        Matched.model_validate(matched()),
        Sent.model_validate({"assessments": assessments, "looks": []}),
        Kept.model_validate(kept()),
        Alerts.model_validate(alerted()),
    )


def words(piece: str, text: str, *, shared: bool = False) -> dict[str, Any]:
    return {"words": [{"piece": piece, "text": text, "shared": shared}]}


def copy_of(found: Gathered, keep: frozenset[str] = frozenset()) -> Copy:
    return make_copy(
        create_templates(), document(found, ASKED, keep), EXPORT, ZoneInfo("Europe/London")
    )


def texts(copy: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        return [archive.read(name).decode() for name in archive.namelist()]


def export(portal: Installation, **changes: str) -> httpx.Response:
    officer = signed_in(portal.url, OFFICER)
    page = officer.post("/subject-access/look", form={"person": KAREN}).text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert seen is not None
    form = {"person": KAREN, "seen": seen[1], "identity": "two_letters", "request": "SAR-7"}
    return officer.post("/subject-access/export", form=form | changes)


def test_the_same_document_is_the_same_file_byte_for_byte():
    found = gathered()
    one, again = copy_of(found), copy_of(found)
    assert one.content == again.content
    assert one.sha256 == again.sha256
    assert one.name == "subject-access-000000000001.zip"


@pytest.mark.parametrize(
    ("retention", "said"),
    [
        (None, "the place has not set a time, and until it does Kith deletes nothing by itself"),
        (
            {"years_after_last_contact": 6, "until_youngest_is": 25},
            "for 6 years after anything last happened with the household, and until everybody in"
            " the household is 25. Then Kith deletes it by itself, unless",
        ),
        ({"years_after_last_contact": 1}, "for 1 year after anything last happened with the"),
    ],
)
def test_how_long_it_is_kept_is_what_the_place_has_decided(retention, said):
    found = replace(gathered(), kept=Kept.model_validate(kept() | {"retention": retention}))
    page, data = texts(copy_of(found).content)
    assert said in page
    assert said in json.loads(data)["how_long_it_is_kept"]


def test_what_an_agency_wrote_is_text_on_the_page_whatever_it_looks_like():
    hostile = '<script>alert("x")</script>'
    found = gathered(**words("strengths.0", hostile))
    page, data = texts(copy_of(found, frozenset({f"{SCHOOL}/strengths.0"})).content)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert hostile in json.loads(data)["assessments"][0]["in_words"]["strengths"]


def test_whatever_says_that_somebody_may_not_be_safe_goes_with_the_piece_that_says_it():
    found = gathered(household=HARM)
    pieces = {one.id: one for one in pieces_of(found)}
    for field in ("significant_harm", "restrictions", "needs_of_safety"):
        assert not pieces[f"{SCHOOL}/{field}"].keep, field
    stays, out = chosen(tuple(pieces.values()), {})
    assert f"{SCHOOL}/significant_harm" in out
    for text in texts(copy_of(found, stays).content):
        for word in ("s47", "section 47", "harm may", "omestic", "mmediate", "safeguarding"):
            assert word not in text.replace("serious harm", ""), word
    stays = frozenset(pieces)
    page, data = texts(copy_of(found, stays).content)
    assert "Children Act 1989, section 47" in page
    assert json.loads(data)["assessments"][0]["lawful_basis"] == "children_act_1989_s47"
    assert "Domestic abuse" in page


@pytest.mark.parametrize(
    ("others", "shared", "keep"), [(0, False, True), (0, True, False), (1, False, False)]
)
def test_words_stay_in_only_where_nobody_else_is_in_the_assessment(others, shared, keep):
    found = gathered(others=others, **words("good_day", "A walk", shared=shared))
    (piece,) = [one for one in pieces_of(found) if one.field == "good_day"]
    assert piece.keep is keep
    assert chosen([piece], {piece.id: not keep})[0] == (frozenset() if keep else {piece.id})


def test_a_need_that_is_somebodys_is_left_out_where_it_may_be_another_ones():
    needs = {"needs": ["education", "substance_use", "mental_and_physical_health", "crime"]}
    for others in (0, 1):
        found = gathered(others=others, household=needs)
        stays, out = chosen(pieces_of(found), {})
        assert (f"{SCHOOL}/needs_of_one" in out) is bool(others)
        for text in texts(copy_of(found, stays).content):
            assert "Education" in text
            for need in ("Substance use", "Mental and physical health", "Crime<", '"Crime"'):
                assert others == 0 or need not in text
        assert others or "Substance use" in texts(copy_of(found, stays).content)[1]


def test_where_they_were_seen_with_others_and_are_no_more_is_left_out():
    """The others may live there, and be kept from them by nothing that any agency has stated."""
    found = gathered(address={"lines": ["9 Far Lane"], "town": "Leigh", "postcode": "WN7 1AA"})
    elsewhere = matched()
    elsewhere["records"][0] |= {"household_id": n.SHAH, "homes": ["9 far lane WN71AA", "leigh"]}
    left = {"household_id": n.SHAH, "since": n.ago(days=200), "until": n.ago(days=90)}
    elsewhere["households"].insert(0, left | {"restricted": False})
    elsewhere["matched_by"]["homes"] = ["9 far lane WN71AA", "14 orchard row WN12AB"]
    elsewhere["matched_by"]["towns"] = ["leigh", "wigan"]
    found = Gathered(Matched.model_validate(elsewhere), found.sent, found.kept, found.alerts)
    (piece,) = [one for one in pieces_of(found) if one.field == "where"]
    assert (piece.id, piece.keep) == (f"{SCHOOL}/where", False)
    for text in texts(copy_of(found).content):
        for hidden in ("Far Lane", "far lane", "WN7 1AA", "WN71AA", "Leigh", "leigh"):
            assert hidden not in text
        assert "14 Orchard Row" in text
        assert "14 orchard row WN12AB" in text
    for text in texts(copy_of(found, frozenset({piece.id})).content):
        assert "9 Far Lane, Leigh, WN7 1AA" in text
        assert "9 far lane WN71AA" in text
    assert [one.field for one in pieces_of(gathered())] == [], "they live there still"


def test_a_telephone_that_is_somebody_elses_too_is_left_out_wherever_it_stands():
    found = gathered(**words("phones.1", "+44 161 496 0799", shared=True))
    assert found.sent is not None
    homes = found.sent.assessments[1]
    with_phone = homes.model_copy(update={"person": homes.person | {"phones": ["0161 496 0799"]}})
    sent = Sent(assessments=(found.sent.assessments[0], with_phone), looks=())
    known = found.matched.model_copy(update={"matched_by": {"phones": ("01614960799", "0161111")}})
    found = Gathered(known, sent, found.kept, found.alerts)
    for text in texts(copy_of(found).content):
        assert "0799" not in text
        assert "0161111" in text
    for text in texts(copy_of(found, frozenset({f"{SCHOOL}/phones.1"})).content):
        assert "01614960799" in text
        assert "+44 161 496 0799" in text


def test_everybody_who_was_told_is_named_once():
    told = recipients(document(gathered(), ASKED, frozenset()))
    assert told == ["Wigan Primary School", "Wigan Homes", "Morag Ellis, Wigan North"]


def test_what_was_looked_at_has_a_fingerprint_of_its_own():
    found = gathered()
    other = gathered(**words("good_day", "Another day"))
    more = Gathered(
        Matched.model_validate(matched(undecided=[])), found.sent, found.kept, found.alerts
    )
    prints = {fingerprint(one, pieces_of(one)) for one in (found, other, more)}
    assert len(prints) == 3
    assert fingerprint(found, pieces_of(found)) == fingerprint(gathered(), pieces_of(gathered()))


@pytest.mark.parametrize("service", ["duplication", "agencies", "keyworkers", "alerts"])
def test_with_one_service_down_nothing_is_made(portal: Installation, service: str):
    officer = signed_in(portal.url, OFFICER)
    portal.behind.down.add(service)
    for step in ("look", "export"):
        form = {"person": KAREN, "identity": "authority", "request": "SAR-1", "seen": "0" * 64}
        answer = officer.post(f"/subject-access/{step}", form=form)
        assert answer.status_code == 502
        assert "No copy was made" in answer.text
        assert service in answer.text
        assert "Karen" not in answer.text
    assert portal.behind.copies == []


def test_what_cannot_be_put_on_record_does_not_leave(portal: Installation):
    portal.behind.refuses_copies = True
    answer = export(portal)
    assert answer.status_code == 409
    assert "Nothing left" in answer.text
    assert 'value="SAR-7"' in answer.text, "what was entered is there"
    assert 'value="two_letters" checked' in answer.text
    assert "application/zip" not in answer.headers["content-type"]


def test_nothing_personal_is_in_a_header_an_address_or_a_log(
    portal: Installation, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    officer = signed_in(portal.url, OFFICER)
    given = {"given_name": "Karen", "family_name": "Green", "date_of_birth": "1988-04-XX"}
    found = officer.post("/subject-access/find", form=given)
    answer = export(portal)
    assert answer.status_code == 200
    for said in (*map(str, found.headers.items()), *map(str, answer.headers.items())):
        for personal in ("Karen", "Green", "1988", KAREN):
            assert personal not in said
    for record in caplog.records:
        if not record.name.startswith(("httpcore", "asyncio", "hpack")):
            for personal in ("Karen", "Green", "1988-04", "SAR-7"):
                assert personal not in record.getMessage()
    paths = [path for _, path, actor, _ in portal.behind.calls if actor == OFFICER]
    assert all(KAREN not in path and "Karen" not in path for path in paths)
    purposes = {why for _, path, _, why in portal.behind.calls if "subject-access" in path}
    assert purposes == {"subject-access"}


@pytest.mark.parametrize("who", [KEY_WORKER, LEAD, DESK, REVIEWER, OPERATIONS])
def test_the_pages_are_a_privacy_officers_alone(portal: Installation, who: str):
    visitor = signed_in(portal.url, who)
    assert visitor.get("/subject-access").status_code == 403
    assert "/subject-access" not in visitor.get("/").text
    for step in ("find", "look", "export"):
        refused = visitor.post(
            f"/subject-access/{step}",
            form={"person": KAREN, "family_name": "Green", "given_name": "Karen"},
        )
        assert refused.status_code == 403
    assert portal.behind.requests == []
    assert portal.behind.copies == []


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"given_name": "Karen"}, "Give a family name with a first name"),
        ({"family_name": "Green"}, "Give a family name with a first name"),
        ({"family_name": "Green", "date_of_birth": "12/4/1988"}, "Date of birth: write the date"),
        ({"scheme": "nhs_number", "number": "9990000019"}, "The number: "),
        ({"scheme": "xx", "number": "1"}, "The number: "),
        ({"family_name": "Green", "given_name": "K", "postcode": "?"}, "Postcode: write it as"),
    ],
)
def test_what_cannot_be_looked_up_is_said_without_its_value(given: dict[str, str], fault: str):
    _, faults = wanted(given)
    assert faults
    assert next(iter(faults.values())).startswith(fault)
    for value in given.values():
        assert len(value) < 3 or value not in " ".join(faults.values())


def test_all_that_is_wrong_is_said_at_once_and_at_its_field():
    _, faults = wanted({"given_name": "Karen", "date_of_birth": "12/4/1988", "postcode": "?"})
    assert list(faults) == ["family_name", "date_of_birth", "postcode"]
    assert list(wanted({})[1]) == ["family_name"]


def test_a_person_is_looked_up_by_name_and_date_or_by_number():
    found, faults = wanted(
        {"given_name": " Karen ", "family_name": "Green", "date_of_birth": "1988", "scheme": "upn"}
    )
    assert (found, faults) == (
        {"given_name": "Karen", "family_name": "Green", "date_of_birth": "1988"},
        {},
    )
    found, faults = wanted({"scheme": "nhs_number", "number": "999 000 0018"})
    assert (found, faults) == (
        {"identifier": {"scheme": "nhs_number", "value": "999 000 0018"}},
        {},
    )


def test_no_copy_is_made_while_it_is_asked_whether_they_are_alleged_to_have_caused_harm(
    portal: Installation,
):
    portal.behind.asks_of_harm = True
    officer = signed_in(portal.url, OFFICER)
    page = officer.post("/subject-access/look", form={"person": KAREN}).text
    assert "No copy can be made before that" in page
    assert "Make the copy" not in page
    form = {"person": KAREN, "seen": "0" * 64, "identity": "authority", "request": "SAR-1"}
    refused = officer.post("/subject-access/export", form=form)
    assert refused.status_code == 422
    assert "Have a reviewer decide it first" in refused.text
    assert portal.behind.copies == []


def test_an_assessment_that_agencies_do_not_hold_makes_no_copy(portal: Installation):
    portal.behind.missing_records = True
    officer = signed_in(portal.url, OFFICER)
    answer = officer.post("/subject-access/look", form={"person": KAREN})
    assert answer.status_code == 502
    assert "would not be whole" in answer.text
    assert PIECES[0] not in answer.text
    assert n.GREEN not in answer.text
