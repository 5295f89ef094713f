"""One person and one home as a hurried agency writes them down: right values in, records out."""

from __future__ import annotations

import random
from datetime import date

from contracts.assessments import Address, Identifier, Person
from contracts.vocabulary import IdentifierScheme, Relationship, Sex
from services.simulator import borough, misdating, misspelling
from services.simulator.places import Dwelling, Home
from services.simulator.practices import Errors, Practice


def write_person(
    rng: random.Random,
    person: borough.Person,
    practice: Practice,
    *,
    reference: str,
    relationship: Relationship,
    today: date,
    alleged_perpetrator: bool = False,
) -> Person:
    """``person`` as this agency records them, always with enough to say who."""
    errors = practice.errors
    given, middle, family = _names(rng, person, errors, today)
    born, as_written = _birth(rng, person.born, errors)
    former = person.previous_family_names
    short = misspelling.nickname(rng, person.given_name)
    return Person(
        reference=reference,
        given_name=given,
        middle_names=middle,
        family_name=family,
        previous_family_names=former if former and rng.random() < 0.15 else (),
        known_as=(short,) if short != person.given_name and rng.random() < 0.05 else (),
        date_of_birth=born,
        date_of_birth_as_written=as_written,
        sex=Sex.UNKNOWN if rng.random() < errors.sex_missing else person.sex,
        identifiers=_identifiers(rng, person, practice),
        phones=(person.phone,) if person.phone and rng.random() < practice.phone else (),
        emails=(person.email,) if person.email and rng.random() < practice.email else (),
        relationship=relationship if rng.random() < 0.9 else Relationship.UNKNOWN,
        alleged_perpetrator=alleged_perpetrator,
    )


def _names(
    rng: random.Random, person: borough.Person, errors: Errors, today: date
) -> tuple[str | None, str | None, str | None]:
    given, family = person.given_name, person.family_name
    if (today - person.born).days < 42 and rng.random() < 0.4:
        return rng.choice(("Baby", "Baby of", None)), None, family
    if person.previous_family_names and rng.random() < errors.former_name:
        family = person.previous_family_names[-1]
    if rng.random() < errors.nickname:
        given = misspelling.nickname(rng, given)
    if rng.random() < errors.misspelt_given:
        given = misspelling.misspell(rng, given)
    if rng.random() < errors.misspelt_family:
        family = misspelling.misspell(rng, family)
    middle = person.middle_names
    shown = middle if middle and rng.random() < errors.middle_given else ""
    if shown and rng.random() < 0.3:
        shown = shown[0]
    if rng.random() < errors.swapped_names:
        given, family = family, given
    if rng.random() < 0.05:
        given, family = given.upper(), family.upper()
    return given, shown or None, family


def _birth(rng: random.Random, born: date, errors: Errors) -> tuple[str | None, str | None]:
    """Date of birth, and what was written where that is no date."""
    kind = rng.random()
    for rate, write in (
        (errors.birth_missing, None),
        (errors.birth_partial, misdating.partial_date),
        (errors.birth_placeholder, misdating.placeholder_date),
    ):
        if kind < rate:
            return (write(rng, born) if write else None), None
        kind -= rate
    if kind < errors.birth_no_date:
        return None, misdating.as_old_systems_write(rng, born)
    if rng.random() < errors.birth_wrong:
        born = misdating.mistake_date(rng, born)
    return born.isoformat(), None


def _identifiers(
    rng: random.Random, person: borough.Person, practice: Practice
) -> tuple[Identifier, ...]:
    held = (
        (IdentifierScheme.NHS_NUMBER, person.nhs_number, practice.nhs_number),
        (IdentifierScheme.NINO, person.nino, practice.nino),
        (IdentifierScheme.UPN, person.upn, practice.upn),
        (IdentifierScheme.ULN, person.uln, practice.uln),
        (IdentifierScheme.PNC_ID, person.pnc_id, practice.pnc_id),
    )
    return tuple(
        Identifier(scheme=scheme, value=value)
        for scheme, value, share in held
        if value and rng.random() < share
    )


def write_address(rng: random.Random, home: Home, practice: Practice) -> Address | None:
    """``home`` as this agency records it; None for no fixed abode or where it was left out."""
    errors = practice.errors
    if home.dwelling is Dwelling.NONE or rng.random() < errors.address_missing:
        return None
    street = f"{home.number} {home.street}".strip()
    if rng.random() < errors.misspelt_family:
        street = misspelling.mistype(rng, street)
    elif rng.random() < 0.2:
        street = _abbreviate(street)
    if home.room and rng.random() < 0.1:
        lines: tuple[str, ...] = (f"{home.room}, {home.building}, {street}",)
    else:
        lines = tuple(line for line in (home.room, home.building, street) if line)
    postcode = home.postcode
    if rng.random() < errors.postcode_cut:
        postcode = misdating.truncate_postcode(postcode)
    elif rng.random() < errors.postcode_wrong:
        postcode = misdating.mistype_postcode(rng, postcode)
    elif rng.random() < 0.15:
        postcode = postcode.replace(" ", "").lower()
    uprn = home.uprn if rng.random() < practice.uprn else None
    return Address(lines=lines, town=home.town, postcode=postcode, uprn=uprn)


def _abbreviate(street: str) -> str:
    for word, short in (("Street", "St"), ("Road", "Rd"), ("Avenue", "Ave"), ("Close", "Cl")):
        street = street.replace(word, short)
    return street
