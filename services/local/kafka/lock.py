"""``python -m services.local.kafka.lock``: resolve ``jgo.toml`` into ``jgo.lock.toml``.

For the maintainer who raises a version; a run never resolves anything.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockFile, compute_spec_hash
from jgo.maven import MavenContext, PythonResolver

from services.local.kafka.jars import LOCK, SPEC


def lock() -> None:
    spec = EnvironmentSpec.load(SPEC)
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(
            resolver=PythonResolver(),
            repo_cache=Path(folder),
            remote_repos=spec.repositories,
            timeout=60,
        )
        wanted = EnvironmentBuilder(context, cache_dir=Path(folder)).spec_to_dependencies(spec)
        named, pulled = context.resolver.resolve(wanted)
        needed = [d for d in (*named, *pulled) if d.scope in {"compile", "runtime"}]
        LockFile.from_resolved_dependencies(
            needed, environment_name=spec.name, spec_hash=compute_spec_hash(SPEC)
        ).save(LOCK)


if __name__ == "__main__":
    lock()
