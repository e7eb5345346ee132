"""Assemble the HTTP application."""

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from gateway import errors
from gateway.errors import Problem
from gateway.generation_jobs import routes as generation_jobs
from gateway.middleware import Traced, WholeBody
from gateway.parts import Parts

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {errors.PROBLEM_TYPE: {}}, "description": description}
    for status, description in {
        401: "Nobody is signed in",
        422: "Something is wrong with the request; `errors` says what",
        503: "The database does not answer; come back after `Retry-After` seconds",
    }.items()
}


class Gateway(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        return Traced(super().build_middleware_stack())


def create_app(parts: Parts) -> FastAPI:
    """Requests are answered while `gateway.parts.running(parts)` is entered."""
    app = Gateway(title="Darkroom", version="1", redoc_url=None, responses=RESPONSES)
    app.state.parts = parts
    app.add_middleware(WholeBody)
    errors.install(app)
    for router in (generation_jobs.submissions, generation_jobs.router):
        app.include_router(router)
    return app
