"""The node classes of this installation, with the models that it has."""

from functools import lru_cache

from deploy.comfyui_simulator import nodes
from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.node_types import Input, NodeType

LARGEST_SIDE = 16_384
LARGEST_SEED = 2**64 - 1
MODEL, CLIP, VAE = Input("MODEL"), Input("CLIP"), Input("VAE")
IMAGE, LATENT, CONDITIONING = Input("IMAGE"), Input("LATENT"), Input("CONDITIONING")

FOLDERS = (
    "checkpoints",
    "configs",
    "loras",
    "vae",
    "text_encoders",
    "diffusion_models",
    "clip_vision",
    "style_models",
    "embeddings",
    "diffusers",
    "vae_approx",
    "controlnet",
    "gligen",
    "upscale_models",
    "custom_nodes",
    "hypernetworks",
    "photomaker",
    "classifiers",
    "model_patches",
    "audio_encoders",
)


def integer(default: int, least: int, most: int, **options: object) -> Input:
    return Input("INT", {"default": default, "min": least, "max": most, **options})


def number(default: float, least: float, most: float, step: float) -> Input:
    return Input("FLOAT", {"default": default, "min": least, "max": most, "step": step})


def models_in(behaviour: Behaviour, folder: str) -> tuple[str, ...] | None:
    """None: there is no such folder."""
    known = {"checkpoints": behaviour.checkpoints, "loras": behaviour.loras, "vae": behaviour.vaes}
    if folder not in FOLDERS:
        return None
    return known.get(folder, ())


@lru_cache(maxsize=16)
def catalogue(behaviour: Behaviour) -> dict[str, NodeType]:
    everything = (*_loaders(behaviour), *_sampling(behaviour), *_images(), *_outputs())
    return {kind.name: kind for kind in everything if kind.name not in behaviour.missing_nodes}


def _loaders(behaviour: Behaviour) -> tuple[NodeType, ...]:
    strength = number(1.0, -100.0, 100.0, 0.01)
    return (
        NodeType(
            name="CheckpointLoaderSimple",
            title="Load Checkpoint",
            category="loaders",
            run=nodes.load_checkpoint,
            required={"ckpt_name": Input(behaviour.checkpoints)},
            outputs=("MODEL", "CLIP", "VAE"),
        ),
        NodeType(
            name="LoraLoader",
            title="Load LoRA",
            category="loaders",
            run=nodes.load_lora,
            required={
                "model": MODEL,
                "clip": CLIP,
                "lora_name": Input(behaviour.loras),
                "strength_model": strength,
                "strength_clip": strength,
            },
            outputs=("MODEL", "CLIP"),
        ),
        NodeType(
            name="VAELoader",
            title="Load VAE",
            category="loaders",
            run=nodes.load_vae,
            required={"vae_name": Input(behaviour.vaes)},
            outputs=("VAE",),
        ),
    )


def _sampling(behaviour: Behaviour) -> tuple[NodeType, ...]:
    return (
        NodeType(
            name="CLIPTextEncode",
            title="CLIP Text Encode (Prompt)",
            category="conditioning",
            run=nodes.encode_text,
            required={"text": Input("STRING", {"multiline": True}), "clip": CLIP},
            outputs=("CONDITIONING",),
        ),
        NodeType(
            name="CLIPSetLastLayer",
            title="CLIP Set Last Layer",
            category="conditioning",
            run=nodes.set_last_layer,
            required={"clip": CLIP, "stop_at_clip_layer": integer(-1, -24, -1, step=1)},
            outputs=("CLIP",),
        ),
        NodeType(
            name="EmptyLatentImage",
            title="Empty Latent Image",
            category="latent",
            run=nodes.empty_latent,
            required={
                "width": integer(512, 16, LARGEST_SIDE, step=8),
                "height": integer(512, 16, LARGEST_SIDE, step=8),
                "batch_size": integer(1, 1, 4096),
            },
            outputs=("LATENT",),
        ),
        _sampler(behaviour),
        NodeType(
            name="VAEDecode",
            title="VAE Decode",
            category="latent",
            run=nodes.decode,
            required={"samples": LATENT, "vae": VAE},
            outputs=("IMAGE",),
        ),
    )


def _sampler(behaviour: Behaviour) -> NodeType:
    return NodeType(
        name="KSampler",
        title="KSampler",
        category="sampling",
        run=nodes.sample,
        required={
            "model": MODEL,
            "seed": integer(0, 0, LARGEST_SEED, control_after_generate=True),
            "steps": integer(20, 1, 10_000),
            "cfg": number(8.0, 0.0, 100.0, 0.1),
            "sampler_name": Input(behaviour.samplers),
            "scheduler": Input(behaviour.schedulers),
            "positive": CONDITIONING,
            "negative": CONDITIONING,
            "latent_image": LATENT,
            "denoise": number(1.0, 0.0, 1.0, 0.01),
        },
        outputs=("LATENT",),
    )


def _images() -> tuple[NodeType, ...]:
    return (
        NodeType(
            name="EmptyImage",
            title="EmptyImage",
            category="image",
            run=nodes.empty_image,
            required={
                "width": integer(512, 1, LARGEST_SIDE, step=1),
                "height": integer(512, 1, LARGEST_SIDE, step=1),
                "batch_size": integer(1, 1, 4096),
                "color": integer(0, 0, 0xFFFFFF, step=1, display="color"),
            },
            outputs=("IMAGE",),
        ),
        NodeType(
            name="LoadImage",
            title="Load Image",
            category="image",
            run=nodes.load_image,
            required={"image": Input((), {"image_upload": True})},
            outputs=("IMAGE", "MASK"),
            reads_file="image",
        ),
        NodeType(
            name="ImageScale",
            title="Upscale Image",
            category="image/upscaling",
            run=nodes.scale_image,
            required={
                "image": IMAGE,
                "upscale_method": Input(
                    ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
                ),
                "width": integer(512, 0, LARGEST_SIDE, step=1),
                "height": integer(512, 0, LARGEST_SIDE, step=1),
                "crop": Input(("disabled", "center")),
            },
            outputs=("IMAGE",),
        ),
        NodeType(
            name="ImageInvert",
            title="Invert Image",
            category="image",
            run=nodes.invert_image,
            required={"image": IMAGE},
            outputs=("IMAGE",),
        ),
        NodeType(
            name="ImageBlend",
            title="Image Blend",
            category="image/postprocessing",
            run=nodes.blend_images,
            required={
                "image1": IMAGE,
                "image2": IMAGE,
                "blend_factor": number(0.5, 0.0, 1.0, 0.01),
                "blend_mode": Input(("normal", "multiply", "screen", "overlay", "soft_light")),
            },
            outputs=("IMAGE",),
        ),
    )


def _outputs() -> tuple[NodeType, ...]:
    hidden = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}
    return (
        NodeType(
            name="SaveImage",
            title="Save Image",
            category="image",
            run=nodes.save_images,
            required={
                "images": IMAGE,
                "filename_prefix": Input("STRING", {"default": "ComfyUI"}),
            },
            hidden=hidden,
            is_output=True,
        ),
        NodeType(
            name="PreviewImage",
            title="Preview Image",
            category="image",
            run=nodes.preview_images,
            required={"images": IMAGE},
            hidden=hidden,
            is_output=True,
        ),
    )
