"""Training on files whose truth is known, and what it is worth on files that were in no fit.

With ``hold_out`` each source is left out of a fit in turn, and its files are decided, as they
arrive, by the model that never saw them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.duplication.model import parse
from services.evaluation.files import Line, read_lines
from services.evaluation.labelled_pairs import Labelled, Source, labelled_pairs
from services.evaluation.labelled_training import Sample, sample, train_labelled
from services.evaluation.logistic import Floats
from services.evaluation.memory import decide_in_memory
from services.evaluation.scoring import Truth, predictions, read_truth, score
from services.evaluation.training import Trained

FIGURES = (
    ("pair_f1", "pair F1"),
    ("false_link", "false links"),
    ("false_merge_rate", "false merges"),
    ("review_rate", "review"),
)


STRENGTH = 10.0
"""Of the pull, by default: what many pairs show moves a weight by bits, what few show hardly."""


@dataclass(frozen=True, slots=True)
class Options:
    """``version``: of the model made; ``strength``: of the pull, towards the origin's weights or,
    ``afresh``, towards nothing; ``pairs``: of a file at most; ``workers``: processes."""

    version: str
    strength: float = STRENGTH
    pairs: int = 400_000
    afresh: bool = False
    hold_out: bool = False
    workers: int = 1


def sources(
    files: Sequence[Path],
    truths: Sequence[Path],
    names: Sequence[str] = (),
    withhold: frozenset[str] = frozenset(),
) -> list[Source]:
    """Each file with its truth and its source, by default a source of its own.

    Raises ``ValueError`` where there are not as many of one as of the other.
    """
    if len(truths) != len(files):
        raise ValueError(
            f"{len(files)} files and {len(truths)} truths: give one --truth for each file, in the"
            " order of the files."
        )
    if names and len(names) != len(files):
        raise ValueError(
            f"{len(files)} files and {len(names)} sources: give one --source for each file, in the"
            " order of the files, or none."
        )
    return [
        Source(file, truth, names[n] if names else str(file), withhold)
        for n, (file, truth) in enumerate(zip(files, truths, strict=True))
    ]


def train_on(
    origin: dict[str, Any],
    given: Sequence[Source],
    options: Options,
    also_without: frozenset[str] = frozenset(),
) -> Trained:
    """Fit ``origin`` to the files. ``also_without``: a file that has one of these fields is read
    twice, with and without; together they count as one file.

    Raises ``ValueError`` that names the file which is unfit, and says why.
    """
    if options.hold_out and len({one.source for one in given}) < 2:
        raise ValueError("To hold one out takes files of two sources at the least.")
    with _mapping(options.workers) as each:
        read = each(_collect, [(origin, one, options.pairs, also_without) for one in given])
        readings = [(source, labelled) for one in read for source, labelled in one]
        samples = [sample(labelled, 1 / len(one)) for one in read for _, labelled in one]
        made, weights = _fit(origin, samples, options)
        losses = made.report.pop("losses")
        made.report["files"] = [
            _described(*reading, loss) for reading, loss in zip(readings, losses, strict=True)
        ]
        made.model["origin"]["files"] = [source.name for source, _ in readings]
        if options.hold_out:
            found = [source for source, _ in readings]
            made.report["hold_out"] = _held_out(
                each, origin, found, samples, options, made, weights
            )
    return made


def _fit(
    origin: dict[str, Any],
    samples: Sequence[Sample],
    options: Options,
    start: Floats | None = None,
) -> tuple[Trained, Floats]:
    version, strength = options.version, options.strength
    return train_labelled(origin, samples, version, strength, start, afresh=options.afresh)


@contextmanager
def _mapping(workers: int) -> Iterator[Callable[..., Any]]:
    if workers == 1:
        yield lambda function, over: [function(one) for one in over]
    else:
        with ProcessPoolExecutor(workers) as pool:
            yield lambda function, over: list(pool.map(function, over))


def _read(source: Source) -> tuple[list[Line], Truth]:
    try:
        lines = list(read_lines(source.path, datetime.now(UTC), source.withheld))
    except (EOFError, UnicodeDecodeError):
        raise ValueError(f"{source.path} is no text file, or only part of one.") from None
    if not lines:
        raise ValueError(f"{source.path} has no assessments in it.")
    try:
        truth = read_truth(source.truth, lines)
    except (EOFError, UnicodeDecodeError, csv.Error):
        raise ValueError(f"{source.truth} is no CSV file, or only part of one.") from None
    if "person" not in truth:
        raise ValueError(f"{source.truth} does not say of every record whose it is (person_id).")
    return lines, truth


def _collect(
    task: tuple[dict[str, Any], Source, int, frozenset[str]],
) -> list[tuple[Source, Labelled]]:
    """The pairs of a file, and once more without the fields that it shall be read without too."""
    origin, source, most, without = task
    model = parse(origin)
    found = []
    lines, truth = _read(source)
    found.append((source, labelled_pairs(model, lines, truth, most)))
    if not found[0][1].same.any():
        raise ValueError(
            f"{source.path}: none of its pairs is of one person. Is {source.truth} its truth?"
        )
    if without - source.withheld:
        bare = replace(source, withheld=source.withheld | without)
        fewer, _ = _read(bare)
        if [line.submission for line in fewer] != [line.submission for line in lines]:
            found.append((bare, labelled_pairs(model, fewer, truth, most)))
    return found


def _described(source: Source, labelled: Labelled, loss: Sequence[float]) -> dict[str, Any]:
    return {
        "name": source.name,
        "source": Path(source.source).name,
        "sha256": source.digest(),
        "records": labelled.records,
        "compared": labelled.compared,
        "guarded": labelled.guarded,
        "guarded_of_one_person": labelled.guarded_same,
        "not_among_candidates": labelled.unreached,
        "every": labelled.step,
        "pairs": len(labelled),
        "of_one_person": int(labelled.same.sum()),
        "loss": list(loss),
    }


def _held_out(
    each: Callable[..., Any],
    origin: dict[str, Any],
    given: Sequence[Source],
    samples: Sequence[Sample],
    options: Options,
    made: Trained,
    weights: Floats,
) -> list[dict[str, Any]]:
    """The figures of every file by the model that never saw its source, and by the one made."""
    tasks: list[tuple[dict[str, Any], Source]] = []
    for out in dict.fromkeys(source.source for source in given):
        rest = [one for one, source in zip(samples, given, strict=True) if source.source != out]
        try:
            fitted, _ = _fit(origin, rest, options, weights)
        except ValueError as error:
            raise ValueError(f"Without {Path(out).name}: {error}") from None
        tasks += [(fitted.model, source) for source in given if source.source == out]
    seen = [(made.model, source) for _, source in tasks]
    figures = each(_decide, [*tasks, *seen])
    return [
        {"name": source.name, "source": Path(source.source).name, "level": level}
        | {"held_out": held[level], "fitted_on_all": fitted[level]}
        for (_, source), held, fitted in zip(
            tasks, figures[: len(tasks)], figures[len(tasks) :], strict=True
        )
        for level in held
    ]


def _decide(task: tuple[dict[str, Any], Source]) -> dict[str, dict[str, float]]:
    """A file decided as it arrives. Households where people are seen together in it."""
    data, source = task
    lines, truth = _read(source)
    answers = decide_in_memory(parse(data), lines, lambda _: None)
    levels = {"person": truth["person"]}
    if "household" in truth and any(len(line.record_ids) > 1 for line in lines):
        levels["household"] = truth["household"]
    found = score(predictions(lines, answers), levels)
    return {
        level: {
            key: round(float((states["final"]["auto"] | states["final"]).get(key, 0.0)), 5)
            for key, _ in FIGURES
        }
        for level, states in found.items()
    }
