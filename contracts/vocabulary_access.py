"""Who may know of a household, why, and what is given to a person who asks: closed word lists.

A value may be added within v1; none may be removed.
"""

from __future__ import annotations

from enum import StrEnum


class KnowsBecause(StrEnum):
    """Why somebody is on the list of those who may know of a restricted household."""

    KEY_WORKER = "key_worker"
    """They are its key worker."""
    COVER = "cover"
    """They stand in for its key worker, who is away."""
    NAMED = "named"
    """A team lead, a privacy officer or, in an emergency, the front door put them on the list."""


class AccessReason(StrEnum):
    """Why somebody is put on that list, or taken off it. A closed list: no words about people."""

    JOINT_WORK = "joint_work"
    """They work with the household beside its key worker."""
    SUPERVISION = "supervision"
    """They supervise the key worker."""
    POSSIBLE_MATCH = "possible_match"
    """They decide whether it is a household already known."""
    STATUTORY_ENQUIRY = "statutory_enquiry"
    """Children Act 1989 s47, Care Act 2014 s42."""
    IMMEDIATE_DANGER = "immediate_danger"
    """Somebody is in danger now, and nobody on the list can be reached."""
    SEPARATED = "separated"
    """They might know of the household from which this one was separated."""
    NO_LONGER_NEEDED = "no_longer_needed"
    MISTAKE = "mistake"
    """They should never have been on it."""


class LiftingReason(StrEnum):
    """Why a household need be restricted no longer. A closed list: no words about people."""

    SAFE_NOW = "safe_now"
    """Nobody is in danger by being found any more."""
    FAMILY_ASKED = "family_asked"
    """The family asked for it, knowing what it means."""
    PROTECTION_ENDED = "protection_ended"
    """The protection, the stay in a refuge or the order that asked for it has ended."""
    WORKER_LEFT = "worker_left"
    """The worker whose family it is works here no more."""
    STATED_IN_ERROR = "stated_in_error"
    """It should never have been stated."""


class LiftingOutcome(StrEnum):
    """What became of the question whether a restriction be lifted."""

    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """By whoever asked; or there is no restriction any more."""


class IdentityCheck(StrEnum):
    """How it was checked that whoever asks for what is held about them is that person, or may ask
    for them. A closed list: no words about people, and no number of a document."""

    PHOTO_DOCUMENT = "photo_document"
    """A passport, driving licence or other document with a photograph was seen."""
    TWO_LETTERS = "two_letters"
    """Two official letters to them at the address that is held."""
    KNOWN_IN_PERSON = "known_in_person"
    """A practitioner who knows them said in person that it is they who ask."""
    PARENTAL_RESPONSIBILITY = "parental_responsibility"
    """For a child too young to ask: who asks has parental responsibility, and both were checked."""
    AUTHORITY = "authority"
    """For somebody else: their written authority, a power of attorney or a court's order."""


class LeftOutBecause(StrEnum):
    """Why something held about a person is not in the copy that they are given."""

    ALLEGED = "alleged"
    """They are named in it as alleged to have caused harm."""
    ALLEGED_ELSEWHERE = "alleged_elsewhere"
    """It is of a household in another assessment of which they are so named."""
