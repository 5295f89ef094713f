"""Write JSON Schemas, the AsyncAPI 3 document and the examples; check drift and compatibility.

``python -m contracts.generate`` writes ``contracts/generated`` and ``contracts/examples``.
``--check`` writes nothing and fails when they differ from what the models say.
``--compatible-with REV`` fails when a schema breaks a reader or a writer of that revision.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from contracts.compatibility import breaks
from contracts.samples import SAMPLES
from contracts.topics import ALL_TOPICS, EVENT_TYPES, INBOUND_PREFIX, inbound_topic

HERE = Path(__file__).parent
SCHEMAS = HERE / "generated"
EXAMPLES = HERE / "examples"


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def schema(type_: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of one event type, with ``$id`` its CloudEvents type."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:kith:{type_}",
        **EVENT_TYPES[type_].model_json_schema(mode="validation"),
    }


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: a channel per topic, a message per event, who sends and who receives."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in (*ALL_TOPICS, inbound_topic("agency")):
        name = topic.name if topic in ALL_TOPICS else f"{INBOUND_PREFIX}{{agency}}"
        key = topic.name.replace(".", "_")
        channels[key] = {
            "address": name,
            "description": "Holds personal data." if topic.personal_data else "No personal data.",
            "messages": {
                event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}
                for event in topic.events
            },
            "bindings": {
                "kafka": {
                    "partitions": topic.partitions,
                    "topicConfiguration": {
                        "retention.ms": int(topic.retention.total_seconds() * 1000)
                    },
                }
            },
            **(
                {}
                if topic in ALL_TOPICS
                else {"parameters": {"agency": {"description": "The agency's id."}}}
            ),
        }
        reference = {"channel": {"$ref": f"#/channels/{key}"}}
        operations[f"{topic.producer}_sends_{key}"] = {"action": "send", **reference}
        for consumer in topic.consumers:
            operations[f"{consumer}_receives_{key}"] = {"action": "receive", **reference}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kith events",
            "version": "1",
            "description": "CloudEvents 1.0 over Kafka, binary mode; record key: the place's id.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                event.__name__: {
                    "name": type_,
                    "contentType": "application/json",
                    "summary": (event.__doc__ or "").splitlines()[0],
                    "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
                    "payload": {
                        "schemaFormat": "application/schema+json;version=draft-2020-12",
                        "schema": {"$ref": f"./{type_}.json"},
                    },
                }
                for type_, event in EVENT_TYPES.items()
            },
            "schemas": {"CloudEventHeaders": _HEADERS},
        },
    }


_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"],
    "properties": {
        "content-type": {"const": "application/json"},
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "An opaque id."},
        "ce_journeyid": {"type": "string", "format": "uuid"},
        "ce_placeid": {"type": "string"},
        "traceparent": {"type": "string", "description": "W3C trace context."},
    },
}


def wanted_files() -> dict[Path, str]:
    """Every generated file and its text."""
    files = {SCHEMAS / f"{type_}.json": _text(schema(type_)) for type_ in EVENT_TYPES}
    files[SCHEMAS / "asyncapi.json"] = _text(asyncapi())
    for sample in SAMPLES:
        value = json.loads(sample.model_dump_json(exclude_none=True))
        files[EXAMPLES / f"{sample.TYPE}.json"] = _text(value)
    return files


def drift() -> list[str]:
    """Which files do not say what the models say."""
    wanted = wanted_files()
    existing = {*SCHEMAS.glob("*.json"), *EXAMPLES.glob("*.json")}
    wrong = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    return sorted(str(path.relative_to(HERE.parent)) for path in {*wrong, *(existing - {*wanted})})


def incompatible_with(revision: str) -> list[str]:
    """What breaks readers or writers that follow the schemas checked in at ``revision``."""
    found: list[str] = []
    for type_ in EVENT_TYPES:
        shown = subprocess.run(
            ["git", "show", f"{revision}:contracts/generated/{type_}.json"],
            cwd=HERE.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if shown.returncode == 0:
            found += [f"{type_}: {b}" for b in breaks(json.loads(shown.stdout), schema(type_))]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail on drift; write nothing")
    parser.add_argument("--compatible-with", metavar="REV", help="fail on a break since REV")
    options = parser.parse_args()
    if options.compatible_with:
        found = incompatible_with(options.compatible_with)
        for line in found:
            print(line, file=sys.stderr)
        if found:
            print("Within v1 only additions are allowed: write a v2 class beside.", file=sys.stderr)
            return 1
    if options.check:
        wrong = drift()
        if wrong:
            print("Run 'python -m contracts.generate': out of date:", *wrong, file=sys.stderr)
            return 1
        return 0
    if not options.compatible_with:
        for path in {*SCHEMAS.glob("*.json"), *EXAMPLES.glob("*.json")}:
            path.unlink()
        for path, text in wanted_files().items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
