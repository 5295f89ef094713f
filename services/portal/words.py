"""Kith's words: what closed lists and what people hold are called on a page. Pure.

The words follow the domain: people are never a case, a unit, a problem or a customer, and two
records are linked, never merged. A value that is new here is shown as it is written.
"""

from __future__ import annotations

import re

from contracts.vocabulary_changes import LinkCause

NEEDS = {
    "education": "Education",
    "early_years": "Early years",
    "mental_and_physical_health": "Mental and physical health",
    "substance_use": "Substance use",
    "family_relationships": "Family relationships",
    "safe_from_abuse_and_exploitation": "Safe from abuse and exploitation",
    "crime": "Crime",
    "domestic_abuse": "Domestic abuse",
    "secure_housing": "Secure housing",
    "financial_stability": "Financial stability",
}
SEVERITIES = {"immediate": "Immediate", "urgent": "Urgent", "routine": "Routine"}
HARMS = {
    "child_significant_harm": "a child may be suffering significant harm",
    "immediate_danger": "somebody may be in danger now",
    "adult_safeguarding": "an adult safeguarding enquiry",
}
RELATIONSHIPS = {
    "parent": "parent",
    "carer": "carer",
    "child": "child",
    "partner": "partner",
    "grandparent": "grandparent",
    "sibling": "brother or sister",
    "other_adult": "other adult",
    "lodger": "lodger",
    "unborn": "not yet born",
}
RESTRICTIONS = {
    "domestic_abuse": "domestic abuse",
    "witness_protection": "witness protection",
    "workers_own_family": "a worker’s own family",
    "refuge": "a refuge",
}
KNOWS_BECAUSE = {
    "key_worker": "its key worker",
    "cover": "stands in for its key worker",
    "named": "put on the list",
}
ACCESS_REASONS = {
    "joint_work": "works with it beside its key worker",
    "supervision": "supervises its key worker",
    "possible_match": "decides a possible match",
    "statutory_enquiry": "a statutory enquiry (s47, s42)",
    "immediate_danger": "somebody is in danger now",
    "separated": "might know of the household it was part of",
    "no_longer_needed": "no longer needed",
    "mistake": "should never have been on it",
}
LIFTING_REASONS = {
    "safe_now": "nobody is in danger by being found any more",
    "family_asked": "the family asked for it, knowing what it means",
    "protection_ended": "the protection, order or stay in a refuge has ended",
    "worker_left": "the worker whose family it is works here no more",
    "stated_in_error": "it should never have been stated",
}
LIFTING_ANSWERS = {
    "agreed": "agreed to",
    "declined": "declined",
    "withdrawn": "taken back",
}
INTENSITY_REASONS = {
    "safety": "they are seen often, because somebody may not be safe",
    "many_people": "there are many people in it, or in more than one home",
    "many_needs": "much has to be brought together with others",
    "far_away": "the way there takes long",
    "new": "they are getting to know each other",
    "settled": "it goes well: they are seen now and then",
    "as_others": "it takes as much as others again",
}
WEEKDAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
CHANNELS = {
    "email": "Email",
    "notify": "Email by GOV.UK Notify",
    "sms": "Text message",
    "webhook": "Webhook",
}
_ACRONYMS = {"nhs", "gp", "dwp", "upn", "send", "camhs", "mash"}


def label(value: str | None) -> str:
    """A slug or a field's name as words: ``family-help`` → ``Family help``."""
    parts = (value or "").replace("-", " ").replace("_", " ").replace(".", " ").split()
    words = " ".join(p.upper() if p in _ACRONYMS else p for p in parts)
    return words[:1].upper() + words[1:]


def stage_label(stage: str) -> str:
    """A stage of a journey, or what it came to."""
    return {
        "accepted": "Accepted",
        "under_review": "Under review",
        "matched": "Household found",
        "decided": "Decided",
        "assigned": "Referral opened",
        "routed": "Routed",
        "queued": "Waits for room",
        "front_door": "Front door notified",
        "alerted": "Key worker told",
        "front_door_alerted": "Front door told",
        "outcome": "Agency told",
        "acknowledged": "Key worker knows",
        "front_door_acknowledged": "Front door knows",
    }.get(stage) or label(stage)


OF_ANOTHER = {
    "assigned": "{} is now their key worker",
    "handover": "{} is asked to take them over",
    "changed": "{} is their key worker from now on",
    "linked": "Two households are one: {} is asked to hand over",
}
"""Headlines of alerts that speak to whom they were for, as whoever was told after them reads."""


def alert_headline(kind: str, first: str | None = None) -> str:
    """What an alert says, before who it is about. ``first``: who was told before the reader."""
    if first and kind in OF_ANOTHER:
        return sentence(OF_ANOTHER[kind].format(first))
    return {
        "assigned": "You are now their key worker",
        "routed": "Assessed again",
        "possible_match": "Possible match: please check",
        "queued": "Waits for a key worker",
        "front_door": "For the front door to decide",
        "offered": "Offered to your team",
        "handover": "You are asked to take them over",
        "changed": "They are yours from now on",
        "handed_over": "Handed over: please introduce them to their new key worker",
        "not_handed_over": "Not handed over: it stays as it is",
        "linked": "Two households are one: please hand over",
        "lifting": "It is asked that they be restricted no longer: your word is needed",
        "lifting_agreed": "You asked that they be restricted no longer: agreed",
        "lifting_declined": "You asked that they be restricted no longer: declined",
        "lifting_needless": "You asked that they be restricted no longer: they are not any more",
    }.get(kind, label(kind))


def reason_to_them(reason: str, name: str) -> str:
    """A reason of an assignment, said to whom it may be about: "you have" for their name."""
    rest = reason.removeprefix(f"{name} has ")
    return reason if rest == reason else f"you have {rest}"


def change_in_words(reason: str) -> str:
    """Why a household is handed over."""
    return {
        "requested": "their key worker asked for it",
        "leaving": "their key worker leaves",
        "long_absence": "their key worker is away for long",
        "linked": "two households are one",
        "conflict": "there is a conflict of interest",
    }.get(reason, label(reason).lower())


def sentence(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]


LINK_CAUSES = {
    LinkCause.REVIEW: "A reviewer said so",
    LinkCause.PRACTITIONER: "The key worker said: not this household",
    LinkCause.OFFICER: "Somebody looked and said so",
    LinkCause.EVIDENCE: "An assessment showed it",
    LinkCause.NEW_MODEL: "Decided again by another model",
    LinkCause.UNDONE: "What was said before was taken back",
}


def link_cause(cause: str | None) -> str:
    """Why households were linked or separated."""
    return next((words for each, words in LINK_CAUSES.items() if each.value == cause), "")


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 household``, ``1,204 households``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def load_of(households: float, most: int) -> str:
    """What somebody carries, and may: "9.5 of at most 16 households"."""
    return f"{households:g} of at most {count(most, 'household')}"


_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) ?(\d[a-z]{2})$", re.IGNORECASE)


def address_in_words(address: str | None) -> str:
    """An address, its postcode as the post writes it, however an agency did: ``SK5 3NT``."""
    return _POSTCODE.sub(lambda m: f"{m[1]} {m[2]}".upper(), address or "")


def load(households: float) -> str:
    """What somebody carries: "1 household", "9.5 households"."""
    return f"{households:g} household{'' if households == 1 else 's'}"
