"""Kith's words for how people are told apart: fields, levels, guards, rules and weights. Pure."""

from __future__ import annotations

from services.portal.words import label

FIELDS = {
    "given": "First name",
    "family": "Family name",
    "middle": "Middle names",
    "birth": "Date of birth",
    "sex": "Sex",
    "home": "Address",
    "town": "Town",
    "identifier": "A register’s number",
    "phone": "Phone number",
    "email": "Email address",
    "twins": "May be twins",
    "generations": "May be parent and child",
    "given_name": "First name",
    "family_name": "Family name",
    "date_of_birth": "Date of birth",
    "identifiers": "A register’s number",
    "phones": "Phone number",
    "emails": "Email address",
    "postcode": "Postcode",
    "uprn": "UPRN",
    "corroboration": "How much agrees at once",
    "company": "Who they live with",
}
GUARDS = {
    "twins": "they may be twins",
    "generations": "they may be parent and child of one name",
    "kin": "another birthday at one home, and names that are alike at most",
    "strangers": "first name and date of birth differ, or no date is known where they live",
    "neighbours": "family name and date of birth differ, or no date is known a few doors away",
    "nameless": "there is no first name to compare, and no date of birth that is the same",
    "names_only": "nothing but names agrees",
    "namesakes": "a common name, another birthday and another house",
    "other_names": "no name agrees",
    "common_names_only": "nothing but common names agrees",
    "names_among_others": "nothing but names agrees, and those seen with them are others",
    "next_door": "one name next door, and born years apart",
    "one_of_three": "names and a date of birth are all there is, and one of them differs",
    "one_to_a_home": "hardly anybody shares a home in this place, so this is one person",
}
LEVELS = {
    "exact": "the same",
    "same": "the same",
    "same_register": "the same",
    "same_other": "the same, from another system",
    "nickname": "a short or pet form",
    "part": "one is part of the other",
    "slip": "one slip apart",
    "slips": "a few slips apart",
    "short": "one is a shorter form",
    "sound": "sounds alike",
    "initial": "the same initial",
    "similar": "a little alike",
    "swapped": "written the other way round",
    "as_given": "given as a first name",
    "typo": "one typing slip apart",
    "partial": "agrees as far as it is known",
    "two_parts": "two parts of three agree",
    "year_alone": "only the year is known of one, and it is the same",
    "near": "close",
    "year": "the same year",
    "number_slip": "one slip in the house number",
    "street": "the same street",
    "postcode": "the same postcode",
    "alike_elsewhere": "alike, in another area",
    "sector": "the same area",
    "district": "the same district",
    "close": "close",
    "differs": "different",
    "conflict_register": "different",
    "conflict_other": "different, from another system",
    "suspected": "suspected",
    "supported": "others agree too",
    "unsupported": "nobody else agrees",
    "one": "one thing",
    "two": "two things",
    "three": "three things",
    "more": "more than three",
}
RULES = {
    "person_at_same_address": "a known person at their address",
    "several_people": "several people of one household",
    "person_without_address": "a known person, no address given",
    "whole_household_moved": "a whole household, in another house",
    "child_seen_alone": "a child seen without the others",
    "only_adult_of_household": "the only adult of a household, in another house",
    "same_address_and_family_name": "the same family name at the same address",
    "same_street_address_and_family_name": "the same family name and street, but it is not"
    " known to be one house",
    "at_address_they_left": "a known person at an address they have left",
    "living_apart": "a known person who may live apart from the others now",
    "member_seen_elsewhere": "one of a household, in another house",
    "lone_person_elsewhere": "somebody who lives alone, in another house",
    "moved_out": "people who moved out of a known household",
    "nobody_known": "nobody who is known yet",
    "another_model": "another matching model",
    "hidden": "hidden",
}
"""By what a household was recognised: the matcher's rules."""


def field_label(name: str) -> str:
    """What a compared field is called."""
    return FIELDS.get(name) or label(name)


def level_label(level: str) -> str:
    """How two values compare."""
    return LEVELS.get(level) or label(level).lower()


def guard_label(guard: str) -> str:
    """What held a weight back."""
    return GUARDS.get(guard) or label(guard).lower()


def rule_label(rule: str) -> str:
    """By what a household was recognised."""
    return RULES.get(rule) or label(rule).lower()


def bits(weight: float) -> str:
    """A weight with its sign: ``+6.2``, ``−0.3``."""
    return f"{weight:+.1f}".replace("-", "−")


def evidence_in_words(bits: float) -> str:
    """How much a weight (log2 odds) says, for or against."""
    if abs(bits) < 0.5:
        return "says little either way"
    strength = "a little" if abs(bits) < 2 else "clearly" if abs(bits) < 6 else "strongly"
    return f"speaks {strength} {'for' if bits > 0 else 'against'} it"
