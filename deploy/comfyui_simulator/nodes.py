"""What each node class does. Pictures stay recipes until they are saved."""

import asyncio
from functools import partial

from PIL import Image

from deploy.comfyui_simulator.drawing import preview_jpeg
from deploy.comfyui_simulator.files import OutsideFolder, file_of_input, save_pictures
from deploy.comfyui_simulator.pictures import (
    Blended,
    Dream,
    Inverted,
    Loaded,
    Picture,
    Scaled,
    Solid,
)
from deploy.comfyui_simulator.work import Conditioning, Latent, Model, NodeFailed, Outcome, Work


async def load_checkpoint(work: Work) -> Outcome:
    checkpoint = work.text("ckpt_name")
    await work.load(checkpoint)
    model = Model(checkpoint)
    return Outcome((model, model, model))


async def load_lora(work: Work) -> Outcome:
    lora = f"{work.text('lora_name')}:{work.number('strength_model')}"
    model = work.model("model")
    changed = Model(model.checkpoint, (*model.loras, lora))
    return Outcome((changed, work.inputs["clip"]))


async def load_vae(work: Work) -> Outcome:
    return Outcome((Model(work.text("vae_name")),))


async def set_last_layer(work: Work) -> Outcome:
    return Outcome((work.inputs["clip"],))


async def encode_text(work: Work) -> Outcome:
    return Outcome((Conditioning(work.text("text")),))


async def empty_latent(work: Work) -> Outcome:
    # A latent pixel is eight image pixels wide: an odd size is rounded down, as in the real one.
    width, height = work.integer("width") // 8 * 8, work.integer("height") // 8 * 8
    return Outcome((Latent(width, height, work.integer("batch_size")),))


async def sample(work: Work) -> Outcome:
    model, latent, steps = work.model("model"), work.latent("latent_image"), work.integer("steps")
    style = f"{model.loras} {work.inputs['sampler_name']} {work.inputs['scheduler']} " + (
        f"{steps} {work.inputs['cfg']} {work.inputs['denoise']}"
    )
    pictures = tuple(
        Dream(
            width=latent.width,
            height=latent.height,
            text=work.conditioning("positive"),
            negative_text=work.conditioning("negative"),
            seed=work.integer("seed"),
            checkpoint=model.checkpoint,
            style=style if place == 0 else f"{style} {place}",
        )
        for place in range(latent.batch_size)
    )
    for step in range(1, steps + 1):
        await asyncio.sleep(work.step_seconds())
        done = step / steps
        await work.progress(step, steps, partial(preview_jpeg, pictures[0], done=done))
    return Outcome((Latent(latent.width, latent.height, latent.batch_size, pictures),))


async def decode(work: Work) -> Outcome:
    latent = work.latent("samples")
    grey = Solid(latent.width, latent.height, 0x808080)
    return Outcome((latent.pictures or (grey,) * latent.batch_size,))


async def empty_image(work: Work) -> Outcome:
    solid = Solid(work.integer("width"), work.integer("height"), work.integer("color"))
    return Outcome(((solid,) * work.integer("batch_size"),))


async def scale_image(work: Work) -> Outcome:
    return Outcome((tuple(_scaled(picture, work) for picture in work.pictures("image")),))


def _scaled(picture: Picture, work: Work) -> Scaled:
    """A side of 0 follows from the other one."""
    width, height = work.integer("width"), work.integer("height")
    if width == 0 and height == 0:
        return Scaled(picture, picture.width, picture.height)
    width = width or max(1, round(picture.width * height / picture.height))
    height = height or max(1, round(picture.height * width / picture.width))
    return Scaled(picture, width, height)


async def invert_image(work: Work) -> Outcome:
    return Outcome((tuple(Inverted(picture) for picture in work.pictures("image")),))


async def blend_images(work: Work) -> Outcome:
    first, second = work.pictures("image1"), work.pictures("image2")
    if len(first) < len(second):
        first = first * len(second)
    factor = work.number("blend_factor")
    blended = (Blended(one, second[i % len(second)], factor) for i, one in enumerate(first))
    return Outcome((tuple(blended),))


async def load_image(work: Work) -> Outcome:
    path = file_of_input(work.machine.folders, work.text("image"))
    if path is None or not path.is_file():
        raise NodeFailed("FileNotFoundError", f"no such file: {work.text('image')}")
    try:
        with Image.open(path) as image:
            loaded = Loaded(path, image.width, image.height)
    except OSError as error:
        raise NodeFailed(type(error).__name__, str(error)) from error
    return Outcome(((loaded,), ()))


async def save_images(work: Work) -> Outcome:
    return await _save(work, prefix=work.text("filename_prefix"), kind="output")


async def preview_images(work: Work) -> Outcome:
    return await _save(work, prefix=work.machine.temp_prefix, kind="temp")


async def _save(work: Work, *, prefix: str, kind: str) -> Outcome:
    pictures = work.pictures("images")
    try:
        images = await save_pictures(work, pictures, prefix=prefix, kind=kind)
    except (OutsideFolder, OSError) as error:
        name = "Exception" if isinstance(error, OutsideFolder) else "OSError"
        raise NodeFailed(name, str(error)) from error
    if work.file_fault is not None and work.file_fault.kind == "no_output":
        return Outcome(ui={"images": []})
    return Outcome(ui={"images": images})
