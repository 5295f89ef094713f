"""A batch of what duplication says, in the parts in which it is decided. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from contracts.duplication import HouseholdMatchedV1, MatchReviewedV1, ReviewRequestedV1
from contracts.erasure import AssessmentsErasedV1, ErasureRefusedV1
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1
from contracts.restrictions import HouseholdRestrictedV1
from contracts.topics import HOUSEHOLDS
from services.keyworkers.following import Following
from services.keyworkers.routing import Consumed
from services.kit.errors import Reject

if TYPE_CHECKING:
    from services.kit.consume import Received

Decided: TypeAlias = "dict[str, list[tuple[Received, Consumed]]]"
Run: TypeAlias = "Decided | tuple[Received, Following] | list[tuple[Received, AssessmentsErasedV1]]"


def runs(by_place: Mapping[str, Sequence[Received]]) -> list[Run]:
    """The batch in parts: matches and reviews of all places together, until a link, a separation
    or erasures, of which those that follow one another are one part.

    Those change what is in the store, so what comes after one in its place is read after it.
    """
    first: Decided = {}
    found: list[Run] = [first]
    for place_id, items in by_place.items():
        together = first  # what comes before the place's first link joins the other places'
        erased: list[tuple[Received, AssessmentsErasedV1]] | None = None
        for item in items:
            event = item.event
            match event:
                case HouseholdMatchedV1() | ReviewRequestedV1() | MatchReviewedV1():
                    together.setdefault(place_id, []).append((item, event))
                    erased = None
                case HouseholdsLinkedV1() | HouseholdsSeparatedV1():
                    together, erased = {}, None
                    found += [(item, event), together]
                case AssessmentsErasedV1():
                    if erased is None:
                        together, erased = {}, []
                        found += [erased, together]
                    erased.append((item, event))
                case HouseholdRestrictedV1() | ErasureRefusedV1():
                    pass  # noted before anything of the batch is decided
                case _:
                    raise Reject(f"{event.TYPE} does not belong on {HOUSEHOLDS.name}")
    return [run for run in found if run]
