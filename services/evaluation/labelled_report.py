"""What a fit to labelled pairs gave, and what it is worth held out, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from services.evaluation.hold_out import FIGURES


def tables(report: dict[str, Any]) -> Iterator[Table]:
    """The weights, the files, and, where some were held out, their figures."""
    yield _weights(report)
    yield _files(report)
    if "hold_out" in report:
        yield _held_out(report["hold_out"])


def _weights(report: dict[str, Any]) -> Table:
    table = Table(
        title=f"{report['version']}, from {report['from']}: {report['pairs']} pairs,"
        f" {report['of_one_person']} of one person"
    )
    for heading in ("comparison", "level"):
        table.add_column(heading)
    for heading in ("pairs", "of one", "weight", "before", "frequency", "before"):
        table.add_column(heading, justify="right")
    for row in report["levels"]:
        if row["pairs"]:
            table.add_row(
                row["comparison"],
                row["level"],
                str(row["pairs"]),
                str(row["of_one_person"]),
                _bits(row["weight"]) if row["learnt"] else "as before",
                _bits(row["before"]),
                _share(row["frequency"]),
                _share(row["frequency_before"]),
            )
    return table


def _files(report: dict[str, Any]) -> Table:
    before, fitted = report["loss"]
    table = Table(title=f"Bits lost for each pair: {before:.4f} before, {fitted:.4f} fitted")
    table.add_column("file")
    for heading in ("pairs", "of one", "guarded", "lost before", "fitted"):
        table.add_column(heading, justify="right")
    for file in report["files"]:
        table.add_row(
            file["name"],
            str(file["pairs"]),
            str(file["of_one_person"]),
            str(file["guarded"]),
            *(f"{loss:.4f}" for loss in file["loss"]),
        )
    return table


def _held_out(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="Decided by a model that never saw the source / by the one fitted to all")
    table.add_column("file")
    table.add_column("level")
    for _, heading in FIGURES:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["name"],
            row["level"],
            *(
                f"{row['held_out'][key]:.4f} / {row['fitted_on_all'][key]:.4f}"
                for key, _ in FIGURES
            ),
        )
    return table


def _bits(weight: float | None) -> str:
    return "" if weight is None else f"{weight:+.2f}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"
