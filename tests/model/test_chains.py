"""Long chains of links and undoings of one household, each step held to every rule."""

from __future__ import annotations

import pytest

from contracts.vocabulary import Urgency
from tests.model.households import Change
from tests.model.machine import Relationships
from tests.model.world import World
from tests.services.keyworkers.building import uid


class Story(Relationships):
    """Households by name; every step is one that the machine could have taken."""

    def comes(self, area: str = "WN7 3") -> str:
        """An assessment of a household that nobody has seen."""
        self.assess(
            len(self.households.alive), Urgency.ROUTINE, harm=False, area=area, sure="at once"
        )
        return self._checked(self.households.alive[-1])

    def again(self, name: str) -> int:
        """An assessment of a household that is known."""
        index = self.households.alive.index(name)
        self.assess(index, Urgency.ROUTINE, harm=False, area="WN7 3", sure="at once")
        self._checked(name)
        return self.number

    def link(self, kept: str, retired: str) -> Change:
        id_ = uid("change", self._next())
        linked = self.households.link(kept, retired, id_, self.world.clock.now)
        self.change(linked, [kept, retired])
        self._checked(kept)
        return self.households.changes[-1]

    def undo(self, change: Change) -> None:
        id_ = uid("change", self._next())
        concerned = [*map(self.households.now, (change.household, change.other)), change.other]
        self.change(self.households.undo(change, id_, self.world.clock.now), concerned)
        self._checked(change.other)

    def end(self, name: str) -> None:
        """A person ends the work with it."""
        (row,) = self.world.rows(
            "select engagement_id from keyworkers.engagement where household_id = $1"
            " and ended_at is null",
            uid("household", name),
        )
        path = f"/v1/engagements/{row['engagement_id']}/close"
        self.world.ask("keyworkers", "ann", path, {"reason": "Things are well"})
        self._checked(name)

    def told(self, number: int) -> str | None:
        """Whom the agency of an assessment is told to call."""
        (row,) = self.world.rows(
            "select lower(contact ->> 'name') as who from agencies.outcome"
            " where assessment_id = $1",
            uid("assessment", number),
        )
        who: str | None = row["who"]
        return who

    def works_with(self, name: str) -> str | None:
        rows = self.world.rows(
            "select key_worker_id from keyworkers.engagement where household_id = $1"
            " and ended_at is null",
            uid("household", name),
        )
        return rows[0]["key_worker_id"] if rows else None

    def first_of(self, name: str) -> int:
        return min(n for n, household in self.households.of.items() if household == name)

    def _checked(self, name: str) -> str:
        self.world.tick()
        self.the_relationship_is_kept()
        self.agencies_are_told_what_became_of_it()
        self.every_assessment_is_of_the_household_that_duplication_says()
        return name


@pytest.fixture
def story(world: World) -> Story:
    story: Story = type("Story", (Story,), {"world": world})()
    story.begin()
    for name in ("h2", "h3"):
        story.end(name)  # what the machine begins with: their key workers have room again
    return story


def test_what_a_second_link_cost_its_household_again_is_told_the_one_who_goes_on(
    story: Story,
) -> None:
    oldest, longer, shorter, other = [story.comes() for _ in range(4)]
    of_shorter = story.first_of(shorter)
    first = story.link(shorter, longer)  # the longer stays, under the other's id
    second = story.link(other, shorter)
    story.undo(second)
    story.undo(first)
    assert story.told(of_shorter) == story.works_with(shorter)
    story.link(oldest, shorter)
    assert story.works_with(oldest) not in {None, story.works_with(longer)}
    assert story.told(of_shorter) == story.works_with(oldest)


def test_what_a_link_ended_is_told_who_goes_on_under_whichever_id(story: Story) -> None:
    oldest, longer, shorter = [story.comes() for _ in range(3)]
    of_shorter = story.first_of(shorter)
    first = story.link(shorter, longer)
    story.link(oldest, shorter)
    assert story.told(of_shorter) == story.works_with(oldest)
    story.undo(first)
    assert story.told(of_shorter) == story.works_with(oldest)


def test_what_a_person_ended_while_linked_and_a_later_link_is_followed(story: Story) -> None:
    oldest, longer, shorter = [story.comes() for _ in range(3)]
    of_shorter = story.first_of(shorter)
    first = story.link(longer, shorter)
    story.end(longer)
    assert story.told(of_shorter) is None
    second = story.link(oldest, longer)
    assert story.told(of_shorter) == story.works_with(oldest)
    story.undo(second)
    assert story.told(of_shorter) is None
    story.undo(first)
    assert story.told(of_shorter) == story.works_with(shorter)
