"""The topics and their events, as the page of them shows: read from the generated AsyncAPI."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

from contracts.topics import FOR_EVER


@dataclass(frozen=True, slots=True)
class Field:
    """``name`` is a path for fields of fields (``contact.name``, ``people[].sex``)."""

    name: str
    type: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class EventShown:
    """One event: what it means, its fields, and an example as it travels."""

    type: str
    about: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True, slots=True)
class TopicShown:
    """One topic. ``for_agencies``: an agency may write to it itself."""

    address: str
    about: str
    partitions: int
    kept: str
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    for_agencies: bool
    events: tuple[EventShown, ...]


@cache
def read_topics() -> tuple[TopicShown, ...]:
    """Every topic: those that agencies use first, then by name."""
    document = json.loads(asyncapi_document())
    messages = document["components"]["messages"]
    who: dict[tuple[str, str], list[str]] = {}
    for name, operation in document["operations"].items():
        channel = operation["channel"]["$ref"].rpartition("/")[2]
        actor = name.partition(f"_{operation['action']}s_")[0]
        who.setdefault((channel, operation["action"]), []).append(actor)
    topics = [
        TopicShown(
            address=channel["address"],
            about=channel["description"],
            partitions=channel["bindings"]["kafka"]["partitions"],
            kept=_days(channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"]),
            senders=tuple(who.get((name, "send"), ())),
            receivers=tuple(who.get((name, "receive"), ())),
            for_agencies=channel["address"] == "agencies.inbound.{agency}",
            events=tuple(
                _event(messages[message["$ref"].rpartition("/")[2]])
                for message in channel["messages"].values()
            ),
        )
        for name, channel in document["channels"].items()
    ]
    return tuple(sorted(topics, key=lambda topic: (not topic.for_agencies, topic.address)))


@cache
def asyncapi_document() -> str:
    """AsyncAPI 3, in one document: what it refers to is in it."""
    document = _read("generated/asyncapi.json")
    for message in document["components"]["messages"].values():
        name = message["payload"]["schema"]["$ref"].removeprefix("./")
        message["payload"]["schema"] = _read(f"generated/{name}")
    return json.dumps(document)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((resources.files("contracts") / name).read_text("utf-8"))
    return found


def _days(milliseconds: int) -> str:
    days = timedelta(milliseconds=milliseconds).days
    return f"{days} days" if days < FOR_EVER.days else "for ever"


def _event(message: dict[str, Any]) -> EventShown:
    name = message["name"]
    schema = _read(f"generated/{name}.json")
    example = _read(f"examples/{name}.json")
    return EventShown(
        type=name,
        about=_about(schema),
        fields=tuple(_fields(schema, schema.get("$defs", {}), "", ())),
        example=json.dumps(example, indent=2, ensure_ascii=False),
    )


_MEANING = re.compile(
    r"(?:``(\w+)`` and )?``(\w+)``: (.+?)(?=\s*``\w+``(?: and ``\w+``)?: |\Z)", re.DOTALL
)


def _plain(text: str) -> str:
    """Without the marks of source code."""
    return text.replace("``", "").replace("\n", " ")


def _about(schema: dict[str, Any]) -> str:
    """What an event or an object is, less what its text says of its fields one by one."""
    return _plain(_MEANING.sub("", schema.get("description", ""))).strip()


def _meanings(schema: dict[str, Any]) -> dict[str, str]:
    """What the text says of each field: "``name``: meaning" in turn."""
    return {
        name: _plain(meaning).strip(" .;")
        for *names, meaning in _MEANING.findall(schema.get("description", ""))
        for name in names
    }


def _fields(
    schema: dict[str, Any], defs: dict[str, Any], under: str, within: tuple[str, ...]
) -> Iterator[Field]:
    required, meanings = schema.get("required", ()), _meanings(schema)
    for name, given in schema.get("properties", {}).items():
        kind, inner, title = _kind(given, defs)
        path = f"{under}{name}"
        about = meanings.get(name) or _about(given) or _about(inner or {})
        yield Field(path, kind, name in required, about)
        if inner is not None and inner.get("properties") and title not in within:
            many = "[]" if kind.startswith("list") else ""
            yield from _fields(inner, defs, f"{path}{many}.", (*within, title))


def _kind(given: dict[str, Any], defs: dict[str, Any]) -> tuple[str, dict[str, Any] | None, str]:
    """A field's type in words, and the definition it names, with that one's title."""
    if "$ref" in given:
        title = given["$ref"].rpartition("/")[2]
        found = defs[title]
        if "enum" in found:
            return "one of " + ", ".join(map(str, found["enum"])), found, title
        return "object" if found.get("type") == "object" else _kind(found, defs)[0], found, title
    for either in ("anyOf", "oneOf", "allOf"):
        if either in given:
            options = [_kind(each, defs) for each in given[either]]
            named = [option for option in options if option[0] != "null"]
            words = " or ".join(dict.fromkeys(option[0] for option in named))
            inner = next((option for option in named if option[1] is not None), ("", None, ""))
            return words, inner[1], inner[2]
    if given.get("type") == "array":
        kind, inner_def, title = _kind(given.get("items", {}), defs)
        return f"list of {kind}", inner_def, title
    if "const" in given:
        return f"“{given['const']}”", None, ""
    words = given.get("format") or given.get("type") or "anything"
    limits = [
        f"{label} {given[key]}"
        for key, label in (
            ("minLength", "at least"),
            ("maxLength", "at most"),
            ("minimum", "from"),
            ("maximum", "to"),
        )
        if key in given
    ]
    return " ".join([str(words), *limits]), None, ""
