"""Log lines, each with its journey: for people in the terminal, as JSON, and over OTLP.

Invariant: a stack trace loses the words of its exception, which may quote data.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, set_span_in_context

from services.kit.telemetry_spans import CURRENT, JOURNEY

_SEVERITY = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "journeyid": JOURNEY.get(),
            "message": record.getMessage(),
        }
        if hop := CURRENT.get():
            line["traceid"], line["spanid"] = f"{hop.trace_id:032x}", f"{hop.span_id:016x}"
        if record.exc_info:
            line["exception"] = without_values(self.formatException(record.exc_info))
        return json.dumps(line)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        journey = JOURNEY.get()
        where = "" if journey == "-" else f" [{journey}]"
        line = f"{record.levelname.lower():7} {record.getMessage()}{where}"
        if record.exc_info:
            line += "\n" + without_values(self.formatException(record.exc_info))
        return line


def without_values(trace_text: str) -> str:
    """A stack trace without its last lines: messages of foreign exceptions may quote data."""
    lines = trace_text.splitlines()
    last_frame = max((i for i, line in enumerate(lines) if line.startswith("  ")), default=-1)
    kind = lines[last_frame + 1].partition(":")[0] if last_frame + 1 < len(lines) else ""
    return "\n".join([*lines[: last_frame + 1], kind])


class OtlpHandler(logging.Handler):
    """Hands each line to ``emit``. OpenTelemetry's own lines are left out: they would go round."""

    def __init__(self, emit: Callable[[LogRecord], None]) -> None:
        super().__init__()
        self._emit = emit

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("opentelemetry", "urllib3", "requests")):
            return
        told = {"journeyid": JOURNEY.get(), "logger": record.name}
        if record.exc_info and record.exc_info[0]:
            told["exception.type"] = record.exc_info[0].__name__
            formatted = logging.Formatter().formatException(record.exc_info)
            told["exception.stacktrace"] = without_values(formatted)
        hop = CURRENT.get()
        context = Context()
        if hop is not None:
            context = set_span_in_context(NonRecordingSpan(hop.context()), context)
        self._emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                observed_timestamp=time.time_ns(),
                context=context,
                severity_text=record.levelname,
                severity_number=_SEVERITY.get(record.levelno, SeverityNumber.INFO),
                body=record.getMessage(),
                attributes=told,
            )
        )


def configure_logging(log_format: str, level: str) -> None:
    """Log lines to standard output, as text for people or JSON for machines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for noisier in ("aiokafka", "services.kit.kafka", "opentelemetry", "urllib3", "asyncpg"):
        # FastStream logs through the second; a dead collector is no matter of Kith's own lines;
        # asyncpg's pool gives a trace for each connection refused, which Kith says in a line.
        logging.getLogger(noisier).setLevel(logging.ERROR)
