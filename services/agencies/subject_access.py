"""One person in an assessment as it was received, without the others who are in it. Pure.

Invariant: nothing of another person leaves but how many there were. Free words may name them, so
they are marked, for an officer to read before anybody is given them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.assessments import Person, Submission

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’\-][^\W\d_]+)*")
_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Words:
    """Something whose release an officer decides. ``piece``: the field, and which of it.
    ``shared``: it names somebody else of the assessment, or is somebody else's as well."""

    piece: str
    text: str
    shared: bool


def names_of(people: Iterable[Person]) -> frozenset[str]:
    """Every name of these people, word by word, whatever its case."""
    found: set[str] = set()
    for person in people:
        for text in (
            person.given_name,
            person.middle_names,
            person.family_name,
            *person.previous_family_names,
            *person.known_as,
        ):
            found.update(word.casefold() for word in _WORD.findall(text or ""))
    return frozenset(found)


def words_to_decide(submission: Submission, position: int) -> tuple[Words, ...]:
    """The free words of the assessment, and of the person's own entry what stands on somebody
    else's as well, such as a parent's telephone on a child's."""
    person = submission.people[position]
    others = [one for number, one in enumerate(submission.people) if number != position]
    strange = names_of(others) - names_of([person])
    numbers = {_number(phone) for one in others for phone in one.phones}
    mails = {mail.casefold() for one in others for mail in one.emails}

    def shared(text: str) -> bool:
        words = {word.casefold() for word in _WORD.findall(text)}
        parts = {part.casefold() for word in words for part in re.split(r"['’\-]", word)}
        digits = _DIGITS.sub("", text)
        return (
            not strange.isdisjoint(words | parts)
            or any(number in digits for number in numbers)
            or any(mail in text.casefold() for mail in mails)
        )

    found = [
        Words(f"strengths.{n}", text, shared(text)) for n, text in enumerate(submission.strengths)
    ]
    if submission.good_day:
        found.append(Words("good_day", submission.good_day, shared(submission.good_day)))
    found += [
        Words(f"phones.{n}", phone, shared=True)
        for n, phone in enumerate(person.phones)
        if _number(phone) in numbers
    ]
    found += [
        Words(f"emails.{n}", mail, shared=True)
        for n, mail in enumerate(person.emails)
        if mail.casefold() in mails
    ]
    if submission.address and shared(" ".join(submission.address.lines)):
        found.append(Words("address_lines", ", ".join(submission.address.lines), shared=True))
    return tuple(found)


def _number(phone: str) -> str:
    """A telephone number without what may stand before it: +44, 0044 or 0."""
    return _DIGITS.sub("", phone)[-10:]


def own_entry(submission: Submission, position: int) -> Person:
    """What the agency wrote of the person, but what an officer decides about."""
    person = submission.people[position]
    pieces = {words.piece for words in words_to_decide(submission, position)}
    return person.model_copy(
        update={
            field: tuple(
                value
                for number, value in enumerate(getattr(person, field))
                if f"{field}.{number}" not in pieces
            )
            for field in ("phones", "emails")
        }
    )
