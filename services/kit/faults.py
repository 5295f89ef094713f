"""What is wrong with what was sent, in words for whoever sent it.

Pydantic's own sentences speak of tuples, patterns and validation, to somebody who sends JSON. What
it says of a kind that is not listed here is passed on. No sentence carries the value at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.assessments import AN_INSTANT

_Context = Mapping[str, Any]

_WORDS: dict[str, str | Callable[[_Context], str]] = {
    "missing": "must be given",
    "extra_forbidden": "is not a field of the contract",
    "json_invalid": lambda c: f"is not JSON in UTF-8: {c['error']}",
    **dict.fromkeys(
        ("model_type", "model_attributes_type", "dict_type", "dataclass_type"), "must be an object"
    ),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "must be a list"),
    "too_short": lambda c: f"must have at least {_size(c, 'min_length')}",
    "too_long": lambda c: f"may have at most {_size(c, 'max_length')}",
    "string_type": "must be text",
    "string_too_short": lambda c: f"must have at least {_characters(c['min_length'])}",
    "string_too_long": lambda c: f"may have at most {_characters(c['max_length'])}",
    "string_pattern_mismatch": lambda c: f"must match {c['pattern']}",
    **dict.fromkeys(("enum", "literal_error"), lambda c: f"must be {c['expected']}"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    "greater_than_equal": lambda c: f"must be at least {c['ge']}",
    "less_than_equal": lambda c: f"must be at most {c['le']}",
    **dict.fromkeys(
        (
            "timezone_aware",
            "datetime_type",
            "datetime_parsing",
            "datetime_from_date_parsing",
            "datetime_object_invalid",
        ),
        AN_INSTANT,
    ),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), "must be a UUID"),
}


def rule_of(fault: Mapping[str, Any]) -> str:
    """The rule that one of ``ValidationError.errors()`` breaks, to be read after its field."""
    words = _WORDS.get(fault["type"])
    if callable(words):
        return words(fault["ctx"])
    return words or str(fault["msg"]).removeprefix("Value error, ")


def _size(context: _Context, limit: str) -> str:
    """Texts that are checked by a function of Kith's own are called "Value"."""
    count = context[limit]
    if context["field_type"] == "Value":
        return _characters(count)
    return f"{count} entry" if count == 1 else f"{count} entries"


def _characters(count: int) -> str:
    return f"{count} character" if count == 1 else f"{count} characters"
