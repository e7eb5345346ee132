"""What the real program does not have: faults, behaviour and the journal, over HTTP.

| request                       | does                                                             |
|-------------------------------|------------------------------------------------------------------|
| `GET /simulator/log`          | every run, and how much of the time it was busy                  |
| `DELETE /simulator/log`       | forgets finished runs                                            |
| `GET /simulator/faults`       | what is waiting, and the behaviour                               |
| `POST /simulator/faults`      | adds `jobs`, `requests`; changes `behaviour` (all optional)      |
| `DELETE /simulator/faults`    | no more faults                                                   |
| `POST /simulator/restart`     | forgets everything, after the answer                             |
| `POST /simulator/kill_worker` | as the requests that kill the real worker's thread               |
| `POST /simulator/forget`      | `{"prompt_id": ..}`: drops that history entry                    |
"""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from deploy.comfyui_simulator.answers import json_answer, object_of
from deploy.comfyui_simulator.faults import JobFault, RequestFault
from deploy.comfyui_simulator.simulator import Simulator


class Orders(BaseModel):
    model_config = ConfigDict(extra="forbid")

    jobs: list[JobFault] = Field(default_factory=list)
    requests: list[RequestFault] = Field(default_factory=list)
    behaviour: dict[str, object] = Field(default_factory=dict)


async def get_log(simulator: Simulator, _: Request) -> Response:
    return json_answer(simulator.journal.report())


async def delete_log(simulator: Simulator, _: Request) -> Response:
    simulator.journal.clear()
    return Response()


async def get_faults(simulator: Simulator, _: Request) -> Response:
    return json_answer(
        {
            "jobs": [fault.model_dump(mode="json") for fault in simulator.faults.jobs],
            "requests": [fault.model_dump(mode="json") for fault in simulator.faults.requests],
            "behaviour": simulator.behaviour.model_dump(mode="json"),
        }
    )


async def post_faults(simulator: Simulator, request: Request) -> Response:
    try:
        orders = Orders.model_validate(await object_of(request))
        simulator.behave(**orders.behaviour)
    except ValidationError as error:
        return json_answer({"error": str(error)}, 422)
    simulator.faults.add(*orders.jobs, *orders.requests)
    return await get_faults(simulator, request)


async def delete_faults(simulator: Simulator, _: Request) -> Response:
    simulator.faults.clear()
    return Response()


async def post_restart(simulator: Simulator, _: Request) -> Response:
    async def restart() -> None:
        # The restart resets this very connection, so the request must not wait for it.
        simulator.restarting = asyncio.create_task(simulator.restart())

    return Response(background=BackgroundTask(restart))


async def post_kill_worker(simulator: Simulator, _: Request) -> Response:
    simulator.kill_worker()
    return Response()


async def post_forget(simulator: Simulator, request: Request) -> Response:
    simulator.forget(str((await object_of(request)).get("prompt_id")))
    return Response()


ROUTES: tuple[tuple[str, str, Callable[[Simulator, Request], Awaitable[Response]]], ...] = (
    ("GET", "/simulator/log", get_log),
    ("DELETE", "/simulator/log", delete_log),
    ("GET", "/simulator/faults", get_faults),
    ("POST", "/simulator/faults", post_faults),
    ("DELETE", "/simulator/faults", delete_faults),
    ("POST", "/simulator/restart", post_restart),
    ("POST", "/simulator/kill_worker", post_kill_worker),
    ("POST", "/simulator/forget", post_forget),
)
