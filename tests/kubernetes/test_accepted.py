"""A real API server takes every object of every overlay, and refuses what is wrong with one.

Pod Security's ``restricted`` profile is enforced, fields are validated strictly, custom resources
by their own definitions. Nothing is scheduled or run: there is no kubelet. ``make
check-kubernetes``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.kubernetes.api_server import ApiServer, api_server, until
from tests.kubernetes.rendering import Object, Rendered, render
from tests.kubernetes.tools import folder

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(300)]
FIRST = ("Namespace", "ServiceAccount")
OPERATED = {
    "kafka.strimzi.io": "Strimzi",
    "postgresql.cnpg.io": "CloudNativePG",
    "keda.sh": "KEDA",
    "gateway.networking.k8s.io": "the Gateway API",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """With the definitions of the operators' resources."""
    with api_server(tmp_path_factory.mktemp("kubernetes")) as server:
        definitions = [
            one
            for file in sorted((folder() / "crds").glob("*.yaml"))
            for one in yaml.safe_load_all(file.read_text("utf-8"))
            if one
        ]
        assert definitions, f"{folder()} has none: python -m tests.kubernetes.tools"
        for one in definitions:
            answer = server.create(one)
            assert answer.status == 201, answer.said
        for one in definitions:
            _established(server, one)
        yield server


def _established(server: ApiServer, definition: Object) -> None:
    def established() -> bool:
        conditions = server.get(definition).get("status", {}).get("conditions", [])
        return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)

    until(established, f"{definition['metadata']['name']} is not served")


def in_own_namespace(rendered: Rendered) -> list[Object]:
    """The objects under a namespace that no other overlay's have, and what comes first first."""
    name = f"kith-{rendered.overlay}"
    moved = copy.deepcopy(list(rendered.objects))
    for one in moved:
        if one["kind"] == "Namespace":
            one["metadata"]["name"] = name
        else:
            one["metadata"]["namespace"] = name
    return sorted(moved, key=lambda one: FIRST.index(one["kind"]) if one["kind"] in FIRST else 9)


def operator_of(one: Object) -> str | None:
    return OPERATED.get(one["apiVersion"].partition("/")[0])


@pytest.fixture(scope="module")
def applied(server: ApiServer, rendered: Rendered) -> list[Object]:
    """Everything, applied for real; what the server said of each is looked at here, once."""
    objects = in_own_namespace(rendered)
    unknown = {operator_of(one) for one in objects if not server.knows(one)}
    assert unknown <= {"Strimzi"}, unknown
    faults = []
    for one in objects:
        if not server.knows(one):
            continue
        answer = server.apply(one)
        if answer.status not in {200, 201} or answer.warnings:
            what = f"{one['kind']} {one['metadata']['name']}"
            faults.append(f"{what}: {answer.status} {answer.said} {answer.warnings}")
    assert not faults, "\n".join(faults)
    return objects


def test_every_object_is_taken_without_a_warning(
    applied: list[Object], rendered: Rendered, server: ApiServer
) -> None:
    assert len(applied) == len(rendered.objects) > 60
    left_out = {operator_of(one) for one in applied if not server.knows(one)}
    if left_out:
        pytest.skip(f"no definitions of {left_out}: see tests/kubernetes/tools.py")


def test_every_pod_that_they_make_is_let_in_by_pod_security(
    applied: list[Object], server: ApiServer, rendered: Rendered
) -> None:
    """Workloads are only warned about: it is their pods that are refused."""
    assert applied
    for name, pod in pods(rendered).items():
        answer = server.create(pod, dry_run=True)
        assert (answer.status, answer.warnings) == (201, []), (name, answer)


def pods(rendered: Rendered) -> dict[str, Object]:
    namespace = f"kith-{rendered.overlay}"
    return {
        name: {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": template["metadata"] | {"name": f"{name}-0", "namespace": namespace},
            "spec": {"restartPolicy": "Always"} | with_claims(template["spec"], rendered, name),
        }
        for name, template in rendered.pods.items()
    }


def with_claims(spec: Object, rendered: Rendered, name: str) -> Object:
    """A StatefulSet's pods have a volume for each of its claims."""
    claims = rendered.of("StatefulSet").get(name, {"spec": {}})["spec"]
    volumes = [
        {
            "name": c["metadata"]["name"],
            "persistentVolumeClaim": {"claimName": c["metadata"]["name"]},
        }
        for c in claims.get("volumeClaimTemplates", [])
    ]
    return spec | {"volumes": [*spec.get("volumes", []), *volumes]}


