"""Records and back: CloudEvents binary mode, and errors that say the rule and never the value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import generate
from contracts.assessments import AssessmentSubmittedV1
from contracts.codec import Undecodable, decode_envelope, decode_event, encode
from contracts.envelope import Envelope, Event, derive_id, new_id
from contracts.samples import SAMPLES
from contracts.topics import EVENT_TYPES, TOPICS


def envelope(event: Event) -> Envelope:
    return Envelope(
        id=new_id(),
        type=event.TYPE,
        source="/kith/test",
        time=datetime.now(UTC),
        subject=event.subject(),
        journey_id=uuid4(),
        place_id="greater-manchester",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


def test_every_event_has_a_sample() -> None:
    assert {sample.TYPE for sample in SAMPLES} == set(EVENT_TYPES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.TYPE)
def test_event_survives_the_record(sample: Event) -> None:
    sent = envelope(sample)
    key, value, headers = encode(sent, sample)
    assert key == b"greater-manchester"
    received = decode_envelope(headers)
    assert received == sent
    assert decode_event(received.type, value) == sample


@pytest.mark.parametrize("path", sorted(generate.EXAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_every_example_ever_written_is_still_read(path: Path) -> None:
    value = json.loads(path.read_text("utf-8"))
    assert decode_event(path.stem, json.dumps(value).encode())


@pytest.mark.parametrize(
    "sample",
    [s for s in SAMPLES if not isinstance(s, AssessmentSubmittedV1)],
    ids=lambda s: s.TYPE,
)
def test_old_reader_ignores_what_it_does_not_know(sample: Event) -> None:
    value = json.loads(sample.model_dump_json(exclude_none=True)) | {"added_in_v1": 1}
    assert decode_event(sample.TYPE, json.dumps(value).encode()) == sample


@given(st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=40)), max_size=12))
def test_no_headers_raise_anything_but_undecodable(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(Undecodable):
        decode_envelope(headers)


@given(st.sampled_from(sorted(EVENT_TYPES)), st.binary(max_size=200))
def test_no_value_raises_anything_but_undecodable(type_: str, value: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_event(type_, value)


def test_reason_names_the_field_and_not_the_value() -> None:
    sample = next(s for s in SAMPLES if s.TYPE == "kith.agencies.assessment.recorded.v1")
    value = json.loads(sample.model_dump_json())
    value["submission"]["people"][0]["date_of_birth"] = "31/02/Secretname"
    with pytest.raises(Undecodable) as caught:
        decode_event(sample.TYPE, json.dumps(value).encode())
    assert "submission.people.0.date_of_birth" in str(caught.value)
    assert "Secretname" not in str(caught.value)


def test_only_registered_topics_carry_personal_data() -> None:
    assert [topic.name for topic in TOPICS if topic.personal_data] == ["agencies.assessments"]


def test_ids_that_follow_from_a_cause_are_the_same_every_time() -> None:
    cause = uuid4()
    assert derive_id(cause, "household", 1) == derive_id(cause, "household", 1)
    assert derive_id(cause, "household", 1) != derive_id(cause, "household", 2)


def test_generated_files_say_what_the_models_say() -> None:
    assert generate.drift() == []
