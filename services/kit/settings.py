"""What a service is told from outside: one frozen object, read once from ``KITH_`` variables."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings every service has. Each service adds its own in its ``settings.py``."""

    model_config = SettingsConfigDict(env_prefix="KITH_", frozen=True, secrets_dir=None)

    postgres: str
    """DSN of this service's own role, e.g. ``postgresql://kith_alerts@/kith?host=/run/pg``."""
    kafka: str = "127.0.0.1:9192"
    """Bootstrap servers, comma separated."""
    service_token: SecretStr
    """The secret with which Kith's services call each other's JSON APIs."""
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 0
    namespace: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]+\.)?$")] = ""
    """Prefix of topics and consumer groups, ending in a dot: several stacks on one broker."""
    local: bool = False
    """Local use on one machine: sign-in without passwords, short deadlines allowed."""
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    otlp_endpoint: str | None = None
    """A collector for traces, metrics and logs (OTLP over HTTP), e.g. ``http://127.0.0.1:4318``."""
    otlp_metrics_endpoint: str | None = None
    """Where metrics go instead, in full, e.g. ``http://127.0.0.1:9090/api/v1/otlp/v1/metrics``."""
    span_store: str | None = None
    """Without a collector: the URL of operations, which keeps spans for its own pages."""
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of journeys whose spans are sent; failures and slow hops are sent whatever it is,
    unless it is 0: then nothing is traced."""
    trace_slow_seconds: Annotated[float, Field(gt=0)] = 5.0
    """A hop that took longer is always sent."""
    trace_seconds: Annotated[float, Field(gt=0)] = 1.0
    """How often spans are sent."""
    metrics_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How often metrics are sent."""
    pool_size: Annotated[int, Field(ge=2, le=200)] = 8
    batch_records: Annotated[int, Field(ge=1, le=10_000)] = 300
    """Most records handled in one transaction."""
    park_ratio: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Share of recent records that may be parked before a consumer stops and goes unhealthy."""
    poll_deadline_seconds: float = 60.0
    """A consumer that has not polled for this long is not alive."""
    lag_limit: int = 50_000
    """Records behind, above which a consumer is not ready."""
    outbox_keep_days: Annotated[int, Field(ge=1)] = 7
    """How long sent events stay, to refill a lost broker (``kith rebuild-log``)."""
