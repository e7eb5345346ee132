"""Assemble the HTTP application."""

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from gateway import errors, page
from gateway.accounts import routes as accounts
from gateway.content_items import routes as content_items
from gateway.discovery import dead_letters
from gateway.discovery import routes as discovery
from gateway.generation_jobs import routes as generation_jobs
from gateway.generation_jobs.submission_route import Shortcut
from gateway.live import relay
from gateway.middleware import HeadAsGet, Traced, WholeBody
from gateway.parts import Parts
from shared.serving.problems import PROBLEM_TYPE, Problem

RESPONSES: dict[int | str, dict[str, Any]] = {
    kind: {"model": Problem, "content": {PROBLEM_TYPE: {}}, "description": description}
    for kind, description in {
        "4XX": "Something is wrong with the request; `errors` says what",
        "5XX": "Something is wrong here; come back after `Retry-After` seconds, if it is given",
    }.items()
}


ROUTERS = (
    generation_jobs.submissions,
    generation_jobs.router,
    content_items.router,
    discovery.router,
    dead_letters.router,
    accounts.router,
    relay.router,
    page.router,
)


class Gateway(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """FastAPI describes each model as application/json; problems have a type of their own."""
        if self.openapi_schema is None:
            for path in super().openapi()["paths"].values():
                for operation in path.values():
                    for kind in RESPONSES:
                        content = operation["responses"][kind]["content"]
                        content[PROBLEM_TYPE] = content.pop("application/json")
        return super().openapi()


def create_app(parts: Parts) -> ASGIApp:
    """Requests are answered while `gateway.parts.running(parts)` is entered."""
    app = routed_app()
    app.state.parts = parts
    [submission] = generation_jobs.submissions.routes
    return HeadAsGet(Traced(WholeBody(Shortcut(app, to=submission))))


def routed_app() -> FastAPI:
    """Knows every address, and nothing to answer from."""
    app = Gateway(
        title="Darkroom",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
