"""Collections are put off while a batch is handled, and only then."""

from __future__ import annotations

import gc

import pytest

from services.kit import heap


def test_nothing_is_collected_inside_and_everything_is_again_after_the_last() -> None:
    with heap.undisturbed():
        with heap.undisturbed():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_batch_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(ValueError, match="bad record"), heap.undisturbed():
        raise ValueError("bad record")
    assert gc.isenabled()
