"""Every form of the portal, as it is sent when it is right, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.services.portal import neighbourhood as n
from tests.services.portal.stand_in import StandIn
from tests.services.portal.stand_in_access import LIFTING, asked
from tests.services.portal.stand_in_deliveries import delivery, webhook
from tests.services.portal.stand_in_people import LEAVE, conflict, leave
from tests.services.portal.stand_in_requests import KAREN, PIECES
from tests.services.portal.stand_in_retention import ERASURE, HOLD, erasure, hold
from tests.services.portal.stand_in_team import DIGEST, HANDOVER, OFFER, handover, offer
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, OPERATIONS, REVIEWER

OFFICER = "privacy-officer"
Value = str | list[str]
MORAG, MEMBER = "/you", f"/team/members/{n.MORAG}"
TODAY = n.NOW.date().isoformat()
ALERT = n.alert("homes")["id"]
HOMES, SCHOOL = n.an_id("assessment homes"), n.an_id("assessment school")
KAREN_GREEN, TOMMY = n.an_id("Karen Green"), n.an_id("Tommy Green")
LINKS, PEOPLE = f"/links/{n.GREEN}", f"/links/{n.GREEN}/people"
CHANGE = n.an_id("a link")
KNOW, RETENTION = f"/who-may-know/{n.HIDDEN}", f"/retention/{n.HIDDEN}"
DELIVERY = delivery("one", "agencies")


@dataclass(frozen=True)
class Case:
    """``right``: what it sends when all is well, with what a page hides in it; ``wrong``: by field,
    a value of which it is told there, None for none at all; ``shown``: the form that is shown where
    this one is not, as where it only confirms what was entered in that; ``may_be_empty``: nothing
    need be entered; ``may_be_refused``: a service is asked to change something, or to look at it;
    ``before``: as the services are then."""

    who: str
    path: str
    right: dict[str, Value] = field(default_factory=dict)
    wrong: dict[str, Value | None] = field(default_factory=dict)
    shown: str = ""
    may_be_empty: bool = False
    may_be_refused: bool = True
    before: Callable[[StandIn], object] = lambda _: None

    def __str__(self) -> str:
        return f"{self.who.partition(':')[0]} {self.path}"


def _parked(state: StandIn) -> None:
    parked = {"id": 4, "consumer": "c", "topic": "t", "partition": 0, "record_offset": 7}
    state.parked.append(parked | {"reason": "no area", "parked_at": n.ago(minutes=1)})


def _linked(state: StandIn) -> None:
    change: dict[str, Any] = {"id": CHANGE, "kind": "link", "cause": "officer"}
    change |= {"household_id": n.GREEN}
    change |= {"other_household_id": n.SHAH, "decided_at": n.ago(days=1), "cannot_links": []}
    state.links.append(change | {"assessment_ids": [SCHOOL]})


_AWAY: dict[str, Value] = {"first": TODAY, "last": TODAY, "cover": n.JOSEPH}
_NO_DAYS: dict[str, Value | None] = {"first": "soon", "last": "2026-02-31"}
_LINK: dict[str, Value] = {"kind": "link", "other": n.SHAH}
_SEPARATION: dict[str, Value] = {
    "kind": "separation", "assessment": [SCHOOL], "same_people": "yes",
}  # fmt: skip
_ONE: dict[str, Value] = {"kind": "link", "person": [KAREN_GREEN, TOMMY]}
_TWO: dict[str, Value] = {"kind": "separation", "person": [TOMMY], "assessment": [HOMES]}
_BY_NAME: dict[str, Value] = {
    "given_name": "Karen", "family_name": "Green", "date_of_birth": "1988-04-XX",
    "postcode": "WN1 2AB", "scheme": "upn", "number": "", "agency": "", "reference": "",
}  # fmt: skip
_BY_REFERENCE: dict[str, Value] = _BY_NAME | {"agency": "wigan-homes", "reference": "WH-7"}

CASES = [
    Case("", "/sign-in", {"who": REVIEWER, "to": "/reviews"}, may_be_refused=False),
    *(
        Case(
            KEY_WORKER, f"/inbox/alerts/{ALERT}/acknowledge", {"answer": answer}, may_be_empty=True
        )
        for answer in ("acknowledged", "spoken_to_them", "not_this_household")
    ),
    Case(
        KEY_WORKER,
        "/inbox/acknowledge",
        {"alert": [ALERT]},
        shown=f"/inbox/alerts/{ALERT}/acknowledge",
    ),
    Case(
        KEY_WORKER,
        f"/inbox/alerts/{ALERT}/hand-over",
        {"hand_over_to": n.JOSEPH, "name": "", "locality": ""},
        {"hand_over_to": None},
    ),
    Case(
        KEY_WORKER,
        f"/households/{n.GREEN}/hand-over",
        {"hand_over_to": "sunita-rao", "name": "sunita", "locality": ""},
        {"hand_over_to": None},
    ),
    Case(
        KEY_WORKER,
        f"/households/{n.GREEN}/intensity",
        {"intensity": "2", "reason": "safety"},
        {"intensity": "400", "reason": ""},
    ),
    *(
        case
        for who, base in ((KEY_WORKER, MORAG), (LEAD, MEMBER))
        for case in (
            Case(who, f"{base}/leave/look", _AWAY, _NO_DAYS),
            Case(who, f"{base}/leave", _AWAY, _NO_DAYS, f"{base}/leave/look"),
            Case(who, f"{base}/leave/{LEAVE}/end", before=lambda s: s.leave.append(leave())),
            Case(
                who,
                f"{base}/conflicts/look",
                {"household": n.GREEN, "other": ""},
                {"other": "nobody"},
            ),
            Case(
                who,
                f"{base}/conflicts",
                {"household": n.GREEN},
                shown=f"{base}/conflicts/look",
            ),
        )
    ),
    Case(
        KEY_WORKER,
        f"{MORAG}/conflicts/{n.SHAH}/withdraw",
        before=lambda s: s.conflicts.append(conflict(n.SHAH)),
    ),
    Case(
        LEAD,
        f"{MEMBER}/conflicts/{n.SHAH}/withdraw",
        before=lambda s: s.conflicts.append(conflict(n.SHAH, n.TEAM)),
    ),
    Case(
        KEY_WORKER,
        "/you/messages",
        {"channel": ["sms"], "digest": "yes", "quiet_from": "12:00", "quiet_until": "13:00"},
        {"quiet_from": "noon", "quiet_until": ""},
        may_be_empty=True,
    ),
    Case(KEY_WORKER, "/you/messages/test"),
    *(
        Case(
            KEY_WORKER,
            f"/team/handovers/{HANDOVER}/{answer}",
            before=lambda s: s.handovers.append(handover()),
        )
        for answer in ("accept", "decline")
    ),
    Case(KEY_WORKER, f"/team/offers/{OFFER}/claim", before=lambda s: s.offers.append(offer())),
    Case(LEAD, f"{MEMBER}/plan", {"digest": DIGEST, "reason": "leaving"}, {"reason": "boredom"}),
    Case(LEAD, f"{LINKS}/look", _LINK, {"other": "the Shahs"}),
    Case(LEAD, f"{LINKS}/look", _SEPARATION, {"assessment": []}),
    Case(LEAD, LINKS, _LINK, {"other": ""}, f"{LINKS}/look"),
    Case(LEAD, LINKS, _SEPARATION, {"assessment": []}, f"{LINKS}/look"),
    Case(
        LEAD, f"{LINKS}/link/{CHANGE}/undo", {"confirmed": "yes"}, may_be_empty=True, before=_linked
    ),
    Case(REVIEWER, f"{PEOPLE}/look", _ONE, {"person": [TOMMY]}),
    Case(REVIEWER, f"{PEOPLE}/look", _TWO, {"assessment": []}),
    Case(REVIEWER, PEOPLE, _ONE, {"person": [TOMMY]}, f"{PEOPLE}/look"),
    Case(REVIEWER, PEOPLE, _TWO, {"assessment": []}, f"{PEOPLE}/look"),
    Case(REVIEWER, f"/reviews/{n.REVIEW}/take"),
    Case(REVIEWER, f"/reviews/{n.REVIEW}", {"verdict": "same", "household_id": n.GREEN}),
    *(
        Case(
            who,
            "/who-may-know/find",
            {"id": n.HIDDEN[-12:]},
            {"id": "0" * 12},
            may_be_refused=False,
        )
        for who in (DESK, OFFICER)
    ),
    Case(
        LEAD,
        KNOW,
        {"reader": n.JOSEPH, "reason": "joint_work", "for": "week"},
        {"reader": "", "reason": "curiosity", "for": None},
    ),
    Case(LEAD, f"{KNOW}/remove", {"reader": n.JOSEPH}),
    Case(DESK, f"{KNOW}/enter"),
    Case(
        LEAD,
        f"{KNOW}/restrict",
        before=lambda s: s.liftings.append(
            asked(answer="agreed", answered_by_name="Denise Hartley", answered_at=n.ago(hours=1))
        ),
    ),
    Case(KEY_WORKER, f"{KNOW}/liftings", {"reason": "protection_ended"}, {"reason": ""}),
    Case(
        LEAD,
        f"{KNOW}/liftings/{LIFTING}",
        {"answer": "agree"},
        before=lambda s: s.liftings.append(asked()),
    ),
    Case(OFFICER, "/who-looked/find", {"id": n.HIDDEN[-12:]}, {"id": "nonsense"}),
    Case(OFFICER, "/retention/find", {"id": n.HIDDEN[-12:]}, {"id": "nonsense"}),
    Case(
        OFFICER,
        f"{RETENTION}/holds",
        {"reason": "inquiry", "for": "year"},
        {"reason": "", "for": None},
    ),
    Case(OFFICER, f"{RETENTION}/holds/{HOLD}/end", before=lambda s: s.holds.append(hold())),
    Case(OFFICER, f"{RETENTION}/erasures", {"reason": "in_error"}, {"reason": "boredom"}),
    *(
        Case(
            who,
            f"/retention/erasures/{ERASURE}",
            {"answer": "agree", "sure": "yes"},
            {"sure": None},
            before=lambda s: s.erasures.append(erasure()),
        )
        for who in (OFFICER, LEAD)
    ),
    Case(
        OFFICER,
        "/subject-access/find",
        _BY_NAME,
        {"family_name": "", "date_of_birth": "12/4/1988", "postcode": "?"},
    ),
    Case(
        OFFICER,
        "/subject-access/find",
        _BY_REFERENCE,
        {"reference": "WH-8"},
        may_be_refused=False,
    ),
    Case(OFFICER, "/subject-access/look", {"person": KAREN}, shown="/subject-access/find"),
    Case(
        OFFICER,
        "/subject-access/export",
        {
            "person": KAREN,
            "identity": "two_letters",
            "request": "SAR-7",
            f"piece:{PIECES[0]}": "keep",
            f"piece:{PIECES[1]}": "keep",
            f"piece:{PIECES[2]}": "leave",
        },
        {"identity": None, "request": "Karen"},
        shown="/subject-access/find",
        may_be_refused=False,
    ),
    Case(
        OPERATIONS,
        "/operations/journeys",
        {"agency": "wigan-homes", "reference": "WH-7"},
        {"agency": "", "reference": "WH-8"},
    ),
    Case(OPERATIONS, "/operations/parked/keyworkers/4/retry", before=_parked),
    Case(
        OPERATIONS,
        "/operations/parked/keyworkers/4/discard",
        {"confirmed": "yes"},
        shown="/operations/parked/keyworkers/4/retry",
        may_be_empty=True,
        before=_parked,
    ),
    Case(
        OPERATIONS,
        "/operations/deliveries/agencies/retry",
        before=lambda s: s.deliveries.append(DELIVERY),
    ),
    Case(
        OPERATIONS,
        "/operations/deliveries/agencies/let-go",
        {"confirmed": "yes"},
        {"confirmed": None},
        before=lambda s: s.deliveries.append(DELIVERY),
    ),
    Case(
        OPERATIONS,
        f"/operations/deliveries/agencies/{DELIVERY['id']}/retry",
        before=lambda s: s.deliveries.append(DELIVERY),
    ),
    Case(
        OPERATIONS,
        "/operations/webhooks/wigan-homes/pause",
        before=lambda s: s.webhooks.append(webhook()),
    ),
]
"""At least one for every route."""
