"""Bytes that were once sent decode for ever: a golden file is added, never edited.

<type>.<v>.json, and <type>.<v>.<field>.json since that optional field is there."""

import json
from pathlib import Path

import pytest

from shared import messages
from shared.messages import MalformedMessage, Message
from shared.messages.base import decode, encode

GOLDEN = sorted((Path(__file__).parent / "messages").glob("*.json"))


def message_types() -> dict[str, type[Message]]:
    """Those that have a type of their own; Message and JobEvent only stand for others."""
    exported = [getattr(messages, name) for name in messages.__all__]
    classes = [each for each in exported if isinstance(each, type) and issubclass(each, Message)]
    return {each.type_name(): each for each in classes if isinstance(each.type_name(), str)}


TYPES = message_types()


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_a_message_that_was_once_sent_still_decodes(golden: Path) -> None:
    message = decode(golden.read_bytes(), TYPES)

    assert f"{golden.stem}.".startswith(f"{message.type}.{message.v}.")


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_nothing_that_was_once_sent_is_forgotten(golden: Path) -> None:
    sent = json.loads(golden.read_bytes())

    understood = decode(golden.read_bytes(), TYPES).model_dump(mode="json")

    assert without_more(understood, like=sent) == sent


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_a_message_survives_the_wire(golden: Path) -> None:
    message = decode(golden.read_bytes(), TYPES)

    assert decode(encode(message), TYPES) == message


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_a_field_that_is_not_known_yet_is_ignored(golden: Path) -> None:
    sent = json.loads(golden.read_bytes())

    later = decode(json.dumps(sent | {"later": [1]}).encode(), TYPES)

    assert later == decode(golden.read_bytes(), TYPES)


def test_every_version_of_every_message_has_a_golden_file() -> None:
    versions = {f"{name}.{kind.model_fields['v'].default}" for name, kind in TYPES.items()}

    assert versions <= {path.stem for path in GOLDEN}
    assert len(TYPES) == 19


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"v": 1}',
        b'{"type": "job.unknown", "v": 1}',
        b'{"type": "claim", "v": 1, "worker_id": "gpu-1"}',
        b'{"type": "claim", "v": 2, "worker_id": "gpu-1", "attempt": 1,'
        b' "job_id": "0190f6a4-5c1e-7c55-8a43-2f6d1f3f8f10"}',
    ],
)
def test_what_cannot_be_understood_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(body, TYPES)


def without_more(understood: object, *, like: object) -> object:
    """Only the fields that `like` has: defaults of later optional ones do not count."""
    if isinstance(understood, dict) and isinstance(like, dict):
        return {key: without_more(understood.get(key), like=value) for key, value in like.items()}
    if isinstance(understood, list) and isinstance(like, list) and len(understood) == len(like):
        return [
            without_more(ours, like=theirs) for ours, theirs in zip(understood, like, strict=True)
        ]
    return understood
