"""One log format for every process: JSON lines in containers, columns on a terminal."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from structlog.typing import Processor


def _json(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> str:
    return orjson.dumps(fields, default=str).decode()


def configure(service: str, *, level: str = "INFO", json: bool | None = None) -> None:
    """Route structlog and stdlib records (uvicorn, aiormq, sqlalchemy) through one renderer.

    `json` None: JSON unless standard error is a terminal.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: Processor = _json if as_json else structlog.dev.ConsoleRenderer(pad_event_to=28)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Their own words about requests and reconnects; ours say the same once.
    for chatty in ("httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)  # noqa: TID251 - to silence, not to log
    # It calls each refused connection an error, at every attempt.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # noqa: TID251 - to silence, not to log
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def of_job(job_id: object, *, trace_id: str | None, **more: object) -> Mapping[str, Any]:
    """The fields that every line about a job carries: `bound_contextvars(**of_job(…))`."""
    return {"job_id": str(job_id), "trace_id": trace_id, **more}
