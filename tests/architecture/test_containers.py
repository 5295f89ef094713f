"""The compose files and the image: the code's services, each hardened, and no secret."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.install.jobs import WITH_DATABASE
from services.kit.acls import services_of
from services.local.settings import SERVICES
from services.portal.settings import PortalSettings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
OVERLAY = yaml.safe_load((ROOT / "deploy" / "compose.three-brokers.yml").read_text("utf-8"))
SIGN_IN = yaml.safe_load((ROOT / "deploy" / "compose.sign-in.yml").read_text("utf-8"))
OUTSIDE = [
    yaml.safe_load((ROOT / "deploy" / f"compose.agency-kafka{which}.yml").read_text("utf-8"))
    for which in ("", "-three")
]
NEW = {name: s for name, s in OVERLAY["services"].items() if name not in COMPOSE["services"]}
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"] | NEW
JOBS = {"schemas", "topics", "place", "simulator", "audit"}
UNASKED = {"otel-collector", "tempo"}
"""Their images hold one program and nothing that could ask it how it is."""
WRITES_TO_ITSELF = {"kafka", "kafka-2", "kafka-3"}
EACH = pytest.mark.parametrize("name", CONTAINERS)
KITHS = pytest.mark.parametrize("service", SERVICES)


def test_every_service_of_the_code_is_there_and_no_other() -> None:
    code = {
        folder.name
        for folder in (ROOT / "services").iterdir()
        if (main := folder / "__main__.py").exists() and "create_service" in main.read_text("utf-8")
    }
    composed = {
        name: container["command"]
        for name, container in CONTAINERS.items()
        if container.get("command", [])[:2] == ["python", "-m"] and name not in JOBS
    }
    assert code == set(SERVICES)
    assert composed == {name: ["python", "-m", f"services.{name}"] for name in code}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert f"for service in {' '.join(SERVICES)};" in makefile


@EACH
def test_every_image_has_an_exact_version(name: str) -> None:
    image = CONTAINERS[name]["image"]
    assert re.fullmatch(r"[\w./-]+:v?\d+[\w.-]*", image), image
    if image.startswith("kith:"):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        assert image == f"kith:{project['version']}"


def test_the_image_is_built_from_an_exact_version() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^ARG PYTHON_IMAGE=(.+)$", text, re.MULTILINE) == [
        "python:3.11-slim-bookworm"
    ]
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)


@EACH
def test_every_container_is_hardened_and_limited(name: str) -> None:
    container = CONTAINERS[name]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert re.match(r"[1-9]\d*:", container["user"])
    assert not container.get("privileged")
    assert container.get("read_only", False) is (name not in WRITES_TO_ITSELF)
    for limit in ("mem_limit", "cpus", "pids_limit"):
        assert container[limit]
    assert container["logging"]["options"]["max-size"]
    assert "inside" in container["networks"]


@EACH
def test_every_container_that_stays_is_asked_how_it_is(name: str) -> None:
    asked = "test" in CONTAINERS[name].get("healthcheck", {})
    assert asked is (name not in JOBS | UNASKED)


@EACH
def test_nothing_is_published_beyond_this_machine(name: str) -> None:
    for port in CONTAINERS[name].get("ports", []):
        assert port.startswith("127.0.0.1:")
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@EACH
def test_no_secret_is_written_down(name: str) -> None:
    for variable, value in CONTAINERS[name].get("environment", {}).items():
        if re.search(r"PASSWORD|SECRET|TOKEN|CREDENTIAL|POSTGRES_?(FILE|[A-Z]+_FILE)", variable):
            assert re.search(r"_FILE$|^KITH_CREDENTIALS$", variable), variable
            assert value.removeprefix("/run/secrets/") in CONTAINERS[name]["secrets"]


def test_secrets_are_files_that_are_never_kept_with_the_code() -> None:
    for name, secret in COMPOSE["secrets"].items():
        folder, _, file = secret["file"].rpartition("/")
        assert folder == "${KITH_SECRETS-./deploy/secrets}"
        assert file.partition(".")[0] == name
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    for file in (ROOT / "docker-compose.yml", *(ROOT / "deploy").glob("*.yml")):
        assert not re.search(r"://[^/\s]*:[^/\s]*@", file.read_text("utf-8")), file


@KITHS
def test_a_service_is_given_its_own_secrets_and_no_others(service: str) -> None:
    own = {f"postgres-{service}", f"kafka-{service}"}
    extra = {"session-secret"} if service == "portal" else own
    assert set(CONTAINERS[service]["secrets"]) == {"service-token"} | extra
    dsn = CONTAINERS[service]["environment"].get("KITH_POSTGRES_FILE")
    assert dsn == (f"/run/secrets/postgres-{service}" if service in WITH_DATABASE else None)


@KITHS
def test_a_service_reaches_kafka_as_itself(service: str) -> None:
    told = CONTAINERS[service]["environment"]
    if service == "portal":
        assert not any(name.startswith("KITH_KAFKA") for name in told)
        return
    assert told["KITH_KAFKA_SECURITY"] == "SASL_PLAINTEXT"
    assert told["KITH_KAFKA_USER"] == f"kith-{service}"
    assert told["KITH_KAFKA_PASSWORD_FILE"] == f"/run/secrets/kafka-{service}"


def test_the_job_that_gives_users_has_the_password_of_each_whom_the_registry_names() -> None:
    job = CONTAINERS["topics"]
    for who in set(services_of()) - {"simulator"}:  # which comes over HTTP
        assert job["environment"][f"KITH_KAFKA_PASSWORD_{who.upper()}_FILE"] == (
            f"/run/secrets/kafka-{who}"
        )
        assert f"kafka-{who}" in job["secrets"]
    holders = [name for name, c in CONTAINERS.items() if "kafka-admin" in c.get("secrets", [])]
    assert holders == ["topics"]


def test_every_broker_asks_who_everybody_is_and_denies_what_was_not_given() -> None:
    for broker in ("kafka", *NEW):
        told = CONTAINERS[broker]["environment"]
        assert told["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] == "false"
        assert told["KAFKA_AUTHORIZER_CLASS_NAME"].endswith(".StandardAuthorizer")
        protocols = told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
        assert {protocol.partition(":")[2] for protocol in protocols} == {"SASL_PLAINTEXT"}
        assert "kafka-broker" in CONTAINERS[broker]["secrets"]


def test_agencies_reach_every_broker_over_tls_as_somebody_and_from_this_machine_alone() -> None:
    reached = {}
    for overlay in OUTSIDE:
        for name, changes in overlay["services"].items():
            told = CONTAINERS[name]["environment"] | changes["environment"]
            assert "AGENCIES:SASL_SSL" in told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
            mechanisms = told["KAFKA_LISTENER_NAME_AGENCIES_SASL_ENABLED_MECHANISMS"]
            assert mechanisms == "SCRAM-SHA-512"
            inside, outside = told["KAFKA_ADVERTISED_LISTENERS"].split(",")
            assert inside == CONTAINERS[name]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
            [port] = changes["ports"]
            assert port.startswith("${KITH_AGENCY_KAFKA_BIND-127.0.0.1}:")
            reached[name] = outside.rpartition(":")[2]
            assert reached[name].rpartition("-")[2] in port
    assert reached.keys() == {"kafka", *NEW}
    assert len(set(reached.values())) == 3


@KITHS
def test_the_portal_finds_every_service_where_it_listens(service: str) -> None:
    port = CONTAINERS[service]["environment"]["KITH_HTTP_PORT"]
    url = CONTAINERS["portal"]["environment"].get(f"KITH_{service.upper()}_URL")
    assert url == (None if service == "portal" else f"http://{service}:{port}")


def test_signing_in_as_anybody_is_asked_for_and_is_the_portals_alone() -> None:
    local = {
        n: v for n, c in CONTAINERS.items() if (v := c.get("environment", {}).get("KITH_LOCAL"))
    }
    assert local == {"portal": "${KITH_LOCAL-}"}


def test_signing_in_at_the_organisations_gives_the_portal_its_secret_as_a_file() -> None:
    """And every setting there is for it, but the certificates: whose file is the operator's."""
    assert set(SIGN_IN["services"]) == {"portal"}
    told = SIGN_IN["services"]["portal"]["environment"]
    assert told["KITH_OIDC_CLIENT_SECRET_FILE"] == "/run/secrets/oidc-client-secret"
    assert SIGN_IN["services"]["portal"]["secrets"] == ["oidc-client-secret"]
    assert SIGN_IN["secrets"]["oidc-client-secret"]["file"].endswith("/oidc-client-secret")
    settings = {name.upper() for name in PortalSettings.model_fields}
    wanted = {n for n in settings if n.startswith(("OIDC_", "STANDING_", "SIGN_IN_"))}
    assert {n.removeprefix("KITH_").removesuffix("_FILE") for n in told} == {
        *(wanted - {"OIDC_CA_FILE"}),
        "PORTAL_URL",
    }
    assert "edge" in CONTAINERS["portal"]["networks"], "it has a way out to the provider"


