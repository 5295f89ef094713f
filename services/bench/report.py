"""The bench's figures, for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from services.bench.trial import Quantiles, Stretch, Trial

_SERVERS = ("postgres", "kafka")


def as_json(floor: Trial, kith: Trial) -> dict[str, Any]:
    """Everything, with the ratio that matters."""
    return {
        "ratio_to_floor": round(ratio(floor, kith), 3),
        "cpu_ratio_to_floor": round(cpu_ratio(floor, kith), 3),
        "services_peak_mib": round(services_mib(kith), 1),
        "kith": asdict(kith),
        "floor": asdict(floor),
    }


def ratio(floor: Trial, kith: Trial) -> float:
    """Kith's rate through all hops, as a share of the floor's."""
    return kith.flat_out.per_second / floor.flat_out.per_second if floor.flat_out.per_second else 0


def cpu_ms(trial: Trial) -> float:
    """CPU milliseconds for each assessment, of all processes and servers, flat out."""
    spent = sum(cost.cpu_seconds for cost in trial.flat_out.costs.values())
    return 1000 * spent / max(1, trial.flat_out.sent)


def cpu_ratio(floor: Trial, kith: Trial) -> float:
    """The floor's CPU time as a share of Kith's: the ratio that other work on the machine,
    which comes and goes between the two trials, disturbs least."""
    return cpu_ms(floor) / cpu_ms(kith) if cpu_ms(kith) else 0


def services_mib(trial: Trial) -> float:
    """Peak memory of all service processes together, servers left out."""
    stretches = (trial.steady, trial.flat_out)
    names = {name for s in stretches for name in s.costs} - set(_SERVERS)
    return sum(max(s.costs[name].peak_mib for s in stretches) for name in names)


def as_text(floor: Trial, kith: Trial) -> str:
    """Tables of at most 100 columns."""
    return "\n".join((*_head(floor, kith), *_stages(floor, kith), *_costs(floor), *_costs(kith)))


def _head(floor: Trial, kith: Trial) -> Iterator[str]:
    yield "As fast as it goes, through all hops"
    for trial in (kith, floor):
        fast = trial.flat_out
        yield (
            f"  {trial.system:8}{fast.per_second:9.1f} assessments/s"
            f"   accepted at {fast.accepted_per_second:.1f}/s   {_left(fast)}"
        )
    yield (
        f"  ratio   {ratio(floor, kith):9.2f} of the floor's rate"
        f"; by CPU time {cpu_ratio(floor, kith):.2f}"
        f" ({cpu_ms(floor):.1f} ms and {cpu_ms(kith):.1f} ms for each assessment)"
    )
    yield ""
    yield f"At {kith.rate:.0f} a second, milliseconds"
    yield f"  {'':34}{'p50':>9}{'p95':>9}{'p99':>9}{'mean':>9}"
    for trial in (kith, floor):
        steady = trial.steady
        yield f"  {trial.system + ': acceptance to alert':34}{_row(steady.alert_ms)}"
        yield f"  {trial.system + ': HTTP answer':34}{_row(steady.answer_ms)}   {_left(steady)}"


def _stages(floor: Trial, kith: Trial) -> Iterator[str]:
    yield ""
    yield f"Where the time goes at {kith.rate:.0f} a second, milliseconds since the stage before"
    for trial in (kith, floor):
        for stage, took in trial.steady.stages_ms.items():
            yield f"  {trial.system + ': ' + stage:34}{_row(took)}"


def _costs(trial: Trial) -> Iterator[str]:
    yield ""
    yield (
        f"What {trial.system} costs{'':14}peak MiB   CPU s at {trial.rate:.0f}/s"
        "   CPU s flat out   CPU ms each"
    )
    steady, fast = trial.steady, trial.flat_out
    for name, cost in fast.costs.items():
        peak = max(cost.peak_mib, steady.costs[name].peak_mib)
        each = 1000 * cost.cpu_seconds / max(1, fast.sent)
        yield (
            f"  {name:26}{peak:10.1f}{steady.costs[name].cpu_seconds:15.2f}"
            f"{cost.cpu_seconds:17.2f}{each:14.2f}"
        )
    yield f"  {'services together':26}{services_mib(trial):10.1f}{'':32}{cpu_ms(trial):14.2f}"


def _row(took: Quantiles) -> str:
    return f"{took.p50:9.1f}{took.p95:9.1f}{took.p99:9.1f}{took.mean:9.1f}"


def _left(stretch: Stretch) -> str:
    words = []
    if stretch.unalerted:
        words.append(f"{stretch.unalerted} of {stretch.sent} wait for a person")
    if stretch.refused:
        words.append(f"{stretch.refused} refused: {stretch.first_refusal}")
    return "; ".join(words)
