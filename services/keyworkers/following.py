"""Links and separations followed, and what new key workers are to know of it, in one transaction.

Rule 8, links: :mod:`services.keyworkers.linking`. Rule 7 and undoing a link:
:mod:`services.keyworkers.separating`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers import store_retention
from services.keyworkers.linking import link
from services.keyworkers.roster import Roster
from services.keyworkers.separating import separate
from services.keyworkers.situation import Emission
from services.keyworkers.telling import tell_of_what_is_known
from services.kit.db import Connection

if TYPE_CHECKING:
    from services.kit.consume import Received

Following: TypeAlias = "HouseholdsLinkedV1 | HouseholdsSeparatedV1"


async def follow(
    connection: Connection, roster: Roster, item: Received, event: Following
) -> list[Emission]:
    """Apply one link or separation to the store; the events that follow."""
    if isinstance(event, HouseholdsLinkedV1):
        emissions = await link(connection, roster, item, event)
        touched, cause, reason = [event.household_id], event.link_id, ReversalReason.LINKED
    else:
        emissions = await separate(connection, roster, item, event)
        touched = [event.household_id, event.separated_household_id]
        cause, reason = event.separation_id, ReversalReason.SEPARATED
    # Whoever looked at the notice saw another household: what is due now is on notice anew.
    await store_retention.end_notices(connection, touched)
    return emissions + await tell_of_what_is_known(connection, roster, touched, cause, reason)
