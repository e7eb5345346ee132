"""What every message has, and bytes ↔ message."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Refused


class Message(BaseModel):
    """Frozen, complete for its consumer. Unknown fields are ignored: senders may add first."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    type: str
    v: int
    trace_id: str | None = None  # of the request that made the job

    @classmethod
    def type_name(cls) -> str:
        name: str = cls.model_fields["type"].default
        return name


M = TypeVar("M", bound=Message)


class MalformedMessage(Refused):
    """Not JSON, an unexpected `type` or `v`, or a field that breaks its schema."""

    code = "malformed_message"


class _Header(BaseModel):
    type: str


def encode(message: Message) -> bytes:
    return message.model_dump_json().encode()


def decode(body: bytes, expected: Mapping[str, type[M]]) -> M:
    """Parse `body` as one of `expected`, keyed by type name. Raises MalformedMessage."""
    try:
        header = _Header.model_validate_json(body)
        return expected[header.type].model_validate_json(body)
    except (ValidationError, KeyError) as error:
        raise MalformedMessage(str(error)) from error
