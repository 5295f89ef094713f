"""The manifests say what the code and the compose file say: services, settings, secrets, limits."""

from __future__ import annotations

import importlib
import json
import os
import re
import tomllib
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
import yaml

from services.install.jobs import WITH_DATABASE
from services.install.settings import InstallSettings
from services.kit.settings import ServiceSettings, Settings, read_settings
from services.kit.web import _health
from services.local.settings import PLACES, SERVICES
from tests.architecture.test_containers import CONTAINERS
from tests.kubernetes.rendering import MANIFESTS, ROOT, Object, Rendered, containers

JOBS = {"schemas", "topics", "place"}
SERVERS = {"postgres", "kafka"}
"""Only ``trial`` has them as workloads; elsewhere operators run them."""
_UNITS = {"Mi": 2**20, "Gi": 2**30, "m": 0.001}


def amount(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w*)", str(text)).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS.get(unit, 1)


def composed(text: str) -> float:
    """Compose's ``256m`` of memory."""
    return float(text[:-1]) * {"m": 2**20, "g": 2**30}[text[-1]]


def settings_of(name: str) -> type[Settings]:
    """What the program of that workload reads."""
    if name not in SERVICES:
        return InstallSettings
    module = importlib.import_module(f"services.{name}.settings")
    [found] = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, ServiceSettings)
        and kind.__module__ == module.__name__
    ]
    return found


def test_every_service_of_the_code_is_there_and_no_other(rendered: Rendered) -> None:
    deployments = rendered.of("Deployment")
    commands = {
        name: containers(one["spec"]["template"])[-1]["command"]
        for name, one in deployments.items()
    }
    assert commands == {name: ["python", "-m", f"services.{name}"] for name in SERVICES}
    jobs = {
        name: containers(one["spec"]["template"])[-1]["command"]
        for name, one in rendered.of("Job").items()
    }
    assert jobs == {name: ["kith", "install", name] for name in JOBS}


def test_ports_are_those_of_the_compose_file(rendered: Rendered) -> None:
    for name, service in rendered.of("Service").items():
        if name in SERVERS:
            continue
        [container] = rendered.pods[name]["spec"]["containers"]
        port = int(CONTAINERS[name]["environment"]["KITH_HTTP_PORT"])
        assert rendered.environment(container)["KITH_HTTP_PORT"] == str(port)
        assert container["ports"] == [{"name": "http", "containerPort": port}]
        assert service["spec"]["ports"] == [{"name": "http", "port": port, "targetPort": "http"}]
    assert set(rendered.of("Service")) - SERVERS == set(SERVICES)


def test_probes_ask_what_every_service_answers(rendered: Rendered) -> None:
    service: Any = None
    answered = {getattr(route, "path", "") for route in _health(service).routes}
    for name in SERVICES:
        [container] = rendered.pods[name]["spec"]["containers"]
        asked = {
            kind: container[kind]["httpGet"]
            for kind in ("startupProbe", "readinessProbe", "livenessProbe")
        }
        assert {kind: probe["path"] for kind, probe in asked.items()} == {
            "startupProbe": "/health/ready",
            "readinessProbe": "/health/answering",
            "livenessProbe": "/health/live",
        }
        assert {probe["path"] for probe in asked.values()} <= answered
        assert {probe["port"] for probe in asked.values()} == {"http"}


def test_every_variable_is_a_setting_of_whoever_is_told(rendered: Rendered) -> None:
    for name, template in rendered.pods.items():
        if name in SERVERS:
            continue
        for container in containers(template):
            kind = InstallSettings if container["name"] != "service" else settings_of(name)
            # Commands that are run in a service's container are told by its environment as well.
            fields = set(kind.model_fields) | set(InstallSettings.model_fields)
            if name == "duplication":
                fields.add("keyworkers_url")
            for variable in rendered.environment(container):
                field = variable.removeprefix("KITH_").lower()
                assert field in fields or field.removesuffix("_file") in fields, (name, variable)


