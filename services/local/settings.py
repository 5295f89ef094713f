"""What a local run is told: ports, servers elsewhere, the place shown. ``KITH_`` variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from services.kit.kafka_security import KafkaAccess
from services.kit.settings import KafkaSettings
from services.local.errors import CannotRun
from services.local.ports import HOST, require_free

Port = Annotated[int, Field(ge=1, le=65535)]
SERVICES = ("agencies", "duplication", "keyworkers", "alerts", "operations", "portal")
"""In the order in which they are listed; they start together."""
WITHOUT_DATABASE = frozenset({"portal"})
PLACES = Path(__file__).parents[2] / "deploy" / "places"


class LocalSettings(KafkaSettings):
    """Every port is on the loopback interface only."""

    postgres: str | None = None
    """DSN of a PostgreSQL to use instead of the embedded one; its role may create roles."""
    kafka: str | None = None
    """Bootstrap servers of a Kafka to use instead of the embedded one."""
    place: str = "greater-manchester"
    """The demonstration place, a folder of ``deploy/places``."""
    portal_port: Port = 8100
    """The loopback port of portal."""
    agencies_port: Port = 8101
    """The loopback port of agencies."""
    duplication_port: Port = 8102
    """The loopback port of duplication."""
    keyworkers_port: Port = 8103
    """The loopback port of keyworkers."""
    alerts_port: Port = 8104
    """The loopback port of alerts."""
    operations_port: Port = 8105
    """The loopback port of operations."""
    postgres_port: Port = 5532
    """The loopback port of the embedded PostgreSQL."""
    kafka_port: Port = 9192
    """The loopback port of the embedded Kafka."""

    def port(self, service: str) -> int:
        port: int = getattr(self, f"{service}_port")
        return port

    def url(self, service: str) -> str:
        return f"http://{HOST}:{self.port(service)}"

    def require_ports(self, services: tuple[str, ...]) -> None:
        """Raise :class:`CannotRun` for the first port that is taken."""
        embedded = {"PostgreSQL": self.postgres, "Kafka": self.kafka}
        for server, elsewhere in embedded.items():
            if elsewhere is None:
                name = "postgres" if server == "PostgreSQL" else "kafka"
                require_free(self.port(name), server, f"KITH_{name.upper()}_PORT")
        for service in services:
            setting = f"KITH_{service.upper()}_PORT"
            require_free(self.port(service), f"the {service} service", setting)

    def environ_of(
        self,
        service: str,
        dsn: str,
        kafka: KafkaAccess,
        token: str,
        environ: Mapping[str, str] = os.environ,
    ) -> dict[str, str]:
        """A service's environment: this process's, and where everything is."""
        told = {
            "KITH_POSTGRES": dsn,
            "KITH_HTTP_PORT": str(self.port(service)),
            "KITH_SERVICE_TOKEN": token,
            "KITH_LOCAL": "1",
            "KITH_INSTANCE": "1",
            "PYTHONUNBUFFERED": "1",
        }
        if "KITH_OTLP_ENDPOINT" not in environ:
            told["KITH_SPAN_STORE"] = self.url("operations")
        urls = {f"KITH_{name.upper()}_URL": self.url(name) for name in SERVICES}
        return dict(environ) | urls | kafka.environment() | told


def read_settings() -> LocalSettings:
    """Raises :class:`CannotRun` naming the variable that is wrong."""
    try:
        return LocalSettings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "KITH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise CannotRun(f"The setting {name} is wrong: {first['msg']}.") from None
