"""What the one-shot jobs of an installation are told. ``KITH_`` variables, or files they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.kit.kafka_security import KafkaAccess
from services.kit.settings import KafkaSettings


class InstallSettings(KafkaSettings):
    """Each job needs some of these and says which when one is missing."""

    postgres: str = ""
    """DSN of a role that may create roles and schemas in Kith's database."""
    postgres_agencies: str = ""
    """DSN of agencies' own role, as that service itself is told."""
    postgres_duplication: str = ""
    """DSN of duplication's own role."""
    postgres_keyworkers: str = ""
    """DSN of keyworkers' own role."""
    postgres_alerts: str = ""
    """DSN of alerts' own role."""
    postgres_operations: str = ""
    """DSN of operations' own role."""
    kafka: str = "127.0.0.1:9192"
    """Bootstrap servers, comma separated."""
    namespace: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]+\.)?$")] = ""
    """Prefix of topics, ending in a dot: several stacks on one broker."""
    replication: Annotated[int, Field(ge=1, le=5)] = 1
    """Replicas of each topic. With 3, a record is acknowledged once two brokers have it."""
    place_folder: Path | None = None
    """A folder with ``place.json`` and ``agencies.json``."""
    credentials: Path | None = None
    """JSON file: agency id to the credential it is to have."""
    patience_seconds: Annotated[float, Field(ge=0)] = 120.0
    """How long to wait for a server that does not answer yet."""

    @property
    def kafka_access(self) -> KafkaAccess:
        """Kafka, as whoever runs the job."""
        return self.reach(self.kafka)

    def dsn(self, service: str) -> str:
        dsn: str = getattr(self, f"postgres_{service}")
        return dsn
