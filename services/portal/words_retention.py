"""Words for how long records are kept, why, and what was erased. Pure."""

from __future__ import annotations

HOLD_REASONS = {
    "inquiry": "a public inquiry, a practice review or an inspection",
    "legal_claim": "a legal claim, made or to be expected",
    "complaint": "a complaint is being answered",
    "subject_request": "somebody has asked what is held about them",
    "still_needed": "help is expected to be needed again",
}
ASKED_REASONS = {
    "in_error": "it should never have been recorded, or is of somebody else",
    "unlawful": "there was no lawful basis to record it",
    "objection": "somebody objected, and nothing overrides that",
    "court_order": "a court or the Information Commissioner ordered it",
}
ERASURE_REASONS = ASKED_REASONS | {
    "retention": "it had been kept for as long as the policy says",
    "withdrawn": "the agency that had sent it took it back",
}
KEPT_BECAUSE = {
    "gone": "There is nothing of it under this reference, or it was linked into another household.",
    "worked_with": "Somebody works with it.",
    "waits": "It waits for a key worker.",
    "possible_match": "A possible match with it waits for a reviewer.",
    "lifting_asked": "Somebody has asked that it be restricted no longer, and has no answer yet.",
    "held": "It is held.",
    "ordered": "It has been ordered that it be erased. That takes a moment.",
    "too_young": "Somebody in it is younger than the policy says.",
    "no_policy": "The place has no policy: nothing is erased by itself.",
    "recent": "Something has happened with it since the policy’s time began.",
}
REFUSALS = {
    "seen_since": "it was assessed, linked or separated meanwhile",
    "asked_about": "a possible match with it waited for a reviewer",
    "too_young": "somebody in it is younger than the policy says",
}
CAME = {
    "waiting": "waits for an answer",
    "declined": "declined",
    "withdrawn": "taken back",
    "ordered": "ordered",
    "refused": "not erased",
    "erased": "erased",
}
ROWS = {
    "access_entry": "who may know",
    "acknowledgement": "that a key worker knew",
    "alert": "alerts",
    "assessment": "assessments",
    "assessment_route": "where assessments were routed",
    "assignment": "assignments",
    "assignment_reason": "why a key worker was chosen",
    "block_key": "keys by which people are found",
    "change": "links and separations",
    "decision": "why people were thought to be one",
    "delivery": "messages that waited",
    "engagement": "times with a key worker",
    "household": "households",
    "household_person": "who belonged to a household",
    "handover": "handovers",
    "inbox": "events that were heard",
    "idempotency_key": "answers kept for repeats",
    "journey": "journeys",
    "journey_event": "stages of journeys",
    "membership": "who lived where and when",
    "mention": "people as agencies wrote them",
    "outbox": "events kept for a lost broker",
    "outcome": "outcomes",
    "outcome_statement": "what agencies were told",
    "pending_review": "possible matches",
    "person": "people",
    "referral": "referrals",
    "review_case": "possible matches",
    "span": "traces",
}
"""What a service's table holds, in words; a table that is new is called as it is."""
