"""The broker's settings: one node that is broker and controller, sized for one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.local.ports import HOST

HEAP_MB = 256
JVM = (
    f"-Xms{HEAP_MB}m",
    f"-Xmx{HEAP_MB}m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)

_FIXED = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER

# Topics are created by set-up, from the registry: a misspelt name is an error.
auto.create.topics.enable=false

# One broker: every internal topic has one replica and few partitions.
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# A group is complete when its first member has joined: no waiting for others.
group.initial.rebalance.delay.ms=0

# After a kill the controller waits this long before it lets the broker back in; the default is 9 s.
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000

# A small heap: the defaults are meant for a machine of the broker's own.
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=8388608
log.index.size.max.bytes=1048576
offsets.topic.segment.bytes=16777216
log.segment.bytes=134217728
"""


@dataclass(frozen=True, slots=True)
class Further:
    """What a broker has besides: ``listeners`` on loopback, by name its protocol and its port, and
    ``settings``, which go before those here."""

    listeners: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


NOTHING = Further()


def properties(data: Path, port: int, controller_port: int, further: Further = NOTHING) -> str:
    """The text of ``server.properties``."""
    listeners = {"PLAINTEXT": ("PLAINTEXT", port)} | dict(further.listeners)
    protocols = [f"{name}:{protocol}" for name, (protocol, _) in listeners.items()]
    addresses = ",".join(f"{name}://{HOST}:{number}" for name, (_, number) in listeners.items())
    settings = "".join(f"{name}={value}\n" for name, value in further.settings.items())
    return (
        f"{_FIXED}\n"
        f"controller.quorum.voters=1@{HOST}:{controller_port}\n"
        f"listeners={addresses},CONTROLLER://{HOST}:{controller_port}\n"
        f"advertised.listeners={addresses}\n"
        f"listener.security.protocol.map={','.join(protocols)},CONTROLLER:PLAINTEXT\n"
        f"log.dirs={data}\n{settings}"
    )
