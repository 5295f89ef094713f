"""What would follow from what somebody is about to say, in words: asked of the services that would
do it, and found by their own code. Nothing is changed by asking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.vocabulary import Verdict
from services.portal.answers_links import Follows, Given
from services.portal.sources import Caller, Part, settle
from services.portal.words import count

_UNCHANGED = "Key workers, referrals and alerts stay as they are."


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that may be given. ``household_id``: which household it says is the same;
    ``follows``: what would come of it, sentence by sentence."""

    verdict: Verdict
    household_id: str | None
    follows: Part[list[str]]


async def look_at_choices(
    caller: Caller, review_id: str, candidates: Sequence[str], names: dict[str, str], kind: str
) -> list[Choice]:
    """Every answer to a review with what would follow. ``candidates``: households it may be the
    same as; ``names``: what households are called."""
    asked = [
        *((Verdict.SAME, household) for household in candidates),
        (Verdict.DIFFERENT, None),
        (Verdict.CANNOT_TELL, None),
    ]
    found = await asyncio.gather(
        *(
            settle(_look(caller, review_id, verdict, household, names, kind), [])
            for verdict, household in asked
        )
    )
    return [
        Choice(verdict, household, follows)
        for (verdict, household), follows in zip(asked, found, strict=True)
    ]


async def _look(
    caller: Caller,
    review_id: str,
    verdict: Verdict,
    household: str | None,
    names: dict[str, str],
    kind: str,
) -> list[str]:
    body = {"verdict": verdict.value} | ({"household_id": household} if household else {})
    given = await caller.ask(
        Given, "duplication", f"/v1/reviews/{review_id}", body, {"preview": "true"}
    )
    return [
        *said_in_words(verdict, given, names, kind),
        *await what_follows(caller, given.place_id, given.says),
    ]


async def what_follows(
    caller: Caller, place_id: str | None, says: Sequence[dict[str, Any]]
) -> list[str]:
    """What key workers' service would do once it is told this, sentence by sentence."""
    found: tuple[Follows, ...] = ()
    if says and place_id:
        body = {"place_id": place_id, "says": list(says)}
        found = await caller.ask(tuple[Follows, ...], "keyworkers", "/v1/previews", body)
    return all_in_words(found)


def all_in_words(found: Sequence[Follows]) -> list[str]:
    """Consequences, sentence by sentence; none of them twice."""
    stays = {one.who for one in found if one.kind == "engagement.ended" and one.goes_on}
    told = [
        "Open alerts follow."
        if one.kind == "household.moved" and one.who in stays
        else follows_in_words(one)
        for one in found
    ]
    return list(dict.fromkeys(told)) or [_UNCHANGED]


def said_in_words(verdict: Verdict, given: Given, names: dict[str, str], kind: str) -> list[str]:
    """What changes in who is who."""
    if verdict is Verdict.SAME:
        kept = names.get(given.household_id, "The first household")
        told = [f"{kept} goes on; links and references to the other lead to it from now on."]
        if given.people_linked:
            people = count(given.people_linked, "person is", "people are")
            told.append(f"{people} said to be somebody known there.")
        return told
    two = "They stay two households" if kind == "link" else "It stays a household of its own"
    if verdict is Verdict.DIFFERENT:
        return [f"{two}, and Kith never puts them together again by itself."]
    return [f"{two}. The question is not asked again; it can still be linked by hand."]


def follows_in_words(one: Follows) -> str:
    """One consequence as a sentence."""
    who = one.who or "somebody"
    match one.kind:
        case "keyworker.assigned":
            return f"{who} becomes their key worker, and is told."
        case "assessment.routed":
            return f"The assessment goes to {who}, who is their key worker. No referral is opened."
        case "referral.opened":
            return "A new referral is opened."
        case "household.queued":
            return f"They wait for a key worker: nobody has room. {who} is told."
        case "household.offered":
            return f"They are offered to a team: {who} is told."
        case "frontdoor.notified":
            return f"{who} is told at once: harm is suspected."
        case "engagement.ended" if one.goes_on:
            former = one.former or "The other"
            return f"{who} stays their key worker. {former} no longer is, and hands over."
        case "engagement.ended":
            return f"{one.former or 'The key worker'} no longer is their key worker."
        case "referral.closed" if one.goes_on:
            return "One of two open referrals is closed; the other stays."
        case "referral.closed":
            return "An open referral is closed."
        case "household.moved" if one.who:
            return f"{who} stays their key worker; open alerts follow."
        case "household.moved":
            return "The open referral goes with them."
        case "routing.reversed":
            return "What was sent to a key worker because of it is taken back."
        case "keyworker.changed":
            return f"{who} becomes their key worker."
    return one.kind.replace(".", " ").capitalize() + "."
