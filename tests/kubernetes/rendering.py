"""The manifests as an operator builds them: secrets made, an overlay of a place's own on top.

Needs ``kustomize`` or ``kubectl`` on the path, or at ``KITH_KUSTOMIZE``; skips where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from typer.testing import CliRunner

from services.install.cli import app

Object: TypeAlias = dict[str, Any]
ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "deploy" / "kubernetes"
PLACE = ROOT / "deploy" / "places" / "greater-manchester"
SECRETS_TOLD = {
    "trial": (),
    "production": (
        "--admin", "kith_admin", "--postgres",
        "postgres-rw:5432/kith?sslmode=verify-full&sslrootcert=/run/postgres/ca.crt",
    ),
}  # fmt: skip
"""By overlay: what its secrets are made with, as docs/operations.md says."""
OWN = "own"
"""An overlay of a place's own over ``production``, as docs/operations.md shows it."""


def _of_the_guide() -> str:
    """The overlay that the operations guide shows."""
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    [shown] = [b for b in guide.split("```yaml\n")[1:] if "resources: [../production]" in b]
    return shown.partition("```")[0]


@dataclass(frozen=True)
class Rendered:
    """One overlay's objects. ``secrets``: the folder that they were made in."""

    overlay: str
    objects: tuple[Object, ...]
    secrets: Path

    def of(self, *kinds: str) -> dict[str, Object]:
        """By name. With several kinds, names are the workloads' and do not collide."""
        return {one["metadata"]["name"]: one for one in self.objects if one["kind"] in kinds}

    @cached_property
    def pods(self) -> dict[str, Object]:
        """Pod templates by their workload's name."""
        found = {}
        for one in self.objects:
            spec = one.get("spec", {})
            spec = spec.get("jobTemplate", {}).get("spec", spec)
            if one["kind"] in {"Deployment", "StatefulSet", "Job", "CronJob"}:
                found[one["metadata"]["name"]] = spec["template"]
        return found

    def config(self, name: str) -> dict[str, str]:
        """A ConfigMap's data, by its full name."""
        data: dict[str, str] = self.of("ConfigMap")[name]["data"]
        return data

    def environment(self, container: Object) -> dict[str, str]:
        """What a container is told."""
        told: dict[str, str] = {}
        for source in container.get("envFrom", []):
            told |= self.config(source["configMapRef"]["name"])
        return told | {each["name"]: each["value"] for each in container.get("env", [])}


def containers(template: Object) -> list[Object]:
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def kustomize() -> list[str]:
    """The command that builds a folder."""
    if told := os.environ.get("KITH_KUSTOMIZE"):
        return [told, "build"]
    if found := shutil.which("kustomize"):
        return [found, "build"]
    if found := shutil.which("kubectl"):
        return [found, "kustomize"]
    pytest.skip("neither kustomize nor kubectl is on the path")


def render(folder: Path, overlay: str) -> Rendered:
    """Build an overlay in a copy of ``deploy`` under ``folder``."""
    command = kustomize()
    deploy = folder / "deploy"
    shutil.copytree(ROOT / "deploy", deploy, ignore=shutil.ignore_patterns("secrets"))
    overlays = deploy / "kubernetes" / "overlays"
    under = "production" if overlay == OWN else overlay
    secrets = overlays / under / "secrets"
    made = CliRunner().invoke(
        app, ["secrets", str(secrets), "--place", str(PLACE), *SECRETS_TOLD[under]]
    )
    assert made.exit_code == 0, made.output
    if overlay == OWN:
        shutil.copytree(PLACE, overlays / OWN)
        (overlays / OWN / "kustomization.yaml").write_text(_of_the_guide())
    built = subprocess.run(
        [*command, str(overlays / overlay)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    objects = [one for one in yaml.safe_load_all(built.stdout) if one]
    return Rendered(overlay, tuple(objects), secrets)
