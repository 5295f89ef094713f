"""``docs/rules.md`` is true: every rule has a test named after it, and every test named exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROW = re.compile(
    r"^\| (Routing \d|Invariant \d|Assigning: [a-z ]+|Alerts: [a-z ]+|Audit: [a-z ]+"
    r"|Requests: [a-z ]+|Erasure: [a-z ]+) \|(.*)\|$",
    re.MULTILINE,
)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
ROWS = {
    rule: _TEST.findall(row) for rule, row in _ROW.findall((ROOT / "docs/rules.md").read_text())
}
NUMBERED = [
    *(f"Routing {number}" for number in range(1, 9)),
    *(f"Invariant {number}" for number in range(1, 7)),
]
ASSIGNING = {"who may", "who first", "continuity", "reasons", "by offer", "caseloads", "handover"}
ALERTS = {"deadlines", "late or away", "once", "outside"}
AUDIT = {"tampering", "who looked"}
REQUESTS = {"whole or none", "nobody else", "who answers", "alleged harm", "on record"}
ERASURE = {
    "nothing is left",
    "nothing comes back",
    "two people",
    "whole or none",
    "whose it was",
    "the log",
}


def _tests_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_every_rule_is_listed() -> None:
    named = {f"Assigning: {one}" for one in ASSIGNING} | {f"Alerts: {one}" for one in ALERTS}
    named |= {f"Audit: {one}" for one in AUDIT} | {f"Requests: {one}" for one in REQUESTS}
    named |= {f"Erasure: {one}" for one in ERASURE}
    assert {*NUMBERED, *named} <= ROWS.keys()


@pytest.mark.parametrize("rule", ROWS)
def test_every_rule_has_tests_and_they_exist(rule: str) -> None:
    assert ROWS[rule], "no test is named"
    for path, name in ROWS[rule]:
        assert (ROOT / path).is_file(), path
        assert name in _tests_in(path), f"{path} has no {name}"


@pytest.mark.parametrize("rule", NUMBERED)
def test_a_numbered_rule_has_a_test_named_after_it(rule: str) -> None:
    kind, number = rule.split()
    prefix = f"test_{'rule' if kind == 'Routing' else 'invariant'}_{number}_"
    assert any(name.startswith(prefix) for _, name in ROWS[rule])
