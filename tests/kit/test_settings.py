"""Settings by variable or by file; secrets that anybody could guess are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.kit.settings import ServiceSettings, read_settings

TOKEN = "k3" * 16


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with what is required and nothing else of Kith's."""
    monkeypatch.setenv("KITH_POSTGRES", "postgresql://kith_alerts@db/kith")
    monkeypatch.setenv("KITH_SERVICE_TOKEN", TOKEN)
    for name in ("KITH_KAFKA", "KITH_LOCAL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        read_settings(ServiceSettings)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_setting_may_come_in_a_file(told: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "service-token"
    secret.write_text("in a file, in a file\n")
    told.delenv("KITH_SERVICE_TOKEN")
    told.setenv("KITH_SERVICE_TOKEN_FILE", str(secret))
    settings = read_settings(ServiceSettings)
    assert settings.service_token.get_secret_value() == "in a file, in a file"


def test_an_empty_variable_is_as_good_as_none(told: pytest.MonkeyPatch) -> None:
    told.setenv("KITH_OTLP_ENDPOINT", "")
    told.setenv("KITH_TRACE_RATIO", "")
    settings = read_settings(ServiceSettings)
    assert (settings.otlp_endpoint, settings.trace_ratio) == (None, 1.0)


def test_both_ways_at_once_are_refused(
    told: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told.setenv("KITH_SERVICE_TOKEN_FILE", str(tmp_path / "other"))
    assert "KITH_SERVICE_TOKEN and KITH_SERVICE_TOKEN_FILE are both set" in refusal(capsys)


def test_a_file_that_is_missing_is_named(
    told: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told.delenv("KITH_SERVICE_TOKEN")
    told.setenv("KITH_SERVICE_TOKEN_FILE", str(tmp_path / "missing"))
    said = refusal(capsys)
    assert "KITH_SERVICE_TOKEN_FILE" in said
    assert str(tmp_path / "missing") in said


def test_what_is_wrong_is_named_and_no_secret_is_shown(
    told: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told.setenv("KITH_POSTGRES", "postgresql://kith_alerts:hidden-words@db/kith")
    told.setenv("KITH_POOL_SIZE", "many")
    told.delenv("KITH_SERVICE_TOKEN")
    said = refusal(capsys)
    assert "KITH_POOL_SIZE: " in said
    assert "KITH_SERVICE_TOKEN: Field required" in said
    assert "hidden-words" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KITH_SERVICE_TOKEN", "secret"),
        ("KITH_POSTGRES", "postgresql://kith_alerts:postgres@db/kith"),
        ("KITH_POSTGRES", "postgresql://kith_alerts:kith_alerts@db/kith"),
        ("KITH_POSTGRES", "postgresql://kith_alerts:ChangeMe@db/kith"),
    ],
)
def test_no_usual_secret_works_outside_local_use(
    told: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    told.setenv(name, value)
    assert f"{name}: outside local use" in refusal(capsys)
    told.setenv("KITH_LOCAL", "1")
    assert read_settings(ServiceSettings).local
