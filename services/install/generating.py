"""Random secrets of an installation, one to a file, made once and never written over.

The folder is open to its owner alone; the files in it may be read by any user, since containers
run as users of their own and see single files of it.
"""

from __future__ import annotations

import json
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from services.kit.acls import AUDITOR

SUPERUSER = "postgres-password"
CREDENTIALS = "agency-credentials.json"
KAFKA_ADMIN, KAFKA_BROKER = "kith-admin", "kith-broker"
"""Users that a broker is told of when it starts: who may give others, and brokers themselves."""
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"


def dsn_file(service: str) -> str:
    """The file with the DSN of that service's own role."""
    return f"postgres-{service}"


def make_secrets(
    folder: Path,
    address: str,
    services: Sequence[str],
    credentials: dict[str, str],
    admin: str = "postgres",
) -> list[str]:
    """Write the files that are missing; their names.

    ``address``: where PostgreSQL is, ``host:port/database``, with ``?sslmode=…`` where it speaks
    TLS. ``services``: those with a role. ``credentials``: a fresh one for each agency, kept for
    those that have none yet. ``admin``: the role that creates the services' roles.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(stat.S_IRWXU)
    made = [
        name
        for name, content in _contents(folder, address, services, admin)
        if _write_new(folder / name, content)
    ]
    if _add_credentials(folder / CREDENTIALS, credentials):
        made.append(CREDENTIALS)
    return made


def _contents(
    folder: Path, address: str, services: Sequence[str], admin: str
) -> Iterator[tuple[str, str]]:
    yield "service-token", secrets.token_urlsafe(32)
    yield "session-secret", secrets.token_urlsafe(32)
    yield "grafana-password", secrets.token_urlsafe(24)
    yield SUPERUSER, secrets.token_urlsafe(32)
    password = (folder / SUPERUSER).read_text("utf-8").strip()
    yield "postgres-admin", _dsn(admin, password, address)
    yield "kafka-admin", secrets.token_urlsafe(32)
    admin = (folder / "kafka-admin").read_text("utf-8").strip()
    yield "kafka-broker", _broker(admin, secrets.token_urlsafe(32))
    yield "kafka-admin-client", _client(KAFKA_ADMIN, admin)
    for service in (*services, AUDITOR):
        yield f"kafka-{service}", secrets.token_urlsafe(32)
    for service in services:
        yield dsn_file(service), _dsn(f"kith_{service}", secrets.token_urlsafe(32), address)


def _dsn(role: str, password: str, address: str) -> str:
    return f"postgresql://{role}:{quote(password, safe='')}@{address}"


def _broker(admin: str, broker: str) -> str:
    """What a broker is told (JAAS): as whom it comes to others, and who comes to it by PLAIN."""
    return (
        f'KafkaServer {{\n  {_PLAIN}\n    username="{KAFKA_BROKER}" password="{broker}"\n'
        f'    user_{KAFKA_BROKER}="{broker}" user_{KAFKA_ADMIN}="{admin}";\n  {_SCRAM};\n}};\n'
    )


def _client(user: str, password: str) -> str:
    """For Kafka's own commands in a broker's container: ``--command-config``."""
    return (
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
        f'sasl.jaas.config={_PLAIN} username="{user}" password="{password}";\n'
    )


def _add_credentials(file: Path, fresh: dict[str, str]) -> bool:
    kept: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if file.exists() and fresh.keys() <= kept.keys():
        return False
    beside = file.with_suffix(".new")
    beside.unlink(missing_ok=True)
    _write_new(beside, json.dumps(fresh | kept, indent=2) + "\n")
    beside.replace(file)
    return True


def _write_new(file: Path, content: str) -> bool:
    """False, and nothing is changed, where the file is there already."""
    if file.exists():
        return False
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    unfinished.write_text(content, "utf-8")
    unfinished.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    unfinished.rename(file)
    return True
