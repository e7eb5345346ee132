"""One job's way through the worker, on the sunny side."""

import hashlib
import io

from PIL import Image

from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.peer import text_to_image


async def test_a_job_becomes_a_stored_image(place: Bench) -> None:
    order = text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        output = await place.peer.output_of(order)
        await place.peer.holds(order, None)

    data = await place.media.get(output.storage_key)
    assert hashlib.sha256(data).hexdigest() == output.sha256
    assert len(data) == output.byte_size
    assert Image.open(io.BytesIO(data)).size == (64, 64)
    assert output.params == order.params
    assert output.tags == ("simulated",)
    assert output.warnings == ()
    assert len(place.runs_of(order)) == 1
    assert place.peer.failures == []
