"""Which choices a ComfyUI offers, and in which inputs of which nodes they are chosen.

The names are those of `GET /api/v1/models`. Every node listed for a kind shows the same list.
"""

from typing import NamedTuple


class Combo(NamedTuple):
    node_class: str
    input: str


OPTION_SOURCES: dict[str, tuple[Combo, ...]] = {
    "checkpoints": (
        Combo("CheckpointLoaderSimple", "ckpt_name"),
        Combo("ImageOnlyCheckpointLoader", "ckpt_name"),
    ),
    "loras": (
        Combo("LoraLoader", "lora_name"),
        Combo("LoraLoaderModelOnly", "lora_name"),
    ),
    "samplers": (
        Combo("KSampler", "sampler_name"),
        Combo("KSamplerAdvanced", "sampler_name"),
        Combo("KSamplerSelect", "sampler_name"),
    ),
    "schedulers": (
        Combo("KSampler", "scheduler"),
        Combo("KSamplerAdvanced", "scheduler"),
        Combo("BasicScheduler", "scheduler"),
    ),
    "vaes": (Combo("VAELoader", "vae_name"),),
    "diffusion_models": (Combo("UNETLoader", "unet_name"),),
    "text_encoders": (
        Combo("CLIPLoader", "clip_name"),
        Combo("DualCLIPLoader", "clip_name1"),
        Combo("DualCLIPLoader", "clip_name2"),
    ),
    "clip_vision": (Combo("CLIPVisionLoader", "clip_name"),),
    "style_models": (Combo("StyleModelLoader", "style_model_name"),),
    "controlnets": (Combo("ControlNetLoader", "control_net_name"),),
    "upscale_models": (Combo("UpscaleModelLoader", "model_name"),),
}

KIND_OF_COMBO = {combo: kind for kind, combos in OPTION_SOURCES.items() for combo in combos}

IN_WORDS = {
    "checkpoints": "checkpoint",
    "loras": "LoRA",
    "samplers": "sampler",
    "schedulers": "scheduler",
    "vaes": "VAE",
    "diffusion_models": "diffusion model",
    "text_encoders": "text encoder",
    "clip_vision": "CLIP vision model",
    "style_models": "style model",
    "controlnets": "ControlNet",
    "upscale_models": "upscale model",
    "node": "node",
    "workflow": "workflow",
}
