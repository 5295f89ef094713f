"""Where things may be: SQL, transactions, settings, words. Structure that a reader can rely on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.topics import ALL_TOPICS

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "services").rglob("*.py"))
SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|select pg_|insert into\s|update\s+\w+\s+set\s|delete from\s|"
    r"with \w+ as \(|create (table|schema|role|index)|alter role|truncate\s)",
    re.IGNORECASE | re.DOTALL,
)
KIT_SQL = {
    "access.py",
    "db.py",
    "outbox.py",
    "consume.py",
    "parked.py",
    "deliveries.py",
    "given_up.py",
    "erased.py",
    "officers.py",
    "seals_kept.py",
}
SETTINGS = re.compile(r"services/(\w+)/(cli|send|settings)\.py$")
SERVICES = ("agencies", "duplication", "keyworkers", "alerts", "operations", "portal", "simulator")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def strings(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def may_hold_sql(path: Path) -> bool:
    if path.parent.name == "kit":
        return path.name in KIT_SQL
    return path.parent.name == "store" or "store" in path.stem.split("_")


# One test for all files says the same of each, and costs a run some seconds less.


def test_sql_is_only_in_stores() -> None:
    elsewhere = [path for path in SOURCES if not may_hold_sql(path)]
    assert len(elsewhere) > 100
    found = [
        f"{name(path)}:{line}"
        for path in elsewhere
        for line, text in strings(path)
        if SQL.match(text)
    ]
    assert found == [], "SQL outside a store"


def test_services_neither_open_transactions_nor_read_the_environment() -> None:
    transactions, environment = [], []
    for path in SOURCES:
        if path.relative_to(ROOT).parts[1] in {"kit", "local", "bench", "evaluation"}:
            continue
        text = path.read_text("utf-8")
        if ".transaction()" in text:
            transactions.append(name(path))
        if "os.environ" in text and not SETTINGS.search(str(path)):
            environment.append(name(path))
    assert transactions == [], "use service.work()"
    assert environment == [], "settings are read once, in settings.py"


def test_no_room_is_called_utils() -> None:
    vague = {"common", "utils", "util", "helpers", "helper", "manager", "misc"}
    assert [name(path) for path in SOURCES if path.stem in vague] == []


def test_every_module_says_what_it_owns() -> None:
    mute = [
        name(path)
        for path in (*SOURCES, *sorted((ROOT / "contracts").glob("*.py")))
        if (text := path.read_text("utf-8")).strip() or path.name != "__init__.py"
        if not ast.get_docstring(ast.parse(text))
    ]
    assert mute == []


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda t: t.name)
def test_registered_consumers_name_services_that_exist(topic) -> None:
    for service in (topic.producer, *topic.consumers):
        assert service in SERVICES
        assert (ROOT / "services" / service / "__init__.py").exists()


def test_personal_data_is_consumed_only_where_the_architecture_says() -> None:
    personal = [t for t in ALL_TOPICS if t.personal_data]
    assert [(t.name, set(t.consumers)) for t in personal] == [
        ("agencies.assessments", {"duplication", "operations"})
    ]


def test_migrations_are_numbered_without_gaps() -> None:
    for folder in (ROOT / "services").glob("*/migrations"):
        numbers = [int(f.name[:4]) for f in sorted(folder.glob("*.sql"))]
        assert numbers == list(range(1, len(numbers) + 1)), folder
