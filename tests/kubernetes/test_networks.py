"""Who reaches whom, worked out from the policies, is what compose's networks and the code say."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any, TypeAlias

import pytest

from services.install.jobs import WITH_DATABASE
from services.local.settings import SERVICES
from tests.architecture.test_containers import CONTAINERS
from tests.kubernetes.rendering import Object, Rendered

Labels: TypeAlias = dict[str, str]
PORT = {name: int(CONTAINERS[name]["environment"]["KITH_HTTP_PORT"]) for name in SERVICES}
POSTGRES_USERS = {*WITH_DATABASE, "schemas", "place", "rebuild-log", "audit"}
KAFKA_USERS = {*WITH_DATABASE, "topics", "audit"}
_NAMESPACE = "kubernetes.io/metadata.name"


def matches(selector: Object | None, labels: Labels) -> bool:
    assert not (selector or {}).get("matchExpressions")
    wanted: Labels = (selector or {}).get("matchLabels", {})
    return wanted.items() <= labels.items()


class Network:
    """Pods of the namespace by name, and what the policies let through."""

    def __init__(self, rendered: Rendered) -> None:
        self.policies = [one["spec"] for one in rendered.of("NetworkPolicy").values()]
        self.kafka_port = 9092
        self.pods: dict[str, Labels] = {
            name: template["metadata"]["labels"] for name, template in rendered.pods.items()
        }
        if "Cluster" in {one["kind"] for one in rendered.objects}:
            own = rendered.of("Cluster")["postgres"]["spec"]["inheritedMetadata"]["labels"]
            self.pods["postgres"] = own | {"cnpg.io/cluster": "postgres"}
            pool = rendered.of("KafkaNodePool")["dual"]
            own = pool["spec"]["template"]["pod"]["metadata"]["labels"]
            self.pods["kafka"] = own | pool["metadata"]["labels"]
            [listener] = rendered.of("Kafka")["kafka"]["spec"]["kafka"]["listeners"]
            self.kafka_port = listener["port"]

    def ports(self) -> dict[str, int]:
        return PORT | {"postgres": 5432, "kafka": self.kafka_port}

    def _rules(self, kind: str, labels: Labels) -> Iterator[Object]:
        for policy in self.policies:
            if kind.title() in policy["policyTypes"] and matches(policy["podSelector"], labels):
                yield from policy.get(kind, [])

    def _lets(
        self, kind: str, of: Labels, peer: Labels, namespace: Labels | None, port: int
    ) -> bool:
        """``namespace``: the peer's, where it is not this one."""
        for rule in self._rules(kind, of):
            if not any(
                each.get("protocol", "TCP") == "TCP"
                and each["port"] <= port <= each.get("endPort", each["port"])
                for each in rule["ports"]
            ):
                continue
            peers = rule.get("from" if kind == "ingress" else "to")
            for one in peers if peers is not None else [{}]:
                if "ipBlock" in one:
                    continue
                if peers is not None and ("namespaceSelector" in one) != (namespace is not None):
                    continue
                if namespace is not None and not matches(one.get("namespaceSelector"), namespace):
                    continue
                if matches(one.get("podSelector"), peer):
                    return True
        return False

    def reaches(self, source: str, target: str, port: int) -> bool:
        source_labels, target_labels = self.pods[source], self.pods[target]
        return self._lets("egress", source_labels, target_labels, None, port) and self._lets(
            "ingress", target_labels, source_labels, None, port
        )

    def admits(self, target: str, namespace: Labels, port: int) -> bool:
        return self._lets("ingress", self.pods[target], {}, namespace, port)

    def leaves(self, source: str, address: str, port: int) -> bool:
        where = ip_address(address)
        for rule in self._rules("egress", self.pods[source]):
            if not any(e["port"] <= port <= e.get("endPort", e["port"]) for e in rule["ports"]):
                continue
            if "to" not in rule:
                return True
            for block in (one["ipBlock"] for one in rule["to"] if "ipBlock" in one):
                if where in ip_network(block["cidr"]) and not any(
                    where in ip_network(except_) for except_ in block.get("except", [])
                ):
                    return True
        return False


@pytest.fixture
def network(rendered: Rendered) -> Network:
    return Network(rendered)


def expected(source: str, target: str) -> bool:
    if target == "postgres":
        return source in POSTGRES_USERS
    if target == "kafka":
        return source in KAFKA_USERS
    if target == "operations":
        return source in SERVICES  # spans; and the portal's pages
    if (source, target) == ("duplication", "keyworkers"):
        return True
    return source == "portal" and target != "portal"


def test_who_reaches_whom_is_said_and_nothing_else_is_let_through(network: Network) -> None:
    for source, (target, port) in product(network.pods, network.ports().items()):
        if source == target:
            continue
        assert network.reaches(source, target, port) == expected(source, target), (source, target)


def test_nobody_is_reached_on_another_port(network: Network) -> None:
    for source, target, port in product(network.pods, SERVICES, (22, 80, 443, 8000, 9090)):
        assert not network.reaches(source, target, port), (source, target, port)


def test_from_outside_the_namespace_come_the_way_in_and_nobody_else(network: Network) -> None:
    edge: Labels = {_NAMESPACE: "gateway", "kith-edge": "yes"}
    for name, port in network.ports().items():
        assert network.admits(name, edge, port) is (name in {"portal", "agencies"})
        assert not network.admits(name, {_NAMESPACE: "default"}, port)


def test_those_have_a_way_out_whom_compose_gives_one_and_only_to_the_public_internet(
    network: Network,
) -> None:
    out = {name for name in SERVICES if "edge" in CONTAINERS[name]["networks"]}
    for name in network.pods:
        operators = name in {"postgres", "kafka"} and network.kafka_port == 9093
        for port in (25, 443, 587):
            public = network.leaves(name, "8.8.8.8", port)
            assert public is (name in out or (operators and port == 443)), (name, port)
            if operators:
                continue
            for inside in (
                "10.1.2.3",
                "172.20.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
            ):
                assert not network.leaves(name, inside, port), (name, inside)
            assert not network.leaves(name, "fd00::1", port)
            assert network.leaves(name, "2a00:1450:4009::1", port) is (name in out)


def test_strimzi_lets_the_same_people_through_and_whoever_counts_what_is_left(
    rendered: Rendered,
) -> None:
    for kafka in rendered.of("Kafka").values():
        for listener in kafka["spec"]["kafka"]["listeners"]:
            assert listener["tls"] is True
            peers: list[Any] = listener["networkPolicyPeers"]
            assert peers == [
                {"podSelector": {"matchLabels": {"reaches-kafka": "yes"}}},
                {"namespaceSelector": {"matchLabels": {_NAMESPACE: "keda"}}},
            ]


def test_of_the_agencies_api_only_what_is_theirs_is_let_in(rendered: Rendered) -> None:
    from services.agencies.reference import PUBLIC

    routes = rendered.of("HTTPRoute")
    if rendered.overlay != "trial":
        [rule] = routes["agencies"]["spec"]["rules"]
        paths = [match["path"] for match in rule["matches"]]
        assert {path["type"] for path in paths} == {"PathPrefix"}
        assert {path["value"] for path in paths} == {PUBLIC.rstrip("/"), "/docs"}
    for name, ingress in rendered.of("Ingress").items():
        assert ingress["spec"]["tls"]
        [rule] = ingress["spec"]["rules"]
        found = {path["path"] for path in rule["http"]["paths"]}
        assert found == ({"/v1", "/docs"} if name == "agencies" else {"/"})
        for path in rule["http"]["paths"]:
            assert path["backend"]["service"]["name"] == name
