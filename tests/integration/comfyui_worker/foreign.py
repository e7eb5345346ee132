"""Somebody else who uses the same ComfyUI."""

from uuid import uuid4

import httpx

from shared.messages import Generate
from shared.workflows.load import load_workflows
from shared.workflows.render import render
from tests.integration.comfyui_worker.bench import Bench


async def submit_foreign(place: Bench, like: Generate, *, mark: object = None) -> str:
    """Its prompt id. With `mark`, as another worker of this project would."""
    prompt_id = str(uuid4())
    graph = render(
        load_workflows()[like.workflow],
        like.params,
        prompt=like.prompt,
        negative_prompt=like.negative_prompt,
        filename_prefix=f"foreign/{prompt_id}",
    )
    body = {"prompt": graph, "prompt_id": prompt_id, "extra_data": {"darkroom": mark}}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{place.url}/prompt", json=body)
    answer.raise_for_status()
    return prompt_id
