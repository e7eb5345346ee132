"""`manifest.yaml`: what a workflow is called, what it may be asked, and where each answer goes."""

from typing import Annotated, Literal

from pydantic import Field

from shared.workflows.loras import Loras
from shared.workflows.parameters import (
    Boolean,
    Choice,
    Integer,
    NodeId,
    Number,
    Place,
    Places,
    Seed,
    Strict,
    Text,
)

DEFAULT_WORKFLOW = "text_to_image"  # what a request gets that names none

Parameter = Annotated[
    Text | Integer | Number | Boolean | Seed | Choice | Loras, Field(discriminator="type")
]
ParameterName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Prompt = Literal["unused"] | Places  # unused: kept with the job, and nothing more


class Manifest(Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    title: str
    description: str
    job_type: Literal["image"]  # the only one made so far
    timeout_s: int = Field(default=600, ge=1, le=86_400)  # from the moment ComfyUI runs it
    output: NodeId  # the one node whose first file is the content
    filename_prefix: Place
    prompt: Prompt
    negative_prompt: Prompt
    parameters: dict[ParameterName, Parameter]

    def prompt_places(self) -> tuple[Place, ...]:
        return () if self.prompt == "unused" else self.prompt

    def negative_prompt_places(self) -> tuple[Place, ...]:
        return () if self.negative_prompt == "unused" else self.negative_prompt
