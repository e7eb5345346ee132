"""Somebody else who uses the same ComfyUI."""

from uuid import uuid4

import httpx

from services.comfyui_worker.identity import mark_of, prefix_of, prompt_id_of
from shared.messages import Generate
from shared.workflows.load import load_workflows
from shared.workflows.render import render
from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.peer import ref_of


async def submit_foreign(place: Bench, like: Generate, *, mark: object = None) -> str:
    """Its prompt id. With `mark`, as another worker of this project would."""
    return await _submit(place, like, str(uuid4()), mark)


async def submit_as_its_twin(place: Bench, order: Generate) -> None:
    """What another worker of the same name, that was given this order too, would submit."""
    ref = ref_of(order)
    await _submit(place, order, prompt_id_of(ref), mark_of(ref, order.worker_id))


async def _submit(place: Bench, like: Generate, prompt_id: str, mark: object) -> str:
    graph = render(
        load_workflows()[like.workflow],
        like.params,
        prompt=like.prompt,
        negative_prompt=like.negative_prompt,
        filename_prefix=prefix_of(ref_of(like)) if mark else f"foreign/{prompt_id}",
    )
    body = {"prompt": graph, "prompt_id": prompt_id, "extra_data": {"darkroom": mark}}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{place.url}/prompt", json=body)
    answer.raise_for_status()
    return prompt_id
