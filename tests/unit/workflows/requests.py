"""Hypothesis strategies: requests that are right, and anything at all."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from shared.workflows.load import load_workflows
from shared.workflows.resolve import Resolved
from shared.workflows.workflow import Workflow

WORKFLOWS = load_workflows()
TEXT_TO_IMAGE = WORKFLOWS["text_to_image"]
SOLID_COLOR = WORKFLOWS["solid_color"]
QUICK = settings(  # a busy machine is no failure
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
LARGEST_SEED = 9_007_199_254_740_991

prompts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
names = prompts.filter(bool)
strengths = st.floats(-10, 10) | st.integers(-10, 10)
loras = st.fixed_dictionaries(
    {"name": names}, optional={"strength_model": strengths, "strength_clip": strengths}
)
sizes = st.integers(8, 256).map(lambda eighth: eighth * 8)
text_to_image_params = st.fixed_dictionaries(
    {"checkpoint": names},
    optional={
        "workflow": st.just("text_to_image"),
        "loras": st.lists(loras, max_size=4),
        "width": sizes,
        "height": sizes,
        "steps": st.integers(1, 150),
        "cfg": st.floats(0, 30) | st.integers(0, 30),
        "sampler": names,
        "scheduler": names,
        "denoise": st.floats(0, 1),
        "seed": st.none() | st.integers(0, LARGEST_SEED),
    },
)
solid_color_params = st.fixed_dictionaries(
    {}, optional={"width": sizes, "height": sizes, "color": st.integers(0, 0xFFFFFF)}
)
good_requests = st.one_of(
    st.tuples(st.just(TEXT_TO_IMAGE), text_to_image_params),
    st.tuples(st.just(SOLID_COLOR), solid_color_params),
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)  # with NUL and halves of surrogate pairs
    | st.sampled_from([10**400, -(10**400), "a" * 30_000])
)
keys = st.sampled_from([*TEXT_TO_IMAGE.manifest.parameters, "workflow", "name"]) | scalars
flat = scalars | st.lists(scalars, max_size=2) | st.dictionaries(keys, scalars, max_size=3)
anything = flat | st.lists(flat, max_size=2) | st.dictionaries(keys, flat, max_size=4)


def resolve(
    params: object, *, workflow: Workflow = TEXT_TO_IMAGE, prompt: object = "a cat", seed: int = 7
) -> Resolved:
    return workflow.validate(
        params,
        prompt=prompt,
        negative_prompt="",
        draw_seed=lambda: seed,
        options={"checkpoints": ["sd15.safetensors"]},
    )


def complete(**params: Any) -> dict[str, Any]:
    return resolve(params).params
