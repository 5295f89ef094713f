"""A reviewer's answer to a proposed link of two households, put into effect.

"Same" links them, as anybody with the right to may, and can be taken back; "different" is never
asked again; "can't tell" leaves them two.
"""

from __future__ import annotations

from uuid import UUID

from contracts.vocabulary import Verdict
from contracts.vocabulary_changes import LinkCause
from services.duplication import linking
from services.duplication.linking import Said
from services.duplication.model import Model
from services.duplication.model_in_force import model_for
from services.duplication.saying import say
from services.duplication.store.reading import find_current
from services.duplication.store.reviewing import save_cannot_links
from services.kit.auth import Actor
from services.kit.db import Row
from services.kit.work import Work


async def answer(work: Work, model: Model, case: Row, verdict: Verdict, actor: Actor) -> UUID:
    """What the household of the case stands for afterwards. Under the place's lock."""
    asked = [case["household_id"], UUID(case["candidates"][0]["household_id"])]
    current = await find_current(work.connection, asked)
    kept, other = (current[one] for one in asked)
    if kept == other:
        return kept  # Somebody has linked them since, outside the queue.
    if verdict is Verdict.DIFFERENT:
        await save_cannot_links(
            work.connection, case["place_id"], case["id"], [(kept, other)], actor.id, work.now
        )
    if verdict is Verdict.SAME:
        await linking.refuse_alleged(work.connection, kept, other)
        change = await linking.prepare_link(work.connection, case["id"], kept, other, {})
        said = Said(LinkCause.REVIEW, actor.id, actor.purpose, work.now)
        own = await model_for(work.connection, case["place_id"], model)
        events = await linking.effect(work.connection, own, case["place_id"], change, said)
        say(work, events, case["place_id"], case["journey_id"], change.id)
    return kept
