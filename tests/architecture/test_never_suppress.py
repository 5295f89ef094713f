"""Never suppress stands in one place: nothing else decides by what harm is suspected."""

from __future__ import annotations

import ast
from pathlib import Path

SERVICE = Path("services/keyworkers")
THE_PLACE = SERVICE / "never_suppress.py"


def _reads_harm(path: Path) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "significant_harm")
        or (isinstance(node, ast.Constant) and node.value == "significant_harm")
        for node in ast.walk(tree)
    )


def test_rule_3_stands_in_one_place_in_the_code() -> None:
    assert [path for path in sorted(SERVICE.rglob("*.py")) if _reads_harm(path)] == [THE_PLACE]
