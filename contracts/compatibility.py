"""What a change of a schema breaks, within v1.

Old readers ignore what they do not know, so an addition is safe. Old events must still be readable
by new readers, so nothing may become required, narrower, or go away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]
_NARROWER: dict[str, Callable[[Any, Any], bool]] = {
    "maxLength": lambda old, new: new < old,
    "minLength": lambda old, new: new > old,
    "maxItems": lambda old, new: new < old,
    "minItems": lambda old, new: new > old,
    "maximum": lambda old, new: new < old,
    "minimum": lambda old, new: new > old,
    "pattern": lambda old, new: new != old,
}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Each break, as path and what happened; nothing when the change is safe both ways."""
    return list(dict.fromkeys(_breaks(old, new, old, new, "", frozenset())))


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _breaks(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str, seen: frozenset[str]
) -> list[str]:
    reference = old.get("$ref", "")
    if reference and reference in seen:
        return []
    seen |= {reference} if reference else frozenset()
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    where = path or "(event)"
    found: list[str] = []
    gone_words = {str(v) for v in old.get("enum", [])} - {str(v) for v in new.get("enum", [])}
    if "enum" in old and "enum" in new and gone_words:
        found.append(f"{where}: the words {sorted(gone_words)} are gone")
    if "type" in old and "type" in new and old["type"] != new["type"]:
        found.append(f"{where}: was {old['type']}, is {new['type']}")
    for rule, narrower in _NARROWER.items():
        if rule in new and (rule not in old or narrower(old[rule], new[rule])):
            found.append(f"{where}: {rule} is narrower")
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name in old_fields:
        if name not in new_fields:
            found.append(f"{path}.{name}: the field is gone")
        else:
            found += _breaks(
                old_fields[name], new_fields[name], old_root, new_root, f"{path}.{name}", seen
            )
    for name in set(new.get("required", [])) - set(old.get("required", [])):
        found.append(f"{path}.{name}: the field has become required")
    for name in set(old.get("required", [])) - set(new.get("required", [])):
        found.append(f"{path}.{name}: old readers require the field")
    if "items" in old and "items" in new:
        found += _breaks(old["items"], new["items"], old_root, new_root, f"{path}[]", seen)
    for left, right in zip(old.get("anyOf", []), new.get("anyOf", []), strict=False):
        found += _breaks(left, right, old_root, new_root, path, seen)
    if len(new.get("anyOf", [])) < len(old.get("anyOf", [])):
        found.append(f"{where}: an alternative is gone")
    return found