def stand_in(
    rendered: Rendered, template: Object, container: Object, folder: Path
) -> dict[str, str]:
    """The environment, with every path that a volume is mounted at moved into ``folder``, and in it
    what the volume's secrets hold: those that are made, and those that operators make."""
    volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
    mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
    ca = trustme.CA().cert_pem.bytes()
    for name, where in mounts.items():
        target = folder / where.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        volume = volumes[name]
        sources = [s["secret"] for s in volume.get("projected", {}).get("sources", [])]
        if "secret" in volume:
            sources.append({"name": volume["secret"]["secretName"], **volume["secret"]})
        if "configMap" in volume:
            for file, text in rendered.config(volume["configMap"]["name"]).items():
                (target / file).write_text(text)
        for source in sources:
            made = rendered.of("Secret").get(source["name"])
            if made is not None:
                files = {key: b64decode(value) for key, value in made["data"].items()}
            else:
                files = {"ca.crt": ca}
            wanted = {i["key"]: i["path"] for i in source.get("items", [])} or {k: k for k in files}
            for key, path in wanted.items():
                (target / path).write_bytes(files[key])
    mounted = re.compile(f"({'|'.join(map(re.escape, mounts.values()))})(?=/|$)")
    return {
        variable: mounted.sub(lambda where: f"{folder}{where[0]}", value)
        if mounted.match(value)
        else value
        for variable, value in rendered.environment(container).items()
    }


