"""A live worker and what its ComfyUI offers."""

from shared.db.engine import Sessions
from shared.workflows.requirements import Offers
from tests.factories import make_worker

NODES = (
    "CheckpointLoaderSimple",
    "CLIPTextEncode",
    "EmptyLatentImage",
    "KSampler",
    "VAEDecode",
    "SaveImage",
    "EmptyImage",
    "LoraLoader",
)


def offers(*checkpoints: str, loras: tuple[str, ...] = ()) -> Offers:
    return Offers(
        nodes=NODES,
        options={
            "checkpoints": checkpoints,
            "loras": loras,
            "samplers": ("euler", "dpmpp_2m"),
            "schedulers": ("normal", "karras"),
        },
        workflows=("solid_color", "text_to_image"),
    )


async def start_worker(sessions: Sessions, what: Offers) -> None:
    await make_worker(
        sessions, offers=what.model_dump(mode="json"), has=what.has(), offers_digest=what.digest()
    )
