"""What is wrong with JSON is said in the words of JSON."""

import pytest
from pydantic import ValidationError

from gateway.generation_jobs.schemas import JobRequest
from gateway.input import MOST_FAULTS, model_faults
from services.notifier.frames import MalformedFrame, parse


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("[]", "must be an object"),
        ("{}", 'has no "type"'),
        ('{"type": "x"}', "the type must be one of 'subscribe', 'unsubscribe', 'ping'"),
        ('{"type": "subscribe"}', 'either "jobs" or "feed" is needed'),
        ('{"type": "unsubscribe", "jobs": [1]}', "jobs.0: must be a UUID, as a string"),
        ('{"type": "subscribe", "jobs": 1}', "jobs: must be an array"),
        ('{"type": "ping", "x": 1}', "x: is not known"),
    ],
)
def test_a_frame_that_is_none(frame: str, words: str) -> None:
    with pytest.raises(MalformedFrame) as refused:
        parse(frame)

    assert str(refused.value) == words


@pytest.mark.parametrize("body", [[], 1, "x", None])
def test_a_body_that_is_no_object(body: object) -> None:
    with pytest.raises(ValidationError) as invalid:
        JobRequest.model_validate(body)

    [fault] = model_faults(JobRequest, invalid.value)
    assert (fault.loc, fault.msg) == (("body",), "must be a JSON object")


def test_fields_of_the_wrong_kind() -> None:
    with pytest.raises(ValidationError) as invalid:
        JobRequest.model_validate({"prompt": 1, "params": [], "tags": {}})

    assert [(fault.loc[0], fault.msg) for fault in model_faults(JobRequest, invalid.value)] == [
        ("prompt", "must be a string"),
        ("params", "must be an object"),
        ("tags", "must be an array"),
    ]


def test_texts_are_counted_in_characters() -> None:
    with pytest.raises(ValidationError) as invalid:
        JobRequest.model_validate({"prompt": "x" * 20_001, "tags": ["x" * 101]})

    said = [fault.msg for fault in model_faults(JobRequest, invalid.value)]
    assert said == [
        "String should have at most 20000 characters",
        "String should have at most 100 characters",
    ]


def test_of_very_many_faults_the_first_are_told() -> None:
    with pytest.raises(ValidationError) as invalid:
        JobRequest.model_validate({"prompt": "x"} | {f"prompt{number}": 1 for number in range(999)})

    assert len(model_faults(JobRequest, invalid.value)) == MOST_FAULTS
