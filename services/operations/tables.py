"""What operations answers, as tables for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

Drawing = Callable[[Any], RenderableType]


def span(milliseconds: float | None) -> str:
    """A length of time, in the unit that reads best."""
    if milliseconds is None:
        return "–"
    seconds = milliseconds / 1000
    for limit, divisor, unit in ((1, 0.001, "ms"), (120, 1, "s"), (7_200, 60, "min")):
        if abs(seconds) < limit:
            return f"{seconds / divisor:,.1f} {unit}"
    if abs(seconds) < 172_800:
        return f"{seconds / 3_600:,.1f} h"
    return f"{seconds / 86_400:,.1f} days"


def journeys(page: dict[str, Any]) -> RenderableType:
    """The last journeys begun."""
    if not page["journeys"]:
        return Text("There are no such journeys yet.")
    table = _table("Begun", "Assessment", "Agency", "State", "Decision", "Alerted after", "Outcome")
    for found in page["journeys"]:
        after = {stage["name"]: stage["after_ms"] for stage in found["stages"]}
        table.add_row(
            _time(found["started_at"]),
            found["id"],
            found["agency_id"] or "–",
            _words(found["state"]) + (" · front door" if found["front_door"] else ""),
            found["decision"] or "–",
            span(after.get("alerted")),
            _words(found["outcome"]),
        )
    return table


def _no_agency(found: dict[str, Any]) -> str:
    """Why no agency is said."""
    return "restricted" if found["hidden"] else "agency: shown once matched"


def journey(found: dict[str, Any]) -> RenderableType:
    """One journey: its stages, its events, what it avoided."""
    title = Text.assemble(("Assessment ", ""), (found["id"], "bold"))
    title.append(f"  {found['agency_id'] or _no_agency(found)} · {_words(found['state'])}")
    if found["outcome"]:
        title.append(f" · outcome: {_words(found['outcome'])}")
    stages = _table("Stage", "At", "After", "Took")
    for stage in found["stages"]:
        stages.add_row(
            _words(stage["name"]), _time(stage["at"]), span(stage["after_ms"]),
            span(stage["took_ms"]),
        )  # fmt: skip
    events = _table("Event", "After", "Where in Kafka")
    for event in found["events"]:
        where = f"{event['topic']}-{event['partition']}@{event['offset']}"
        events.add_row(event["type"].removeprefix("kith."), span(event["after_ms"]), where)
    avoided = [
        Text(
            f"Avoided a referral to {entry['would_have_referred_for'] or 'an unnamed service'}: "
            f"{entry['match_rule']}"
            + (f", {entry['match_weight']:.1f} bits" if entry["match_weight"] is not None else "")
            + (" (reversed)" if entry["reversed_at"] else "")
        )
        for entry in found["avoided"]
    ]
    return Group(title, stages, events, *avoided)


def stalls(found: list[dict[str, Any]]) -> RenderableType:
    """What has not reached a stage in time."""
    if not found:
        return Text("Nothing has stalled.")
    table = _table("Assessment", "Agency", "Waits for", "Since", "Late by")
    for stall in found:
        table.add_row(
            stall["id"], stall["agency_id"] or "–", stall["waits_for"], _time(stall["since"]),
            span(stall["late_seconds"] * 1000),
        )  # fmt: skip
    return table


def impact(found: dict[str, Any]) -> RenderableType:
    """What the place gains."""
    counts = Table(box=None, show_header=False, pad_edge=False)
    counts.add_column()
    counts.add_column(justify="right", style="bold")
    share = found["later_routed_share"]
    for label, value in (
        ("Assessments", f"{found['assessments']:,}"),
        ("Households", f"{found['households']:,}"),
        ("Referrals opened", f"{found['referrals_opened']:,}"),
        ("  of which re-referrals", f"{found['re_referrals']:,}"),
        ("Contacts routed to a key worker", f"{found['contacts_routed']:,}"),
        ("Referrals avoided", f"{found['referrals_avoided']:,}"),
        ("Second and later assessments routed", "–" if share is None else f"{share:.0%}"),
        ("Minutes to the alert, median", _number(found["median_minutes_to_alert"])),
        ("Minutes to acknowledgement, median", _number(found["median_minutes_to_acknowledgement"])),
        ("Waiting for a key worker with room", f"{found['waiting_for_room']:,}"),
        ("Under review", f"{found['under_review']:,}"),
        ("Sent to the front door", f"{found['front_door']:,}"),
    ):
        counts.add_row(label, value)
    avoided = _table("Avoided referral to", "Matched by", "Count")
    for row in found["avoided"]:
        avoided.add_row(
            row["would_have_referred_for"] or "–", row["match_rule"], f"{row['count']:,}"
        )
    spread = _table("Households with", "Assessments", "Agencies")
    by_assessments, by_agencies = (
        {int(n): count for n, count in found[key].items()}
        for key in ("households_by_assessments", "households_by_agencies")
    )
    for n in sorted(by_assessments.keys() | by_agencies.keys()):
        spread.add_row(str(n), str(by_assessments.get(n, 0)), str(by_agencies.get(n, 0)))
    return Group(counts, avoided, spread)


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        is_number = column in {"After", "Took", "Late by", "Count", "Alerted after"}
        justify: JustifyMethod = "right" if is_number else "left"
        # An id is for the next command: never broken, however narrow the terminal.
        is_id = column == "Assessment"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=is_id)
    return table


def _time(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%d %b %H:%M:%S")


def _words(word: str | None) -> str:
    return (word or "–").replace("_", " ")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"
