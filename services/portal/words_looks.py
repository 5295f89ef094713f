"""Words for what was looked at, why and by whom."""

from __future__ import annotations

from collections.abc import Iterable

from services.portal.words import label, listed

LOOKED_AT = {
    "household": "the household (its name, or who is in it and where)",
    "assessments": "what agencies recorded (needs, strengths, urgency)",
    "decision": "why an assessment is thought to be of it",
    "review": "a possible match with it",
    "person": "one of its people, for a request of theirs",
    "export": "a copy of what is held about one of its people",
    "looks": "who looked",
    "own assessment": "what agencies recorded of one of its people, for a request of theirs",
    "assessment_id": "that an agency’s reference is of it",
    "access": "who may know of it",
    "access history": "who could know of it, and who changed that",
    "engagement": "who works with it",
    "restricted": "the list of restricted households, by reference",
    "lifting": "whether it need be restricted any longer",
    "retention": "how long its records are kept",
    "erasures": "that its records are to be erased, or were",
    "subject access": "what is held about one of its people, for a request of theirs",
}
WHY = {
    "household-page": "the household’s page",
    "inbox": "the inbox",
    "acknowledge": "answering an alert",
    "team-page": "the team’s page",
    "handing-over": "handing over",
    "handover": "a handover",
    "offer": "an offer to the team",
    "re-planning": "planning a caseload anew",
    "conflict-of-interest": "a conflict of interest",
    "review-queue": "the list of possible matches",
    "review": "checking a possible match",
    "links": "linking and separating",
    "decision": "why they are thought to be one",
    "operations": "following a journey",
    "find-journey": "finding a journey",
    "restricted": "the list of restricted households",
    "who-may-know": "who may know",
    "who-looked": "who looked",
    "subject-access": "a person’s request for what is held about them",
    "command line": "a command at the terminal",
    "quality": "how well matching does",
    "evaluation": "measuring matching",
}


def looked_at(whats: Iterable[str]) -> str:
    """What was looked at: what says most of a household first."""
    order = list(LOOKED_AT)
    known = sorted((one for one in whats if one in LOOKED_AT), key=order.index)
    others = [label(one).lower() for one in whats if one not in LOOKED_AT]
    return listed([*(LOOKED_AT[one] for one in known), *others])


def look_purpose(purpose: str) -> str:
    """Why, in the words of the page from which somebody looked."""
    return WHY.get(purpose) or label(purpose).lower()
