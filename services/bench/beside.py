"""Splink beside it: the same people known, the same records to be decided, in the same run.

Splink 5 on DuckDB, as its documentation links new records with known ones: comparisons from its
library, term frequencies, ``predict_between``. Trained beforehand by expectation-maximisation on
the records that arrive, which have people in common; training is not timed. It scores pairs; what
a pair means for a household, and writing it down, it leaves to others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.bench.trial import Quantiles, quantiles
from services.duplication.profile import Profile
from services.local.errors import CannotRun

_FIELDS = ("given", "family", "born", "postcode", "street", "phone", "email", "nhs_number")
_LEAST = 0.95
_ALONE = 30
_MISSING = "Splink is not installed: run 'make bench-splink', which installs it in .venv first."
Record = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Beside:
    """Splink's part. ``per_second``: records, that is people of assessments, in one batch of
    ``records``; ``single_ms``: one record against the index; ``pairs``: above its usual 0.95."""

    version: str
    records: int
    per_second: float
    single_ms: Quantiles
    pairs: int


def require() -> None:
    """Raises :class:`CannotRun` with what to do where Splink is not there."""
    try:
        import splink  # noqa: F401
    except ImportError:
        raise CannotRun(_MISSING) from None


def as_record(id_: str, profile: Profile) -> Record:
    """A person as a row: the newest value of each field."""
    home = profile.homes[-1] if profile.homes else None
    born = profile.births[-1] if profile.births else ""
    numbers = [i.partition(":")[2] for i in profile.identifiers if i.startswith("nhs_number:")]
    return {
        "unique_id": id_,
        "given": _last(profile.given),
        "family": _last(profile.family),
        "born": f"{born[:4]}-{born[4:6]}-{born[6:]}" if born.isdigit() else None,
        "postcode": (home.postcode if home else "") or None,
        "street": (home.street if home else "") or None,
        "phone": _last(profile.phones),
        "email": _last(profile.emails),
        "nhs_number": _last(numbers),
    }


def _last(values: Sequence[str]) -> str | None:
    return values[-1] if values else None


def measure_splink(known: Iterable[Record], arriving: Sequence[Record]) -> Beside:
    """One record at a time, then all of them at once, against everybody known."""
    require()
    logging.disable(logging.WARNING)
    try:
        return _measure(known, arriving)
    finally:
        logging.disable(logging.NOTSET)


def _measure(known: Iterable[Record], arriving: Sequence[Record]) -> Beside:
    import splink
    from splink import Linker

    trained = _train(arriving)
    api = splink.DuckDBAPI(_database())
    people = api.register(_table(known), table_name="known")
    linker = Linker(people, trained)
    for field in ("given", "family", "email"):
        linker.table_management.compute_tf_table(field)

    def decide(records: Sequence[Record]) -> int:
        new = api.register(_table(records))
        found = linker.inference.predict_between(
            people, new, threshold_match_probability=_LEAST, warning_mode="never"
        )
        count = len(found.as_record_list())
        found.drop_table_from_database_and_remove_from_cache()
        return count

    decide(arriving[:2])
    delays = []
    for record in arriving[2 : 2 + _ALONE]:
        began = time.perf_counter()
        decide([record])
        delays.append(1000 * (time.perf_counter() - began))
    began = time.perf_counter()
    pairs = decide(arriving)
    took = time.perf_counter() - began
    return Beside(splink.__version__, len(arriving), len(arriving) / took, quantiles(delays), pairs)


def _database() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")  # it would stand among the figures
    return connection


def _table(records: Iterable[Record]) -> Any:
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in ("unique_id", *_FIELDS)])
    return pa.Table.from_pylist(list(records), schema=schema)


def _train(records: Sequence[Record]) -> dict[str, Any]:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given").configure(term_frequency_adjustments=True),
            cl.NameComparison("family").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("born", input_is_string=True),
            cl.PostcodeComparison("postcode"),
            cl.LevenshteinAtThresholds("street", 2),
            cl.ExactMatch("phone"),
            cl.EmailComparison("email"),
            cl.ExactMatch("nhs_number"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("nhs_number"),
            block_on("given", "family"),
            block_on("born", "family"),
            block_on("born", "given"),
            block_on("postcode", "given"),
            block_on("postcode", "born"),
        ],
    )
    api = DuckDBAPI(_database())
    linker = Linker(api.register(_table(records)), settings)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("nhs_number"), block_on("given", "family", "born")], recall=0.8
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    training.estimate_parameters_using_expectation_maximisation(block_on("born"))
    training.estimate_parameters_using_expectation_maximisation(block_on("given", "family"))
    trained: dict[str, Any] = linker.misc.save_model_to_json()
    return trained
