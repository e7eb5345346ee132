"""What a client may say, and what it is told: every frame, as text.

client → server   subscribe  unsubscribe  ping
server → client   hello  snapshot  job.*  job.progress  queue  content.*  error  pong
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shared.errors import Refused
from shared.jobs import JobId
from shared.messages import (
    ContentCreated,
    ContentDeleted,
    ContentUpdated,
    JobDeleted,
    JobEvent,
    Progress,
)
from shared.plain_words import in_plain_words
from shared.views import JobView

MAX_IDS = 500  # of one frame
HEARTBEAT_SECONDS = 20


class MalformedFrame(Refused):
    code = "malformed_frame"


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _About(_Said):
    """Jobs, or the feed; exactly one of them."""

    jobs: Annotated[tuple[JobId, ...], Field(max_length=MAX_IDS)] | None = None
    feed: Literal["mine"] | None = None

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if (self.jobs is None) == (self.feed is None):
            raise ValueError('either "jobs" or "feed" is needed')
        return self


class Subscribe(_About):
    type: Literal["subscribe"]


class Unsubscribe(_About):
    type: Literal["unsubscribe"]


class Ping(_Said):
    type: Literal["ping"]


Request = Subscribe | Unsubscribe | Ping
_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="type")])


def parse(text: str | None) -> Request:
    """None: it was no text frame. Raises MalformedFrame, which says what is wrong with it."""
    if text is None:
        raise MalformedFrame("only text frames are understood")
    try:
        return _REQUEST.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"][1:]))  # behind the type of the frame
        words = in_plain_words(first)
        raise MalformedFrame(f"{where[:100]}: {words}" if where else words) from error


HELLO = f'{{"type":"hello","v":1,"heartbeat_s":{HEARTBEAT_SECONDS}}}'
PONG = '{"type":"pong"}'


def snapshot(jobs: Sequence[JobView], *, feed: bool, truncated: bool) -> str:
    """`feed` tells the client that every job of its feed that is not listed is final or gone."""
    body = ",".join(job.model_dump_json() for job in jobs)
    marks = ',"feed":"mine"' if feed else ""
    marks += ',"truncated":true' if truncated else ""
    return f'{{"type":"snapshot"{marks},"jobs":[{body}]}}'


def job_event(event: JobEvent) -> str:
    return f'{{"type":"{event.type}","job":{event.job.model_dump_json()}}}'


def job_deleted(event: JobDeleted) -> str:
    return f'{{"type":"job.deleted","job_id":"{event.job_id}"}}'


def job_progress(progress: Progress, *, version: int) -> str:
    return _dump(
        {
            "type": "job.progress",
            "job_id": progress.job_id,
            "version": version,
            "value": progress.value,
            "step": progress.step,
            "steps": progress.steps,
            "node": progress.node,
        }
    )


def content_event(event: ContentCreated | ContentUpdated) -> str:
    return f'{{"type":"{event.type}","content":{event.content.model_dump_json()}}}'


def content_deleted(event: ContentDeleted) -> str:
    content = {"id": event.content_id, "version": event.version}
    return _dump({"type": event.type, "content": content})


def queue(waiting: int, positions: Mapping[UUID, int]) -> str:
    places = {str(job_id): position for job_id, position in positions.items()}
    return _dump({"type": "queue", "waiting": waiting, "positions": places})


def error(code: str, detail: str) -> str:
    return _dump({"type": "error", "code": code, "detail": detail})


def not_found(job_ids: Iterable[UUID]) -> str:
    """The same for a job that is not there and for one that is somebody else's."""
    ids = [str(job_id) for job_id in job_ids]
    detail = f"no such job: {', '.join(ids[:3])}{' …' if len(ids) > 3 else ''}"
    return _dump({"type": "error", "code": "not_found", "detail": detail, "jobs": ids})


def _dump(frame: dict[str, Any]) -> str:
    return orjson.dumps(frame).decode()