def test_the_same_again_changes_nothing(applied: list[Object], server: ApiServer) -> None:
    """An upgrade that changes nothing rolls nothing; jobs may be applied again as they are."""
    for one in applied:
        if server.knows(one):
            before = server.get(one)["metadata"].get("generation")
            assert server.apply(one).status == 200
            assert server.get(one)["metadata"].get("generation") == before


_CONTAINER = "spec/template/spec/containers/0"


def changed(one: Object, change: str) -> Object:
    """A copy, changed: ``where/it/stands/0: value``. A number is a place in a list."""
    where, _, value = change.partition(": ")
    *way, last = [int(step) if step.isdigit() else step for step in where.split("/")]
    copied = copy.deepcopy(one)
    here: Any = copied
    step: Any
    for step in way:
        here = here[step] if isinstance(here, list) else here.setdefault(step, {})
    here[last] = yaml.safe_load(value)
    return copied


@pytest.mark.parametrize(
    ("which", "change", "said"),
    [
        ("Pod alerts", "spec/hostNetwork: true", "violates PodSecurity"),
        ("Pod alerts", "spec/securityContext/runAsUser: 0", "runAsUser=0"),
        ("Pod alerts", "spec/securityContext/seccompProfile:  ", "seccompProfile"),
        ("Pod alerts", "spec/containers/0/securityContext/capabilities:  ", "capabilities"),
        ("Pod schemas", "spec/containers/0/securityContext: {}", "allowPrivilegeEscalation"),
        ("Pod place", "spec/volumes/0: {name: tmp, hostPath: {path: /}}", "hostPath"),
        ("Pod portal", "spec/serviceAccountName: nobody", "serviceaccount"),
        ("Deployment alerts", f"{_CONTAINER}/readOnlyRoot: true", "field not declared"),
        ("Deployment alerts", f"{_CONTAINER}/volumeMounts/0/name: none", "Not found: .none"),
        ("Deployment alerts", "spec/template/metadata/labels: {}", "selector"),
        ("NetworkPolicy portal", "spec/ingress/0/ports/0/port: 81000", "between 1 and"),
        ("Kafka kafka", "spec/kafka/listeners/0/port: 80", "greater than or equal"),
        ("Kafka kafka", "spec/kafka/authorisation: {}", "field not declared"),
        ("KafkaUser kith-alerts", "spec/authorization/acls/0/operations: [May]", "May"),
        ("KafkaNodePool dual", "spec/roles: [boss]", "Unsupported value"),
        ("Cluster postgres", "spec/instances: 0", "instances"),
        ("Cluster postgres", "spec/bootstrap/initdb/localeProvider: icu", "builtin"),
        ("Cluster postgres", "spec/postgresql/synchronous/number: one", "number"),
        ("ScaledObject alerts", "spec/triggers/0/metadata/lagThreshold: 600", "lagThreshold"),
        ("HTTPRoute agencies", "spec/rules/0/matches/0/path/value: v1", "value must"),
    ],
)
def test_what_is_wrong_is_refused(
    server: ApiServer, production: Rendered, which: str, change: str, said: str
) -> None:
    kind, _, name = which.partition(" ")
    known = {
        f"{one['kind']} {one['metadata']['name']}": one for one in in_own_namespace(production)
    }
    one = pods(production)[name] if kind == "Pod" else known[which]
    if not server.knows(one):
        pytest.skip(f"no definitions of {operator_of(one)}")
    ask = server.create if kind == "Pod" else server.apply
    assert ask(one, dry_run=True).status in {200, 201}
    answer = ask(changed(one, change), dry_run=True)
    assert answer.status in {400, 403, 422, 500}, answer
    assert re.search(said, answer.said), answer.said


@pytest.fixture(scope="module")
def production(server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    found = render(tmp_path_factory.mktemp("refused"), "production")
    for one in in_own_namespace(found):
        if one["kind"] in FIRST:
            assert server.apply(one).status in {200, 201}
    return found


def test_a_job_s_template_cannot_be_changed_and_so_it_is_deleted_first(
    applied: list[Object], server: ApiServer
) -> None:
    """Why an upgrade deletes the jobs, as docs/operations.md says."""
    [job] = [one for one in applied if one["kind"] == "Job" and one["metadata"]["name"] == "place"]
    answer = server.apply(changed(job, f"{_CONTAINER}/image: kith:0.0.0"), dry_run=True)
    assert answer.status == 422
    assert "immutable" in answer.said