def test_with_three_brokers_everybody_knows_all_of_them() -> None:
    brokers = ["kafka", *NEW]
    assert len(brokers) == 3
    everybody = [n for n, c in CONTAINERS.items() if "KITH_KAFKA" in c.get("environment", {})]
    for name in everybody:
        told = OVERLAY["services"][name]["environment"]
        assert told["KITH_KAFKA"] == ",".join(f"{b}:9092" for b in brokers)
        assert told.get("KITH_REPLICATION", 3) == 3
    for broker in NEW.values():
        common = COMPOSE["services"]["kafka"]["environment"] | OVERLAY["x-replicated"]
        own = {"KAFKA_NODE_ID", "KAFKA_ADVERTISED_LISTENERS"}
        assert {k: v for k, v in broker["environment"].items() if k not in own} == {
            k: v for k, v in common.items() if k not in own
        }


def test_the_operations_guide_leads_to_every_runbook() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for page in (ROOT / "docs" / "runbooks").glob("Kith*.md"):
        assert f"](runbooks/{page.name})" in guide


def test_a_command_about_users_leaves_brokers_as_they_run() -> None:
    """Told less than 'make up' was, Compose would make them anew: without agencies' listener, on
    loopback alone, or one of three by itself."""
    told = subprocess.run(
        ("make", "--no-print-directory", "--dry-run", "kith-admin", "ARGS=agency kafka any"),
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert re.search(r" run .*--no-deps .*topics kith agency kafka any$", told, re.MULTILINE), told
