"""Assemble the HTTP application."""

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from gateway import errors, front_page
from gateway.accounts import routes as accounts
from gateway.content_items import routes as content_items
from gateway.discovery import dead_letters
from gateway.discovery import routes as discovery
from gateway.generation_jobs import routes as generation_jobs
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
    front_page.router,
)


class Gateway(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        return HeadAsGet(Traced(super().build_middleware_stack()))


def create_app(parts: Parts) -> FastAPI:
    """Requests are answered while `gateway.parts.running(parts)` is entered."""
    app = Gateway(
        title="Darkroom",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.parts = parts
    app.add_middleware(WholeBody)
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
