"""Secrets are made once, by nobody's choice, and seen by nobody else on the machine."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from urllib.parse import urlsplit

from services.install.generating import make_secrets

SERVICES = ("agencies", "alerts")


def make(folder: Path, **credentials: str) -> list[str]:
    return make_secrets(folder, "postgres:5432/kith", SERVICES, credentials)


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


def test_each_service_has_a_role_and_a_password_of_its_own(tmp_path: Path) -> None:
    make(tmp_path)
    found = contents(tmp_path)
    logins = [urlsplit(found[f"postgres-{name}"]) for name in (*SERVICES, "admin")]
    assert [login.username for login in logins] == ["kith_agencies", "kith_alerts", "postgres"]
    assert logins[-1].password == found["postgres-password"]
    assert len({login.password for login in logins}) == 3
    assert min(len(login.password or "") for login in logins) >= 32


def test_the_role_that_creates_roles_may_be_another_than_the_superuser(tmp_path: Path) -> None:
    address = "pg:5432/kith?sslmode=verify-full"
    make_secrets(tmp_path, address, SERVICES, {}, admin="kith_admin")
    found = contents(tmp_path)
    login = urlsplit(found["postgres-admin"])
    assert (login.username, login.password) == ("kith_admin", found["postgres-password"])
    assert {urlsplit(found[f"postgres-{s}"]).query for s in SERVICES} == {"sslmode=verify-full"}


def test_each_who_reaches_kafka_has_a_password_of_its_own_and_brokers_know_the_admins(
    tmp_path: Path,
) -> None:
    make(tmp_path)
    found = contents(tmp_path)
    words = [found[f"kafka-{name}"] for name in (*SERVICES, "auditor", "admin")]
    assert len(set(words)) == 4
    assert min(map(len, words)) >= 32
    assert f'user_kith-admin="{found["kafka-admin"]}"' in found["kafka-broker"]
    assert f'password="{found["kafka-admin"]}"' in found["kafka-admin-client"]
    for name in SERVICES:
        assert found[f"kafka-{name}"] not in found["kafka-broker"]


def test_two_installations_have_no_secret_in_common(tmp_path: Path) -> None:
    make(tmp_path / "one")
    make(tmp_path / "two")
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] == two[name]} == {"agency-credentials.json"}


def test_made_again_everything_stays_and_only_new_agencies_are_added(tmp_path: Path) -> None:
    make(tmp_path, school="first")
    before = contents(tmp_path)
    assert make(tmp_path, school="second", police="third") == ["agency-credentials.json"]
    after = contents(tmp_path)
    credentials = json.loads(after.pop("agency-credentials.json"))
    assert credentials == {"school": "first", "police": "third"}
    assert after == {name: text for name, text in before.items() if name in after}
    assert make(tmp_path, school="fourth") == []


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o755)
    make(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o444}
