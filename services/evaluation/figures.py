"""How good a grouping is against the truth: of pairs, of records, and of each arrival. Pure.

Records come in the order in which they arrived. What was sent to review is counted as it was filed,
and once more as a reviewer who is always right would file it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Filed:
    """One record: the entity it is of in truth, the group it was put in, whether under review."""

    truth: str
    group: Hashable
    review: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares between 0 and 1, except the counts.

    ``false_merge_rate``: of groups of two or more records, those that mix entities;
    ``merged_records``: records in a group that is mostly somebody else's; ``split_rate``: of
    entities seen twice or more, those in several groups; ``false_link``: of records whose entity
    is new, those put with somebody; ``missed_dup``: of the others, those not put where most of
    their entity's earlier records are.
    """

    records: int
    true_entities: int
    predicted_entities: int
    pair_precision: float
    pair_recall: float
    pair_f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    false_merge_rate: float
    merged_records: float
    split_rate: float
    known_arrivals: int
    new_arrivals: int
    missed_dup: float
    false_link: float
    arrival_acc: float


def measure(
    filed: Sequence[Filed], asked: Sequence[tuple[Hashable, Hashable]] = ()
) -> dict[str, Any]:
    """``auto``: as filed. With reviews also ``review_rate`` and ``clerk``: as reviewed rightly.

    ``asked``: pairs of groups that a reviewer is asked to link; ``link_rate``: such questions to a
    record.
    """
    found: dict[str, Any] = {"auto": asdict(_figures(filed))}
    reviews = sum(one.review for one in filed)
    questions: dict[frozenset[Hashable], tuple[Hashable, Hashable]] = {}
    for pair in asked:
        questions.setdefault(frozenset(pair), pair)  # asked once, however many connect the two
    if reviews or questions:
        found["review_rate"] = reviews / len(filed)
        found["link_rate"] = len(questions) / len(filed)
        found["clerk"] = asdict(_figures(_linked(_reviewed(filed), [*questions.values()])))
    return found


def _linked(filed: Sequence[Filed], asked: Sequence[tuple[Hashable, Hashable]]) -> list[Filed]:
    """Two groups made one where a reviewer was asked and both are mostly of the same entity."""
    truths: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for record in filed:
        truths[record.group][record.truth] += 1
    into: dict[Hashable, Hashable] = {}

    def find(group: Hashable) -> Hashable:
        while group in into:
            group = into[group]
        return group

    for one_group, other_group in asked:
        kept, other = find(one_group), find(other_group)
        one, two = truths[kept].most_common(1), truths[other].most_common(1)
        if kept != other and one and two and one[0][0] == two[0][0]:
            truths[kept] += truths[other]
            into[other] = kept
    return [Filed(record.truth, find(record.group)) for record in filed]


def _reviewed(filed: Sequence[Filed]) -> list[Filed]:
    """Each record under review put where most of its entity's other records are, or by itself."""
    where: dict[str, Counter[Hashable]] = defaultdict(Counter)
    for one in filed:
        if not one.review:
            where[one.truth][one.group] += 1
    return [Filed(one.truth, _home(where, one.truth) if one.review else one.group) for one in filed]


def _home(where: dict[str, Counter[Hashable]], truth: str) -> Hashable:
    return where[truth].most_common(1)[0][0] if where[truth] else ("by itself", truth)


def _figures(filed: Sequence[Filed]) -> Figures:
    truths = Counter(one.truth for one in filed)
    groups = Counter(one.group for one in filed)
    both = Counter((one.truth, one.group) for one in filed)
    pairs = _pairs(both.values())
    precision = _share(pairs, _pairs(groups.values()), 1.0)
    recall = _share(pairs, _pairs(truths.values()), 1.0)
    count = max(1, len(filed))
    by_record = sum(n * n / groups[group] for (_, group), n in both.items()) / count
    by_entity = sum(n * n / truths[truth] for (truth, _), n in both.items()) / count
    in_group: dict[Hashable, list[int]] = defaultdict(list)
    in_truth: dict[str, list[int]] = defaultdict(list)
    for (truth, group), n in both.items():
        in_group[group].append(n)
        in_truth[truth].append(n)
    grouped = [parts for group, parts in in_group.items() if groups[group] > 1]
    repeated = [parts for truth, parts in in_truth.items() if truths[truth] > 1]
    known, new, missed, linked = _arrivals(filed)
    return Figures(
        records=len(filed),
        true_entities=len(truths),
        predicted_entities=len(groups),
        pair_precision=precision,
        pair_recall=recall,
        pair_f1=_harmonic(precision, recall),
        bcubed_precision=by_record,
        bcubed_recall=by_entity,
        bcubed_f1=_harmonic(by_record, by_entity),
        false_merge_rate=_share(sum(len(parts) > 1 for parts in grouped), len(grouped)),
        merged_records=sum(sum(parts) - max(parts) for parts in grouped) / count,
        split_rate=_share(sum(len(parts) > 1 for parts in repeated), len(repeated)),
        known_arrivals=known,
        new_arrivals=new,
        missed_dup=_share(missed, known),
        false_link=_share(linked, new),
        arrival_acc=(len(filed) - missed - linked) / count,
    )


def _arrivals(filed: Sequence[Filed]) -> tuple[int, int, int, int]:
    """Known and new arrivals, those of the known that were missed, of the new falsely linked."""
    known = new = missed = linked = 0
    where: dict[str, Counter[Hashable]] = defaultdict(Counter)
    held: set[Hashable] = set()
    for one in filed:
        before = where[one.truth]
        if before:
            known += 1
            missed += before[one.group] < max(before.values())
        else:
            new += 1
            linked += one.group in held
        before[one.group] += 1
        held.add(one.group)
    return known, new, missed, linked


def _pairs(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)


def _share(part: float, whole: float, nothing: float = 0.0) -> float:
    return part / whole if whole else nothing


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
