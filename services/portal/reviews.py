"""Possible matches: both sides beside each other, and the reviewer's word.

A restricted match is shown without people; it is for the people named for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from contracts.vocabulary import Verdict
from services.portal.access import Forbidden, Page
from services.portal.answers_matching import Compared, Review, ReviewDetail, Side
from services.portal.consequences import look_at_choices
from services.portal.forms import Incomplete, shown_again
from services.portal.lookups import RESTRICTED, household_name
from services.portal.portal import Portal, redirect
from services.portal.sources import settle

_REVIEWED = {
    Verdict.SAME: "same",
    Verdict.DIFFERENT: "different",
    Verdict.CANNOT_TELL: "cannot-tell",
}


@dataclass(frozen=True, slots=True)
class Someone:
    """A person on one side, as an agency or the household has them."""

    name: str
    born: str
    relationship: str
    known_as: str
    also_written: tuple[str, ...] = ()
    also_born: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One side, as shown."""

    household_id: str
    name: str
    address: str | None
    people: list[Someone]


def create_router(portal: Portal) -> APIRouter:
    """``/reviews``, one review, and its verdict."""
    router = APIRouter(include_in_schema=False)

    @router.get("/reviews")
    async def show_queue(
        request: Request, done: str = "", of: Annotated[UUID | None, Query()] = None
    ) -> Response:
        visitor = portal.admit(request, Page.REVIEWS)
        caller = portal.ask(visitor, "review-queue")
        reviews = await settle(
            caller.read(tuple[Review, ...], "duplication", "/v1/reviews", {"limit": 100}), ()
        )
        return portal.render(request, "reviews.html", reviews=reviews, done=done, of=of)

    @router.get("/reviews/{review_id}")
    async def show(request: Request, review_id: UUID) -> Response:
        visitor = portal.admit(request, Page.REVIEWS)
        caller = portal.ask(visitor, "review")
        review = await caller.read(ReviewDetail, "duplication", f"/v1/reviews/{review_id}")
        left = _side(review.left, None if review.kind == "link" else "What the agency sent")
        right = [_side(side) for side in review.right]
        may_answer = not review.verdict and review.taken_by in {None, visitor.id}
        choices = (
            await look_at_choices(
                caller,
                review.id,
                [side.household_id for side in right],
                {side.household_id: side.name for side in (left, *right)},
                review.kind,
            )
            if may_answer
            else []
        )
        return portal.render(
            request,
            "review.html",
            review=review,
            left=left,
            right=right,
            choices=choices,
            fields=strongest_fields(review.detail, review.why),
        )

    @router.post("/reviews/{review_id}/{change}")
    @shown_again(show, "take")
    async def take(request: Request, review_id: UUID, change: str) -> Response:
        visitor = await portal.admit_change(request, Page.REVIEWS)
        if change not in {"take", "give-back"}:
            raise Forbidden("A possible match is taken or given back, and nothing else.")
        path = f"/v1/reviews/{review_id}/{change}"
        await portal.ask(visitor, "review").change("duplication", path)
        return redirect(f"/reviews/{review_id}" if change == "take" else "/reviews?done=given-back")

    @router.post("/reviews/{review_id}")
    @shown_again(show, "verdict")
    async def give_verdict(request: Request, review_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.REVIEWS)
        form = await request.form()
        try:
            verdict = Verdict(str(form.get("verdict")))
            household = UUID(str(form["household_id"])) if form.get("household_id") else None
        except ValueError:
            raise Incomplete("Say whether it is the same household.") from None
        body = {"verdict": verdict.value}
        if household is not None and verdict is Verdict.SAME:
            body["household_id"] = str(household)
        await portal.ask(visitor, "review").change("duplication", f"/v1/reviews/{review_id}", body)
        return redirect(f"/reviews?done={_REVIEWED[verdict]}&of={review_id}")

    return router


def strongest_fields(detail: dict[str, Any], why: str | None = None) -> list[Compared]:
    """The strongest person link's fields, in bits; nothing where the detail has none, or where the
    question is of strangers at one home. Of a question ``why`` of which is that two people are one:
    of the links to those who became another."""
    if why == "one_home":
        return []
    links = [person.get("best") for person in detail.get("people", ())]
    if why == "one_person":
        became = {one["other_person_id"] for one in detail.get("same", ())}
        others = [person.get("runner_up") for person in detail.get("people", ())]
        links = [one for one in (*links, *others) if one and one.get("person_id") in became]
    found = [link for link in links if link and "weight" in link]
    if not found:
        return []
    best = max(found, key=lambda link: float(link["weight"]))
    return [
        Compared(
            field=share["comparison"],
            level=share.get("level", ""),
            weight=round(share["weight"] + share.get("adjustment", 0.0), 2),
        )
        for share in best.get("fields", ())
    ]


def _side(side: Side, name: str | None = None) -> Shown:
    label = f"The {side.label} household" if side.label else household_name(None)
    if side.hidden:
        label = RESTRICTED
    people = [_someone(person) for person in side.people]
    return Shown(side.household_id, name or label, side.address, people)


def _someone(person: dict[str, Any]) -> Someone:
    names = (person.get("given_name"), person.get("middle_names"), person.get("family_name"))
    born = person.get("born") or person.get("date_of_birth")
    return Someone(
        name=person.get("name") or " ".join(n for n in names if n) or "Name not known",
        born=str(born or person.get("date_of_birth_as_written") or ""),
        relationship=str(person.get("relationship") or ""),
        known_as=", ".join(person.get("known_as") or ()),
        also_written=tuple(person.get("also_written") or ()),
        also_born=tuple(person.get("also_born") or ()),
    )
