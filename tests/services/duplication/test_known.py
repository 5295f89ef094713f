"""What a page shows of a person: the best known of all that was written, nothing hidden."""

from __future__ import annotations

from typing import Any

import pytest

from services.duplication.known import Known, best_known, family_names


def named(*names: str | None) -> list[dict[str, Any]]:
    """Mentions by name; one word is a family name."""
    found = []
    for name in names:
        given, _, family = (name or "").rpartition(" ")
        parts = {"given_name": given, "family_name": family}
        found.append({key: value for key, value in parts.items() if value})
    return found


def born(*dates: str | None) -> list[dict[str, Any]]:
    return [{"date_of_birth": date} if date else {} for date in dates]


@pytest.mark.parametrize(
    ("written", "name", "also"),
    [
        ([], None, ()),
        ([None], None, ()),
        (["Danielle Ashworth"], "Danielle Ashworth", ()),
        (["Danielle Ashworth", "Daniele Ashwerth", "Danielle Ashworth"],
         "Danielle Ashworth", ("Daniele Ashwerth",)),
        (["Daniele Ashwerth", "Danielle Ashworth"], "Danielle Ashworth", ("Daniele Ashwerth",)),
        (["DANIELLE ASHWORTH", "Danielle Ashworth", "danielle ashworth"], "Danielle Ashworth", ()),
        (["DANIELLE ASHWORTH"], "DANIELLE ASHWORTH", ()),
        (["Danielle  Ashworth", "Danielle Ashworth"], "Danielle Ashworth", ()),
        (["Riley Ashworth", "Ashworth", "Ashworth"], "Riley Ashworth", ()),
        (["Riley Ashworth", "Pilling", "Pilling"], "Riley Ashworth", ("Pilling",)),
        (["Ann Shaw", "Ann Green", "Ann Green", "Ann Shaw", "Ann Green"],
         "Ann Green", ("Ann Shaw",)),
        (["Ashworth"], "Ashworth", ()),
    ],
)  # fmt: skip
def test_the_whole_name_given_most_often_is_shown_and_the_others_beside_it(
    written: list[str | None], name: str | None, also: tuple[str, ...]
) -> None:
    found = best_known(named(*written))
    assert (found.name, found.also_written) == (name, also)


def test_of_two_spellings_the_one_of_the_household_is_shown_however_late_the_other_came() -> None:
    danielle = named("Danielle Ashworth", "Daniele Ashwerth")
    names = family_names([*danielle, *named("Riley Ashworth", "Riley ASHWORTH")])
    assert best_known(danielle, names).name == "Danielle Ashworth"
    assert best_known([*danielle, *named("Daniele Ashwerth")], names).name == "Daniele Ashwerth"


@pytest.mark.parametrize(
    ("written", "date", "also"),
    [
        ([None], None, ()),
        (["2017-09-20", "2017"], "2017-09-20", ()),
        (["2017", "2017-09", "2017-09-XX"], "2017-09-XX", ()),
        (["2017-09-20", "2018"], "2017-09-20", ("2018",)),
        (["2017-09-20", "2017-09-21", "2017-09-20"], "2017-09-20", ("2017-09-21",)),
        (["2017-09-20", "2017-09-21"], "2017-09-21", ("2017-09-20",)),
        (["2017-01-01", "2017-09"], "2017-09", ()),
        (["2017-01-01"], "2017-01-01", ()),
        (["1900-01-01", "1988"], "1988", ()),
        (["1900-01-01"], "1900-01-01", ()),
        (["XXXX-09-20", "2017"], "XXXX-09-20", ()),
        (["XXXX-09-20", "2017-09"], "2017-09", ()),
    ],
)
def test_the_fullest_date_is_shown_and_those_that_disagree_beside_it(
    written: list[str | None], date: str | None, also: tuple[str, ...]
) -> None:
    found = best_known(born(*written))
    assert (found.born, found.also_born) == (date, also)


def test_the_relationship_said_last_is_shown() -> None:
    mentions = [{"relationship": "partner"}, {"relationship": "parent"}, {}]
    assert best_known(mentions) == Known(None, None, "parent")


def test_a_person_of_many_spellings_stays_short() -> None:
    found = best_known(named(*(f"Ann{n} Shaw" for n in range(20))))
    assert len(found.also_written) == 5
