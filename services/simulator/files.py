"""Assessments and their truth, in files apart: NDJSON for what agencies send, CSV for the truth."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from contracts.assessments import Submission
from services.simulator.assessing import Assessed, TruthRow

TRUTH_COLUMNS = ("record_id", "assessment_id", "person_id", "household_id")


def to_json(submission: Submission) -> str:
    """The submission as an agency would write it: without what it has nothing to say of."""
    return submission.model_dump_json(exclude_none=True, exclude_defaults=True)


@contextmanager
def truth_writer(file: Path | None, *, append: bool = False) -> Iterator[TruthWriter]:
    """Writes truth rows to ``file`` (CSV with a heading); to nowhere without one."""
    with ExitStack() as stack:
        if file is None:
            yield TruthWriter(None)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        goes_on = append and file.exists() and file.stat().st_size > 0
        mode = "a" if goes_on else "w"
        handle = stack.enter_context(file.open(mode, newline="", encoding="utf-8"))
        yield TruthWriter(handle, heading=not goes_on)


class TruthWriter:
    """``write`` the truth of assessments, one row per submitted person."""

    def __init__(self, handle: IO[str] | None, *, heading: bool = False) -> None:
        self._writer = csv.writer(handle, lineterminator="\n") if handle else None
        if self._writer and heading:
            self._writer.writerow(TRUTH_COLUMNS)

    def write(self, rows: Iterable[TruthRow]) -> None:
        if self._writer:
            self._writer.writerows(
                (r.record_id, r.assessment_id, r.person_id, r.household_id) for r in rows
            )


def write_all(assessments: Iterable[Assessed], out: Path) -> Iterator[Assessed]:
    """Write each to ``out`` and hand it on.

    A name ending in ``.ndjson``: one file, each line ``{"agency_id", "submission"}``, in order.
    Any other name: a folder with ``<agency>.ndjson`` for each, as ``kith send`` takes them.
    """
    with ExitStack() as stack:
        if out.suffix == ".ndjson":
            out.parent.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(out.open("w", encoding="utf-8"))
            for made in assessments:
                head = json.dumps(made.agency_id)
                line = f'{{"agency_id":{head},"submission":{to_json(made.submission)}}}\n'
                handle.write(line)
                yield made
            return
        out.mkdir(parents=True, exist_ok=True)
        handles: dict[str, IO[str]] = {}
        for made in assessments:
            if made.agency_id not in handles:
                path = out / f"{made.agency_id}.ndjson"
                handles[made.agency_id] = stack.enter_context(path.open("w", encoding="utf-8"))
            handles[made.agency_id].write(to_json(made.submission) + "\n")
            yield made
