"""What a container's health check says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.kit import healthy
from services.local.ports import free_port


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[int]:
    """A service that gives these answers, the last of them for ever."""
    left = list(answers)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check(monkeypatch: pytest.MonkeyPatch, port: int, *arguments: str) -> int:
    monkeypatch.setenv("KITH_HTTP_PORT", str(port))
    return healthy.main(list(arguments))


def test_a_service_that_is_ready_is_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering((200, b"{}")) as port:
        assert check(monkeypatch, port) == 0


def test_one_that_is_not_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering((503, b'{"faults": ["PostgreSQL does not answer"]}')) as port:
        assert check(monkeypatch, port) == 1
    assert "PostgreSQL does not answer" in capsys.readouterr().err


def test_one_that_does_not_answer_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(monkeypatch, free_port()) == 1


def test_waiting_ends_when_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering((503, b"not json"), (503, b'{"faults": ["lag"]}'), (200, b"{}")) as port:
        assert check(monkeypatch, port, "--wait", "30") == 0