def test_every_program_can_read_what_it_is_told(
    rendered: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings classes take it: every file is where its variable says, nothing is missing."""
    for variable in [name for name in os.environ if name.startswith("KITH_")]:
        monkeypatch.delenv(variable)
    for name, template in rendered.pods.items():
        if name in SERVERS:
            continue
        for number, container in enumerate(containers(template)):
            kind = settings_of(name) if container["name"] == "service" else InstallSettings
            told = stand_in(rendered, template, container, tmp_path / name / str(number))
            with monkeypatch.context() as patch:
                for variable, value in told.items():
                    patch.setenv(variable, value)
                settings: Any = read_settings(kind)
            if name in WITH_DATABASE and container["name"] == "service":
                assert f"//kith_{name}:" in settings.postgres
                assert settings.instance == ""  # decision 24
            if container["name"] == "await" and name in SERVICES:
                assert f"//kith_{name}:" in settings.dsn(name)
            for dsn in [value for value in dict(settings).values() if "sslrootcert" in str(value)]:
                ca = parse_qs(urlsplit(dsn).query)["sslrootcert"][0]
                assert (tmp_path / name / str(number) / ca.lstrip("/")).is_file()
            if name == "place" and container["name"] == "job":
                assert (settings.place_folder / "place.json").read_bytes() == (
                    PLACES / "greater-manchester" / "place.json"
                ).read_bytes()
                assert settings.credentials.is_file()


@pytest.mark.parametrize("name", [*SERVICES, *sorted(JOBS), "audit"])
def test_everybody_is_given_the_secrets_that_compose_gives_and_no_others(
    rendered: Rendered, name: str
) -> None:
    given = set()
    for volume in rendered.pods[name]["spec"]["volumes"]:
        sources = [s["secret"]["name"] for s in volume.get("projected", {}).get("sources", [])]
        sources += [volume["secret"]["secretName"]] if "secret" in volume else []
        given |= set(sources)
    # Those made here have a digest in their names: a change rolls whoever is given them.
    made = {re.sub(r"-[a-z0-9]{10}$", "", secret) for secret in rendered.of("Secret")}
    theirs = {
        re.sub(r"-[a-z0-9]{10}$", "", secret) if secret in rendered.of("Secret") else secret
        for secret in given
    }
    operators = {"postgres-ca", "kafka-cluster-ca-cert"}
    composed = set(CONTAINERS[name].get("secrets", []))
    if name == "topics":
        composed.discard("postgres-agencies")  # for whoever runs it by hand there
        if rendered.overlay != "trial":
            composed = {"kafka-admin"}  # Strimzi gives users and rights
    assert theirs - operators == composed
    assert theirs - operators <= made
    if rendered.overlay == "trial":
        assert not theirs & operators
    assert "postgres-owner" not in theirs  # CloudNativePG's alone


def test_secrets_are_made_of_files_that_are_never_kept_with_the_code(rendered: Rendered) -> None:
    held = {path.read_text() for path in rendered.secrets.iterdir()}
    assert len(held) > 9
    for one in rendered.objects:
        if one["kind"] != "Secret":
            told = json.dumps(one)
            assert not [secret for secret in held if secret in told], one["metadata"]["name"]
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "deploy/kubernetes/overlays/*/secrets/" in ignored


def test_every_image_has_an_exact_version(rendered: Rendered) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    compose = {container["image"] for container in CONTAINERS.values()}
    for name, template in rendered.pods.items():
        for container in containers(template):
            image = container["image"]
            if name in SERVERS:
                assert image in compose
            else:
                assert re.fullmatch(rf"([\w./-]+/)?kith:{re.escape(version)}", image)
    for cluster in rendered.of("Cluster").values():
        assert re.fullmatch(r"[\w./-]+:18\.\d+-[\w-]+", cluster["spec"]["imageName"])
    for kafka in rendered.of("Kafka").values():
        [broker] = {image for image in compose if image.startswith("apache/kafka:")}
        assert kafka["spec"]["kafka"]["version"] == broker.partition(":")[2]


def test_every_pod_is_hardened_and_has_compose_s_limits(rendered: Rendered) -> None:
    for name, template in rendered.pods.items():
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"] is True
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
        like = CONTAINERS["schemas" if name == "rebuild-log" else name]
        assert f"{pod['runAsUser']}:{pod['runAsGroup']}" == like["user"]
        for container in containers(template):
            own = container["securityContext"]
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert own["allowPrivilegeEscalation"] is False
            assert own["readOnlyRootFilesystem"] is like.get("read_only", False)
            limits, requests = (container["resources"][k] for k in ("limits", "requests"))
            assert amount(limits["memory"]) == composed(like["mem_limit"])
            assert amount(limits["cpu"]) == float(like["cpus"])
            assert amount(requests["memory"]) <= amount(limits["memory"])
        for volume in spec["volumes"] if name not in SERVERS else []:
            if "emptyDir" in volume:
                assert (
                    f"/tmp:size={volume['emptyDir']['sizeLimit'][:-1].lower()}"
                    in (like["tmpfs"][0])
                )


def test_nobody_has_rights_in_the_cluster(rendered: Rendered) -> None:
    accounts = rendered.of("ServiceAccount")
    assert all(one["automountServiceAccountToken"] is False for one in accounts.values())
    for name in SERVICES:
        assert rendered.pods[name]["spec"]["serviceAccountName"] == name
    assert {t["spec"]["serviceAccountName"] for t in rendered.pods.values()} == set(accounts)
    kinds = {one["kind"] for one in rendered.objects}
    assert not kinds & {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    labels = rendered.of("Namespace")["kith"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_release_is_waited_for_and_never_migrated_by_services(rendered: Rendered) -> None:
    for name in WITH_DATABASE:
        template = rendered.pods[name]
        [waits] = template["spec"]["initContainers"]
        assert waits["command"] == ["kith", "install", "await", "schemas", "topics"]
        strategy = rendered.of("Deployment")[name]["spec"]["strategy"]["rollingUpdate"]
        assert strategy == {"maxSurge": 1, "maxUnavailable": 0}
    [first] = rendered.pods["place"]["spec"]["initContainers"]
    assert first["command"] == ["kith", "install", "await", "schemas"]
    by_hand = rendered.of("CronJob")
    assert set(by_hand) == {"rebuild-log", "audit"}
    assert all(one["spec"]["suspend"] is True for one in by_hand.values())


def test_everybody_who_signs_in_as_anybody_is_on_trial(rendered: Rendered) -> None:
    local = {
        name
        for name, template in rendered.pods.items()
        for container in containers(template)
        if "KITH_LOCAL" in rendered.environment(container)
    } - SERVERS
    assert local == ({"portal"} if rendered.overlay == "trial" else set())


def test_every_service_may_lose_one_process_and_not_two(rendered: Rendered) -> None:
    budgets = rendered.of("PodDisruptionBudget")
    assert set(budgets) == set(SERVICES)
    for name, budget in budgets.items():
        assert budget["spec"]["maxUnavailable"] == 1
        selected = budget["spec"]["selector"]["matchLabels"]
        assert selected.items() <= rendered.pods[name]["metadata"]["labels"].items()
        deployment = rendered.of("Deployment")[name]["spec"]
        assert "replicas" not in deployment  # or applying it would undo what the scaling decided


def test_every_manifest_is_used() -> None:
    """Needs no kustomize: a file that no kustomization names would never be applied."""
    for folder in [
        MANIFESTS / "base",
        *MANIFESTS.glob("overlays/*"),
        *MANIFESTS.glob("components/*"),
    ]:
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
        named = {*kustomization.get("resources", []), *kustomization.get("configurations", [])}
        named |= {patch["path"] for patch in kustomization.get("patches", []) if "path" in patch}
        files = {file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml"}
        assert files == {name for name in named if name.endswith(".yaml")}, folder
        for name in [*named, *kustomization.get("components", [])]:
            assert (folder / name).exists(), (folder, name)
        for file in files:
            assert list(yaml.safe_load_all((folder / file).read_text("utf-8"))), file
