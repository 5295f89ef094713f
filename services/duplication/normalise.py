"""An agency's words for a person made comparable: placeholders taken out, forms made one.

Pure and idempotent. Nothing is guessed: what cannot be read is absent.
"""

from __future__ import annotations

import re

from contracts.assessments import Address, Person, Submission
from contracts.identifiers import normalise_identifier
from contracts.vocabulary import IdentifierScheme, Sex
from services.duplication import addresses, births, names
from services.duplication.profile import Profile

_SEXES = {Sex.FEMALE: "f", Sex.MALE: "m"}
_PLACEHOLDER_EMAIL = re.compile(r"^(no-?one|none|nomail|noemail|unknown|test|na|n/a)@")


def _distinct(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def phone(text: str) -> str:
    """National digits of a telephone number; "" for a placeholder (one digit repeated)."""
    digits = re.sub(r"\D", "", text)
    digits = re.sub(r"^(0044|44)0?(?=[1-9]\d{8,9}$)", "0", digits)
    return "" if len(digits) < 6 or len(set(digits)) <= 2 or "1234567" in digits else digits


def email(text: str) -> str:
    """An address in lower case; "" for a placeholder."""
    lowered = text.strip().casefold()
    return "" if _PLACEHOLDER_EMAIL.match(lowered) else lowered


def identifier(scheme: IdentifierScheme, system: str | None, value: str) -> str:
    """``scheme:value``, for scheme ``other`` with its system; "" for one digit repeated."""
    cleaned = normalise_identifier(value).replace("/", "").replace(".", "")
    if len(cleaned) < 4 or len(set(cleaned)) <= 1:
        return ""
    kind = f"other.{names.fold(system or '').replace(' ', '')}" if scheme == "other" else scheme
    return f"{kind}:{cleaned}"


def person_profile(person: Person, address: Address | None) -> Profile:
    """One person of an assessment, with the household's address."""
    given = names.given(person.given_name)
    family = names.surname(person.family_name)
    middle = names.name(person.middle_names)
    home = addresses.home(address)
    return Profile(
        given=_distinct([given, *map(names.given, person.known_as)]),
        middle=_distinct(middle.split()),
        family=_distinct([family, *map(names.surname, person.previous_family_names)]),
        births=_distinct([births.written(person.date_of_birth or person.date_of_birth_as_written)]),
        sexes=_distinct([_SEXES.get(person.sex, "")]),
        identifiers=_distinct(
            [identifier(i.scheme, i.system, i.value) for i in person.identifiers]
        ),
        phones=_distinct([phone(number) for number in person.phones]),
        emails=_distinct([email(mail) for mail in person.emails]),
        homes=(home,) if home else (),
        towns=_distinct([names.name(address.town) if address else ""]),
    )


def submission_profiles(submission: Submission) -> tuple[Profile, ...]:
    """The people of an assessment, in its order."""
    return tuple(person_profile(person, submission.address) for person in submission.people)
