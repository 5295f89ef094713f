"""What operators are asked for: scaling by what consumers read, and servers that lose nothing."""

from __future__ import annotations

import importlib
from itertools import groupby

import pytest

from contracts.topics import TOPICS
from services.install.jobs import WITH_DATABASE
from services.kit.app import Service
from services.kit.settings import ServiceSettings
from services.local.settings import SERVICES
from tests.kubernetes.rendering import Rendered, containers
from tests.kubernetes.test_manifests import settings_of
from tests.stack import TOKEN

PARTITIONS = {topic.name: topic.partitions for topic in TOPICS}


@pytest.fixture
def cluster(rendered: Rendered) -> Rendered:
    """An overlay that leaves its servers to operators."""
    if rendered.overlay == "trial":
        pytest.skip("trial has one of each")
    return rendered


def consumed(name: str) -> dict[str, list[str]]:
    """By consumer group of a service: its topics."""
    module = "services.agencies.app" if name == "agencies" else f"services.{name}.__main__"
    told = {"postgres": "postgresql:///", "service_token": TOKEN, "local": True}
    settings = settings_of(name).model_validate(told)
    assert isinstance(settings, ServiceSettings)
    service: Service = importlib.import_module(module).create_service(settings)
    return {group: found._topics for group, found in service._subscriptions.items()}


def test_services_scale_by_what_they_read_and_by_no_more_than_can_be_read_at_once(
    cluster: Rendered,
) -> None:
    scaled = cluster.of("ScaledObject")
    assert set(scaled) == set(SERVICES)
    for name, one in scaled.items():
        spec = one["spec"]
        assert spec["scaleTargetRef"] == {"name": name}
        assert spec["minReplicaCount"] == 2
        triggers = [t["metadata"] for t in spec["triggers"] if t["type"] == "kafka"]
        groups = consumed(name) if name in WITH_DATABASE else {}
        for told in triggers:
            assert told["topic"] in groups[told["consumerGroup"]]
            assert spec["maxReplicaCount"] <= PARTITIONS[told["topic"]]
            assert told["limitToPartitionsWithLag"] == "true"
            assert told["offsetResetPolicy"] == "earliest"
            assert tuple(map(int, told["version"].split("."))) >= (2, 1)  # KIP-896
        # Of a group that counts, each topic: a service is behind where any of them is.
        for group, found in groupby(triggers, key=lambda told: told["consumerGroup"]):
            assert {told["topic"] for told in found} == set(groups[group])
        assert bool(triggers) is (name in WITH_DATABASE)


def test_as_many_processes_as_may_be_find_a_connection(cluster: Rendered) -> None:
    most = sum(
        cluster.of("ScaledObject")[name]["spec"]["maxReplicaCount"] + 1  # while it is replaced
        for name in WITH_DATABASE
    )
    each = ServiceSettings.model_fields["pool_size"].default
    told = cluster.of("Cluster")["postgres"]["spec"]["postgresql"]["parameters"]
    assert int(told["max_connections"]) >= most * each + 50


def test_operators_are_given_passwords_that_are_there(cluster: Rendered) -> None:
    """By their names with a digest, which kustomize knows in custom resources from names.yaml."""
    made = cluster.of("Secret")
    for name, user in cluster.of("KafkaUser").items():
        if name != "kith-lag":
            told = user["spec"]["authentication"]["password"]["valueFrom"]["secretKeyRef"]
            assert told["key"] in made[told["name"]]["data"]
    postgres = cluster.of("Cluster")["postgres"]["spec"]
    [role] = postgres["managed"]["roles"]
    for named in (postgres["bootstrap"]["initdb"]["secret"], role["passwordSecret"]):
        assert set(made[named["name"]]["data"]) == {"username", "password"}


def test_what_is_acknowledged_is_on_two_machines(cluster: Rendered) -> None:
    postgres = cluster.of("Cluster")["postgres"]["spec"]
    assert postgres["instances"] == 3
    synchronous = postgres["postgresql"]["synchronous"]
    assert (synchronous["number"], synchronous["dataDurability"]) == (1, "required")
    assert postgres["affinity"]["podAntiAffinityType"] == "required"
    assert postgres["enableSuperuserAccess"] is False
    [role] = postgres["managed"]["roles"]
    assert role["name"] == postgres["bootstrap"]["initdb"]["owner"] == "kith_admin"
    assert role["createrole"] is True
    assert not role.get("superuser")
    pool = cluster.of("KafkaNodePool")["dual"]["spec"]
    assert pool["replicas"] == 3
    config = cluster.of("Kafka")["kafka"]["spec"]["kafka"]["config"]
    assert config["min.insync.replicas"] == 2
    assert config["auto.create.topics.enable"] is False
    for name in ("topics", "agencies"):
        told = cluster.environment(containers(cluster.pods[name])[-1])
        assert told["KITH_REPLICATION"] == str(pool["replicas"])


def test_trial_s_servers_are_compose_s(rendered: Rendered) -> None:
    from tests.architecture.test_containers import COMPOSE

    if rendered.overlay != "trial":
        pytest.skip("operators have settings of their own")
    where = {"KAFKA_CONTROLLER_QUORUM_VOTERS", "KAFKA_LISTENERS", "KAFKA_LOG_DIRS"}
    for name in ("kafka", "postgres"):
        [container] = rendered.pods[name]["spec"]["containers"]
        compose = COMPOSE["services"][name]
        told = rendered.environment(container)
        composed = {key: str(value) for key, value in compose["environment"].items()}
        assert {k: v for k, v in told.items() if k not in where} == {
            k: v for k, v in composed.items() if k not in where
        }
        assert container.get("args", []) == compose.get("command", [])
