"""The web application: every route of ComfyUI that a client of Darkroom's kind may call."""

from collections.abc import Awaitable, Callable, Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from deploy.comfyui_simulator import control, discovery, jobs, uploads, view
from deploy.comfyui_simulator.answers import Trouble, method_not_allowed, trouble_answer
from deploy.comfyui_simulator.gate import Gate
from deploy.comfyui_simulator.simulator import Simulator

Endpoint = Callable[[Simulator, Request], Awaitable[Response]]

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/prompt", jobs.post_prompt),
    ("GET", "/prompt", jobs.get_prompt),
    ("GET", "/queue", jobs.get_queue),
    ("POST", "/queue", jobs.post_queue),
    ("GET", "/history", jobs.get_history),
    ("POST", "/history", jobs.post_history),
    ("GET", "/history/{prompt_id:path}", jobs.get_history_entry),
    ("POST", "/interrupt", jobs.post_interrupt),
    ("POST", "/free", jobs.post_free),
    ("GET", "/view", view.get_view),
    ("POST", "/upload/image", uploads.post_image),
    ("GET", "/system_stats", discovery.get_system_stats),
    ("GET", "/object_info", discovery.get_object_info),
    ("GET", "/object_info/{name}", discovery.get_object_info),
    ("GET", "/models", discovery.get_models),
    ("GET", "/models/{folder}", discovery.get_models_in_folder),
    ("GET", "/features", discovery.get_features),
    ("GET", "/embeddings", discovery.get_embeddings),
    ("GET", "/internal/files/{kind}", discovery.get_files),
)


def make_app(simulator: Simulator) -> ASGIApp:
    routes = [_socket_route(simulator), *_routes(simulator, ROUTES)]
    app = Starlette(
        routes=[
            *_routes(simulator, control.ROUTES),
            Mount("/api", routes=routes),
            *routes,
        ],
        exception_handlers={
            HTTPException: _plain_error,
            Trouble: trouble_answer,
            ClientDisconnect: _nobody_listens,
        },
    )
    app.router.redirect_slashes = False
    return Gate(app, simulator)


def _routes(simulator: Simulator, table: Iterable[tuple[str, str, Endpoint]]) -> list[BaseRoute]:
    endpoints: dict[str, dict[str, Endpoint]] = {}
    for method, path, endpoint in table:
        endpoints.setdefault(path, {})[method] = endpoint

    def answer_with(by_method: dict[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await by_method[method](simulator, request)

        return answer

    return [
        Route(path, answer_with(by_method), methods=list(by_method))
        for path, by_method in endpoints.items()
    ]


def _socket_route(simulator: Simulator) -> BaseRoute:
    async def listen(socket: WebSocket) -> None:
        memory = simulator.memory
        await memory.hub.listen(socket, remaining=lambda: memory.queue.remaining)

    return WebSocketRoute("/ws", listen)


async def _plain_error(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return method_not_allowed(error)
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Response(status_code=status)


async def _nobody_listens(_: Request, __: Exception) -> Response:
    return PlainTextResponse("", status_code=400)
