"""Ports that are given out before anybody listens on them."""

from __future__ import annotations

from itertools import islice

from services.local.ports import free_port, is_taken, row_of


def test_what_was_given_out_is_not_given_out_again_at_once() -> None:
    given = [free_port() for _ in range(100)]
    assert len(set(given)) == len(given)
    assert not any(map(is_taken, given))


def test_processes_started_one_after_another_are_given_different_ports() -> None:
    rows = [set(islice(row_of(process), 500)) for process in range(4000, 4008)]
    assert sum(map(len, rows)) == len(set().union(*rows)) > 1500
