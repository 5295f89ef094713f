"""Each kind of break is caught, and additions are not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.compatibility import breaks
from contracts.generate import schema

OLD = schema("kith.duplication.household.matched.v1")


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    change(new)
    return new


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["properties"].pop("household_id"),
        lambda s: s["required"].append("added"),
        lambda s: s["required"].remove("household_id"),
        lambda s: s["$defs"]["Decision"]["enum"].remove("new"),
        lambda s: s["properties"]["assessment_id"].update(type="integer"),
        lambda s: s["$defs"]["RoutingFacts"]["properties"]["agency_id"].update(pattern="^x$"),
        lambda s: s["$defs"]["RoutingFacts"]["properties"].pop("area"),
    ],
)
def test_break_is_caught(change: Callable[[dict[str, Any]], object]) -> None:
    assert breaks(OLD, changed(change)) != []


@pytest.mark.parametrize(
    "change",
    [
        lambda s: None,
        lambda s: s["properties"].update(added={"type": "string"}),
        lambda s: s["$defs"]["Decision"]["enum"].append("later"),
        lambda s: s.update(description="other words"),
    ],
)
def test_addition_is_not_a_break(change: Callable[[dict[str, Any]], object]) -> None:
    assert breaks(OLD, changed(change)) == []
