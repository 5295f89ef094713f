"""The broker's settings: one node that is broker and controller, sized for one machine."""

from __future__ import annotations

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
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT

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


def properties(data: Path, port: int, controller_port: int) -> str:
    """The text of ``server.properties``."""
    return (
        f"{_FIXED}\n"
        f"controller.quorum.voters=1@{HOST}:{controller_port}\n"
        f"listeners=PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}\n"
        f"advertised.listeners=PLAINTEXT://{HOST}:{port}\n"
        f"log.dirs={data}\n"
    )
