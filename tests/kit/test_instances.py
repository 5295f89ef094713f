"""A process that has a name is the same member of its groups whenever it is started."""

from __future__ import annotations

from services.kit.app import Service
from tests.kit.probe import event, make_table, probe, seen
from tests.stack import Stack, eventually


def generation(service: Service) -> int:
    """How often the group has shared its partitions out anew, as this member of it knows."""
    (subscription,) = service._subscriptions.values()
    client = subscription._client
    assert client is not None
    number: int = client._coordinator.generation
    return number


async def test_whoever_is_started_again_under_its_name_has_its_share_at_once(stack: Stack) -> None:
    await make_table(stack)
    await stack.publish(event("a"))
    async with probe(stack, instance="one") as service:
        await eventually(lambda: seen(stack), lambda names: names == ["a"])
        before = generation(service)
    await stack.publish(event("b"))
    async with probe(stack, instance="one") as service:
        await eventually(lambda: seen(stack), lambda names: names == ["a", "b"])
        assert generation(service) == before


async def test_two_of_one_name_do_all_of_it_once_and_in_order(stack: Stack) -> None:
    await make_table(stack)
    numbers = [str(n) for n in range(60)]
    async with probe(stack, instance="one"):
        await stack.publish(*(event(n) for n in numbers[:20]))
        await eventually(lambda: seen(stack))
        async with probe(stack, instance="one"):
            await stack.publish(*(event(n) for n in numbers[20:40]))
            await eventually(lambda: seen(stack), lambda names: len(names) >= 40)
            await stack.publish(*(event(n) for n in numbers[40:]))
            await eventually(lambda: seen(stack), lambda names: len(names) >= 60)
    assert await seen(stack) == numbers
