"""Words of a copy for the person it is about: what closed lists say, as they would say it. Pure.

A value that is new here is told as it is written.
"""

from __future__ import annotations

from services.portal.answers_request import Retention
from services.portal.words import count, label

IDENTITIES = {
    "photo_document": "a passport, driving licence or other document with a photograph was seen",
    "two_letters": "two official letters to them at the address that is held were seen",
    "known_in_person": "a practitioner who knows them said in person that it is they who ask",
    "parental_responsibility": "for a child: who asks has parental responsibility, both checked",
    "authority": "for somebody else: their written authority, or a court’s, was seen",
}
LEFT_OUT = {
    "alleged": "They are named in it as alleged to have caused harm.",
    "alleged_elsewhere": "It is of a household in which another assessment names them as alleged "
    "to have caused harm.",
}
AGENCY_KINDS = {
    "childrens_services": "children’s services",
    "adult_services": "adult services",
    "police": "police",
    "nhs_trust": "an NHS trust",
    "gp": "a GP practice",
    "school": "a school",
    "housing": "a housing association",
    "probation": "probation",
    "dwp": "the Department for Work and Pensions",
    "fire": "a fire and rescue service",
    "voluntary": "a voluntary or community group",
}
LAWFUL_BASES = {
    "children_act_2004_s10": "working together for children’s well-being (Children Act 2004, "
    "section 10)",
    "children_act_2004_s11": "keeping children safe and well (Children Act 2004, section 11)",
    "children_act_1989_s17": "help for children in need (Children Act 1989, section 17)",
    "children_act_1989_s47": "looking into whether a child is safe (Children Act 1989, section 47)",
    "crime_and_disorder_act_1998_s115": "preventing crime and disorder (Crime and Disorder Act "
    "1998, section 115)",
    "care_act_2014_s6": "working together for adults who need care (Care Act 2014, section 6)",
    "care_act_2014_s7": "working together for one adult (Care Act 2014, section 7)",
    "care_act_2014_s42": "looking into whether an adult is safe (Care Act 2014, section 42)",
    "care_act_2014_s45": "keeping adults safe (Care Act 2014, section 45)",
    "consent": "your consent, as the agency recorded it",
}
OF_HARM = frozenset({"children_act_1989_s47", "care_act_2014_s42"})
"""Gateways that say by themselves that somebody may not be safe."""
A_DUTY = "a duty that the law gives public bodies to share what helps them work together"
FAMILY_OR_SAFETY = "help for a family, or keeping somebody safe"
PURPOSES = {
    "early_help": "early help for a family",
    "family_help": "help for a family",
    "safeguarding": "keeping somebody safe",
    "crime_prevention": "preventing crime",
    "homelessness_prevention": "preventing homelessness",
    "adult_care": "care for an adult",
}
CHANNELS = {
    "http": "sent by its computer system",
    "file": "sent as a file",
    "kafka": "sent by its computer system",
}
RELATIONSHIPS = {
    "parent": "parent",
    "carer": "carer",
    "child": "child",
    "partner": "partner",
    "grandparent": "grandparent",
    "sibling": "brother or sister",
    "other_adult": "another adult",
    "lodger": "lodger",
    "unborn": "not yet born",
}
SCHEMES = {
    "nhs_number": "NHS number",
    "upn": "unique pupil number",
    "uln": "unique learner number",
    "nino": "National Insurance number",
    "pnc_id": "Police National Computer number",
    "other": "number",
}
STATES = {
    "opened": "A referral was opened, and a key worker found.",
    "routed": "It went to the key worker you already had. No new referral was opened.",
    "queued": "A referral was opened, and waited for a key worker with room.",
    "under_review": "A person was asked whose it is.",
    "provisional": "A person was asked whose it is.",
    "accepted": "It was taken in.",
}
TOLD = {
    "under_review": "that a person was checking whose assessment it is",
    "queued": "that a referral was open and waited for a key worker",
    "opened": "that a referral was open, and who the key worker was",
    "routed": "that there was a key worker, and who it was",
}
ALERTS = {
    "assigned": "a household was newly theirs",
    "routed": "an agency had assessed you again",
    "possible_match": "an assessment might be about a household they knew, to be checked",
    "queued": "a household waited for a key worker",
    "front_door": "somebody might not be safe",
    "offered": "a household was offered to the team",
    "handover": "they were asked to take a household over",
    "handed_over": "a household had been handed over",
    "changed": "a household was theirs from then on",
    "not_handed_over": "a household was not handed over",
    "linked": "two households were found to be one",
}
RECIPIENTS = {
    "key_worker": "a key worker",
    "team_lead": "a team’s lead",
    "duty_desk": "a duty desk",
    "front_door": "a front door that keeps people safe",
    "privacy_officer": "a privacy officer",
}
CHANGES = {
    "link": "Two households were said to be one.",
    "separation": "Some assessments were said to be of another household.",
    "people_link": "Two records of people were said to be of one person.",
    "people_separation": "One record was said to be of two people.",
}
CAUSES = {
    "review": "a person who checks possible matches decided it",
    "practitioner": "a key worker said that an assessment was not of their household",
    "officer": "a person looked, and decided it",
    "evidence": "an assessment showed it",
    "new_model": "the weights had been worked out anew",
    "undone": "what was said before was taken back",
}
VERDICTS = {
    "same": "A person checked it and said that it is the same household.",
    "different": "A person checked it and said that it is another household.",
    "cannot_tell": "A person checked it and could not tell, so that it stayed apart.",
}
LOOKS = {
    "household-page": "a practitioner looked at the household’s page",
    "inbox": "a practitioner looked at their inbox",
    "acknowledge": "a practitioner answered an alert",
    "team-page": "somebody looked at their team’s page",
    "handing-over": "a key worker was handing over",
    "handover": "a key worker was asked to take over",
    "offer": "a household was offered to a team",
    "re-planning": "a caseload was planned anew",
    "review-queue": "somebody looked at the list of possible matches",
    "review": "somebody checked a possible match",
    "links": "somebody checked which records belong together",
    "decision": "somebody looked at why records were put together",
    "operations": "it was checked that nothing got stuck",
    "find-journey": "it was checked that nothing got stuck",
    "restricted": "somebody looked at who may know",
    "who-may-know": "somebody looked at who may know",
    "who-looked": "it was checked who had looked",
    "subject-access": "a privacy officer answered a request such as this",
}
FIELDS = {
    "given": "First names",
    "middle": "Middle names",
    "family": "Family names",
    "births": "Dates of birth (year, month, day; X where not known)",
    "sexes": "Sex",
    "identifiers": "Numbers of registers",
    "phones": "Telephone numbers",
    "emails": "Email addresses",
    "homes": "Addresses (number, street, postcode, property number)",
    "towns": "Towns",
}
PIECES = {
    "strengths": "A strength, as it was written down",
    "good_day": "What a good day looks like",
    "phones": "A telephone number that stands on somebody else’s entry too",
    "emails": "An email address that stands on somebody else’s entry too",
    "address_lines": "The address, whose words name somebody else of the assessment",
    "where": "The address of a household that they have left",
    "needs_of_safety": "Needs that say that somebody may not be safe",
    "needs_of_one": "Needs that may be somebody else’s alone",
    "skills": "What was asked of a key worker, and the service that was meant",
    "significant_harm": "That somebody may not be safe, and that the front door was told",
    "restrictions": "Why few may know of the household",
    "end_reason": "Why a key worker’s time with the household ended",
}


def kept_for(retention: Retention | None) -> str:
    """How long what is held is kept, as the place's policy says; where it names none, that."""
    if retention is None:
        return (
            "the place has not set a time, and until it does Kith deletes nothing by itself. Ask "
            "the place how long it means to keep it."
        )
    years = count(retention.years_after_last_contact, "year")
    youngest = retention.until_youngest_is
    least = f", and until everybody in the household is {youngest}" if youngest else ""
    return (
        f"for {years} after anything last happened with the household{least}. Then Kith deletes it "
        "by itself, unless it has to be kept for longer, as for an inquiry, a claim or a complaint."
    )


def told(words: dict[str, str], value: str | None) -> str:
    """The words of a value of a closed list."""
    return words.get(value or "") or label(value).lower()


def piece_words(piece: str) -> str:
    """What a piece is: ``strengths.1`` as ``strengths``."""
    return PIECES.get(piece.partition(".")[0]) or label(piece)
