"""The two systems under test: the floor, and Kith itself."""

from __future__ import annotations

from contracts.alerts import AlertRaisedV1
from contracts.topics import ALERTS, ALL_TOPICS, ASSESSMENTS, ASSIGNMENTS, HOUSEHOLDS
from services.agencies.registry import load_demonstration
from services.bench import floor
from services.bench.processes import Processes, Program
from services.bench.trial import System
from services.keyworkers.loading import load_place
from services.local.ports import free_port
from services.local.servers import Servers
from services.local.settings import PLACES, SERVICES, WITHOUT_DATABASE, LocalSettings

FLOOR = tuple(
    Program(
        f"floor_{hop}",
        ("-m", "services.bench.floor", hop),
        packages=("services.kit", "services.bench"),
    )
    for hop in floor.HOPS
)


async def start_floor(processes: Processes, servers: Servers) -> System:
    """The floor's four processes, ready."""
    await processes.prepare(FLOOR, floor.TOPICS)
    await processes.start(FLOOR)
    return System(
        "floor",
        processes.ports["floor_accept"],
        floor.TOPICS,
        (floor.RaisedV1.TYPE,),
        processes.pids,
        server_pids(servers),
    )


def server_pids(servers: Servers) -> dict[str, int]:
    """Of the embedded servers; others are not ours to measure."""
    embedded = {"postgres": servers.postgres, "kafka": servers.kafka}
    return {name: s.pid for name, s in embedded.items() if s is not None and s.pid is not None}


_KITH_TOPICS = (ASSESSMENTS, HOUSEHOLDS, ASSIGNMENTS, ALERTS)


async def start_kith(processes: Processes, servers: Servers) -> tuple[System, dict[str, str]]:
    """Every service of Kith over the demonstration place; a credential for each agency."""
    ports = {name: free_port() for name in SERVICES}
    processes.ports.update(ports)
    settings = LocalSettings.model_validate({f"{name}_port": port for name, port in ports.items()})
    programs = [
        Program(
            name,
            ("-m", f"services.{name}"),
            has_database=name not in WITHOUT_DATABASE,
            environment=settings.environ_of(
                name,
                "" if name in WITHOUT_DATABASE else processes.dsn(name),
                servers.kafka_access,
                processes.token,
            )
            | {"KITH_LOG_LEVEL": "WARNING"},
        )
        for name in SERVICES
    ]
    await processes.prepare(programs, ALL_TOPICS)
    place = PLACES / settings.place
    credentials = await load_demonstration(processes.dsn("agencies"), place / "agencies.json")
    await load_place(processes.dsn("keyworkers"), place / "place.json")
    await processes.start(programs)
    system = System(
        "kith",
        processes.ports["agencies"],
        _KITH_TOPICS,
        (AlertRaisedV1.TYPE,),
        processes.pids,
        server_pids(servers),
    )
    return system, credentials
