"""What agencies recorded of one person: the whole of it, and nothing of the others in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.assessments import Submission
from services.agencies.handlers import on_events
from services.agencies.subject_access import own_entry, words_to_decide
from services.kit.consume import Received
from tests.services.agencies.place import Place, submission
from tests.services.alerts.test_places import in_force
from tests.stack import TOKEN, Stack

PATH = "/internal/subject-access"
NIAMH = {
    "reference": "N-77",
    "given_name": "Niamh",
    "family_name": "Byrne",
    "date_of_birth": "1986-02-11",
    "phones": ["0161 496 0111", "0161 496 0222"],
    "emails": ["niamh@example.org"],
    "relationship": "parent",
}
AOIFE = {
    "given_name": "Aoife",
    "family_name": "Byrne",
    "date_of_birth": "2015-04-XX",
    "phones": ["+44 161 496 0222", "0161 496 0333"],
    "identifiers": [{"scheme": "nhs_number", "value": "9990000018"}],
}


def wanted(*records: tuple[str, int]) -> dict[str, Any]:
    return {"records": [{"assessment_id": id_, "position": at} for id_, at in records]}


async def ask(place: Place, body: Any, who: str = "privacy-officer") -> httpx.Response:
    headers = {"authorization": f"Bearer {TOKEN}", "kith-actor": who}
    headers["kith-purpose"] = "subject-access"
    return await place.client.post(PATH, json=body, headers=headers)


async def names_officers(place: Place, stack: Stack) -> None:
    event = in_force(privacy_officers=("privacy-officer",))
    async with place.service.work() as work:
        await on_events(
            work.connection, [Received(stack.envelope(event), event, datetime.now(UTC))]
        )


async def test_their_own_entry_whole_and_nothing_of_the_others(place: Place, stack: Stack) -> None:
    await names_officers(place, stack)
    sent = submission(
        people=[AOIFE, NIAMH],
        strengths=["They eat together", "Aoife's reading is a joy"],
        good_day="A walk by the canal",
        significant_harm=["child_significant_harm"],
    )
    sent = (await place.post(sent)).json()["assessment_id"]
    answer = await ask(place, wanted((sent, 1)))
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["assessments"]
    assert one["person"]["date_of_birth"] == "1986-02-11"
    assert one["person"]["phones"] == ["0161 496 0111"]
    assert (one["others"], one["agency_name"]) == (1, "Wigan Primary School")
    assert (one["household"]["lawful_basis"], one["household"]["purpose"]) == (
        "children_act_2004_s10",
        "early_help",
    )
    assert one["agreement"]
    assert {words["piece"]: words["shared"] for words in one["words"]} == {
        "strengths.0": False,
        "strengths.1": True,
        "good_day": False,
        "phones.1": True,
    }
    without = answer.text.replace("Aoife's reading is a joy", "")
    for other in ("Aoife", "2015", "0333", "999000"):
        assert other not in without
    looks = await place.fetch("select actor, purpose, fields from disclosure")
    assert [(row["actor"], row["purpose"]) for row in looks] == [
        ("privacy-officer", "subject-access")
    ]
    again = (await ask(place, wanted((sent, 1)))).json()
    assert [(one["purpose"], one["looks"]) for one in again["looks"]] == [("subject-access", 1)]


async def test_nobody_but_a_privacy_officer_is_answered(place: Place, stack: Stack) -> None:
    sent = (await place.post(submission())).json()["assessment_id"]
    assert (await ask(place, wanted((sent, 1)))).status_code == 403
    await names_officers(place, stack)
    for who in ("reviewer", "operations", "wigan-north", "service"):
        answer = await ask(place, wanted((sent, 1)), who)
        assert answer.status_code == 403
        assert "Byrne" not in answer.text
    assert await place.count("disclosure") == 0
    assert (await place.client.post(PATH, json=wanted((sent, 1)))).status_code == 401


async def test_all_or_none(place: Place, stack: Stack) -> None:
    """An assessment that is not here, one that does not name the person, one that names them as
    alleged to have caused harm, one of which few may know: nothing at all is answered."""
    await names_officers(place, stack)
    sent = (await place.post(submission())).json()["assessment_id"]
    alleged = AOIFE | {"alleged_perpetrator": True}
    marked = submission("WPS-2", people=[NIAMH, alleged])
    marked = (await place.post(marked)).json()["assessment_id"]
    refuge = (await place.post(submission("WPS-3", restrictions=["refuge"]))).json()[
        "assessment_id"
    ]
    for other, status in (
        ((str(uuid4()), 0), 409),
        ((sent, 7), 409),
        ((marked, 1), 409),
        ((refuge, 1), 403),
    ):
        answer = await ask(place, wanted((sent, 1), other) if other[0] != sent else wanted(other))
        assert answer.status_code == status, answer.text
        assert "Byrne" not in answer.text


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ("They eat together", False),
        ("Niamh reads every evening", False),
        ("aoife sings", True),
        ("The Byrnes sing", False),
        ("Ring 0161 4960333 at work", True),
        ("Aoife-Rose is her pet name", True),
    ],
)
def test_words_that_name_somebody_else_of_the_assessment_are_marked(text: str, shared: bool):
    given = Submission.model_validate(submission(people=[AOIFE, NIAMH], strengths=[text]))
    found = {words.piece: words for words in words_to_decide(given, 1)}
    assert found["strengths.0"].shared is shared


def test_what_stands_on_somebody_elses_entry_too_is_no_part_of_the_persons_own():
    given = Submission.model_validate(
        submission(
            people=[AOIFE, NIAMH],
            address={"lines": ["c/o Aoife, 4 Mesnes Street"], "town": "Wigan"},
        )
    )
    assert own_entry(given, 1).phones == ("0161 496 0111",)
    assert own_entry(given, 0).phones == ("0161 496 0333",)
    assert "address_lines" in {words.piece for words in words_to_decide(given, 1)}
    assert "address_lines" not in {words.piece for words in words_to_decide(given, 0)}
