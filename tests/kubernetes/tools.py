"""``python -m tests.kubernetes.tools``: a real API server for ``make check-kubernetes``.

Builds kube-apiserver and etcd from their Go modules (Go 1.25 or newer; minutes of processor time),
and takes the custom resources' definitions from the modules of those who define them. Strimzi is no
Go module: its definitions come from its release, or are put where this program says. Nothing of it
is kept with the code.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx

from services.local.kafka.jars import cache_folder

KUBERNETES, ETCD, STRIMZI = "1.35.4", "3.6.8", "1.2.0"
_DEFINED_IN = {
    "github.com/cloudnative-pg/cloudnative-pg@v1.30.0": "config/crd/bases",
    "github.com/kedacore/keda/v2@v2.20.2": "config/crd/bases",
    "sigs.k8s.io/gateway-api@v1.4.0": "config/crd/standard",
}
_WANTED = re.compile(
    r"(clusters|scheduledbackups|databases|scaledobjects|triggerauthentications|httproutes)\.yaml$"
)
_STRIMZI = (
    "https://github.com/strimzi/strimzi-kafka-operator/releases/download/"
    f"{STRIMZI}/strimzi-crds-{STRIMZI}.yaml"
)


def folder() -> Path:
    return cache_folder() / "kubernetes"


def main() -> int:
    bin_, crds = folder() / "bin", folder() / "crds"
    bin_.mkdir(parents=True, exist_ok=True)
    crds.mkdir(exist_ok=True)
    _build_api_server(bin_ / "kube-apiserver")
    _build(bin_ / "etcd", f"go.etcd.io/etcd/server/v3@v{ETCD}", "go.etcd.io/etcd/server/v3", [])
    for module, where in _DEFINED_IN.items():
        for file in sorted((Path(_downloaded(module)["Dir"]) / where).glob("*.yaml")):
            if _WANTED.search(file.name):
                shutil.copyfile(file, crds / file.name)
    strimzi = crds / f"strimzi-{STRIMZI}.yaml"
    if not strimzi.exists():
        _fetch(_STRIMZI, strimzi)
    print(f"KITH_KUBE_APISERVER={bin_ / 'kube-apiserver'} KITH_ETCD={bin_ / 'etcd'}", flush=True)
    return 0


def _build_api_server(to: Path) -> None:
    """The module names its parts by folders of its repository: they are modules of their own."""
    text = Path(_downloaded(f"k8s.io/kubernetes@v{KUBERNETES}")["GoMod"]).read_text("utf-8")
    parts = re.findall(r"^\s*(?:replace )?(k8s\.io/\S+) => \./staging", text, re.MULTILINE)
    same = f"v0.{KUBERNETES.removeprefix('1.')}"
    _build(
        to,
        f"k8s.io/kubernetes@v{KUBERNETES}",
        "k8s.io/kubernetes/cmd/kube-apiserver",
        [f"replace {part} => {part} {same}" for part in parts],
    )


def _build(to: Path, module: str, package: str, replaced: list[str]) -> None:
    if to.exists():
        return
    print(f"Building {to.name} from {module} ...", flush=True)
    source = folder() / "src" / to.name
    source.mkdir(parents=True, exist_ok=True)
    name, _, version = module.partition("@")
    go = re.search(r"^go \S+$", Path(_downloaded(module)["GoMod"]).read_text("utf-8"), re.MULTILINE)
    assert go is not None
    lines = [f"module kith.invalid/{to.name}", go[0], f"require {name} {version}", *replaced]
    (source / "go.mod").write_text("\n".join(lines) + "\n")
    options = ("-mod=mod", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", str(to))
    environ = os.environ | {"CGO_ENABLED": "0"}
    subprocess.run(("go", "build", *options, package), cwd=source, env=environ, check=True)


def _downloaded(module: str) -> dict[str, str]:
    told = subprocess.run(
        ("go", "mod", "download", "-json", module),
        cwd=folder(),
        env=os.environ | {"GOFLAGS": "-mod=mod"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(told.stdout)
    return found


def _fetch(url: str, to: Path) -> None:
    try:
        answer = httpx.get(url, follow_redirects=True, timeout=60)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        print(f"{url}: {type(error).__name__}. Put it at {to}; without, Strimzi's are not checked.")
        return
    to.write_bytes(answer.content)


if __name__ == "__main__":
    sys.exit(main())
