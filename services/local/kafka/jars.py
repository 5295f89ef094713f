"""The broker's jars: downloaded once into the user's cache, checked against the lock every time.

``jgo`` finds and downloads; it does not check the lock's sha256, so nothing it brings is used
before its digest has been compared here.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from jgo.env import EnvironmentSpec, LockedDependency, LockFile
from jgo.maven import MavenContext, PythonResolver

from services.local.errors import CannotRun

SPEC = Path(__file__).with_name("jgo.toml")
LOCK = Path(__file__).with_name("jgo.lock.toml")
_PARALLEL_DOWNLOADS = 6

Progress: TypeAlias = Callable[[int, int, int], None]
"""Called with jars done, jars in all, bytes so far."""


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """``$KITH_CACHE``, else ``kith`` in the user's cache folder (XDG)."""
    if environ.get("KITH_CACHE"):
        return Path(environ["KITH_CACHE"])
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kith"


def prepare(
    folder: Path | None = None,
    progress: Progress | None = None,
    spec: Path = SPEC,
    lock: Path = LOCK,
) -> list[Path]:
    """The class path, every jar checked. Downloads what ``folder`` lacks, and only that."""
    folder = folder or cache_folder() / "jars"
    wanted = {_name(jar): jar for jar in LockFile.load(lock).dependencies}
    missing = [jar for name, jar in wanted.items() if not (folder / name).exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        _download(missing, EnvironmentSpec.load(spec).repositories, folder, progress)
    with ThreadPoolExecutor() as pool:
        list(pool.map(_check, (folder / name for name in wanted), wanted.values()))
    return [folder / name for name in wanted]


def _name(jar: LockedDependency) -> str:
    classifier = f"-{jar.classifier}" if jar.classifier else ""
    return f"{jar.artifactId}-{jar.version}{classifier}.{jar.packaging}"


def _check(path: Path, jar: LockedDependency) -> None:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != jar.sha256:
        raise CannotRun(
            f"{path} is not the file the lock names (sha256 {digest[:16]}…, expected "
            f"{(jar.sha256 or 'none')[:16]}…), so nothing is run: find out who changed it, "
            "then remove it to have it downloaded again."
        )


class _Tally:
    """What has been downloaded so far, told to ``progress``."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._done = 0
        self._size = 0
        self._lock = threading.Lock()

    def add(self, jars: int = 0, size: int = 0) -> None:
        with self._lock:
            self._done += jars
            self._size += size
            if self._progress is not None:
                self._progress(self._done, self._total, self._size)

    @contextmanager
    def of_file(self, _name: str, _size: int) -> Iterator[Callable[[int], None]]:
        """The form of progress that ``jgo`` reports."""
        yield lambda size: self.add(size=size)


def _download(
    missing: list[LockedDependency],
    repositories: dict[str, str],
    folder: Path,
    progress: Progress | None,
) -> None:
    tally = _Tally(len(missing), progress)
    with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as staging:
        context = MavenContext(
            resolver=PythonResolver(progress_callback=tally.of_file),
            repo_cache=Path(staging),
            local_repos=[],
            remote_repos=repositories,
            timeout=60,
        )

        def fetch(jar: LockedDependency) -> None:
            component = context.project(jar.groupId, jar.artifactId).at_version(jar.version)
            path = component.artifact(jar.classifier or "", jar.packaging).resolve()
            _check(path, jar)
            path.replace(folder / _name(jar))
            tally.add(jars=1)

        with ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
            try:
                for finished in [pool.submit(fetch, jar) for jar in missing]:
                    finished.result()
            except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
                pool.shutdown(cancel_futures=True)
                raise CannotRun(
                    f"Kafka's jars could not be downloaded ({type(error).__name__}): connect to "
                    "the internet and start again, or set KITH_KAFKA to a broker you have."
                ) from error
