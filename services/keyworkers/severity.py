"""How soon an alert must be acknowledged: follows from urgency and harm."""

from __future__ import annotations

from contracts.duplication import RoutingFacts
from contracts.vocabulary import Severity, Urgency
from services.keyworkers import never_suppress

ORDER: dict[Severity, int] = {Severity.IMMEDIATE: 0, Severity.URGENT: 1, Severity.ROUTINE: 2}
"""Most urgent first, as the waiting list has it."""

_BY_URGENCY = {
    Urgency.ROUTINE: Severity.ROUTINE,
    Urgency.URGENT: Severity.URGENT,
    Urgency.IMMEDIATE: Severity.IMMEDIATE,
}


def severity_of(facts: RoutingFacts) -> Severity:
    """Immediate for any harm, whatever urgency the agency wrote; else as urgent as it wrote."""
    return Severity.IMMEDIATE if never_suppress.applies(facts) else _BY_URGENCY[facts.urgency]


def graver(one: Severity, other: Severity) -> Severity:
    """The more urgent of two."""
    return min(one, other, key=ORDER.__getitem__)
