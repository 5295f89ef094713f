"""Jars come from the cache or a Maven repository, and only those the lock names are used."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.env import LockFile, compute_spec_hash

from services.local.errors import CannotRun
from services.local.kafka import jars
from services.local.kafka.server import Kafka
from services.local.leash import Leash

CONTENT = b"PK not really a jar"


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """A Maven repository with one jar, served over HTTP; ``spec`` and ``lock`` beside it."""
    folder = tmp_path / "maven"
    jar = folder / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "spec").write_text(
        f'[repositories]\ncentral = "http://127.0.0.1:{server.server_port}"\n'
        '[dependencies]\ncoordinates = ["org.example:thing:1.0"]\n'
    )
    (tmp_path / "lock").write_text(
        '[[dependencies]]\ngroupId = "org.example"\nartifactId = "thing"\nversion = "1.0"\n'
        f'packaging = "jar"\nsha256 = "{hashlib.sha256(CONTENT).hexdigest()}"\n'
    )
    yield tmp_path
    server.shutdown()
    server.server_close()


def prepare(folder: Path, progress: jars.Progress | None = None) -> list[Path]:
    return jars.prepare(folder / "cache", progress, folder / "spec", folder / "lock")


def test_a_jar_is_downloaded_once(repository: Path) -> None:
    told: list[tuple[int, int, int]] = []
    (path,) = prepare(repository, lambda *numbers: told.append(numbers))
    assert path.read_bytes() == CONTENT
    assert told[-1] == (1, 1, len(CONTENT))
    (repository / "maven" / "org").rename(repository / "gone")
    assert prepare(repository) == [path]
    assert list((repository / "cache").iterdir()) == [path]


def test_a_download_that_the_lock_does_not_name_is_refused(repository: Path) -> None:
    next(repository.rglob("thing-1.0.jar")).write_bytes(CONTENT + b"!")
    with pytest.raises(CannotRun, match="is not the file the lock names"):
        prepare(repository)
    assert list((repository / "cache").iterdir()) == []


def test_without_the_jar_and_without_a_network_the_sentence_says_what_to_do(
    repository: Path,
) -> None:
    spec = repository / "spec"
    spec.write_text(spec.read_text().replace("127.0.0.1:", "127.0.0.1:1"))
    with pytest.raises(CannotRun, match=r"could not be downloaded .* KITH_KAFKA"):
        prepare(repository)


def test_a_tampered_jar_in_the_cache_keeps_kafka_from_starting(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    folder.mkdir()
    for jar in jars.prepare():
        (folder / jar.name).symlink_to(jar)
    victim = folder / "re2j-1.8.jar"
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(content[:-1] + b"?")
    with Leash() as leash:
        kafka = Kafka(tmp_path / "kafka", leash, jar_folder=folder)
        with pytest.raises(CannotRun, match=r"re2j-1\.8\.jar is not the file the lock names"):
            kafka.start()
        assert kafka.pid is None


def test_the_committed_lock_is_of_the_committed_spec() -> None:
    lock = LockFile.load(jars.LOCK)
    assert lock.spec_hash == compute_spec_hash(jars.SPEC)
    assert all(jar.sha256 and len(jar.sha256) == 64 for jar in lock.dependencies)
