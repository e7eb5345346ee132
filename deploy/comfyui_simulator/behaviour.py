"""What the simulated machine is like: its models, its speed. Changeable while it runs."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveInt

SAMPLERS = (
    "euler",
    "euler_ancestral",
    "heun",
    "dpm_2",
    "dpm_2_ancestral",
    "lms",
    "dpmpp_2s_ancestral",
    "dpmpp_sde",
    "dpmpp_2m",
    "dpmpp_2m_sde",
    "dpmpp_3m_sde",
    "ddpm",
    "lcm",
    "ddim",
    "uni_pc",
)
SCHEDULERS = ("normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform", "beta")


class Behaviour(BaseModel):
    """Seconds are seconds of simulated work; 0 means as fast as this computer can."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoints: tuple[str, ...] = ("simulated-1.5.safetensors", "simulated-xl.safetensors")
    loras: tuple[str, ...] = ("simulated-ink.safetensors", "simulated-pastel.safetensors")
    vaes: tuple[str, ...] = ("simulated-vae.safetensors",)
    samplers: tuple[str, ...] = SAMPLERS
    schedulers: tuple[str, ...] = SCHEDULERS
    missing_nodes: frozenset[str] = frozenset()
    """Classes that this installation does not have."""

    load_seconds: NonNegativeFloat = 0
    """The first use of a checkpoint; like the real load, it ignores an interrupt until done."""
    step_seconds: NonNegativeFloat = 0
    save_seconds: NonNegativeFloat = 0
    """The file has its final name at once and grows for this long."""
    history_lag_seconds: NonNegativeFloat = 0
    """How long `execution_success` runs ahead of the entry in the history."""

    history_limit: PositiveInt = 10_001
    cache: Literal["classic", "none"] = "classic"
    previews: bool = False
    compression: int = 1
    """zlib level of the PNGs; the real program uses 4, which costs three times the CPU."""


class Folders(BaseModel):
    """Where the simulator keeps files; only `output` is ever shared with a worker."""

    model_config = ConfigDict(frozen=True)

    output: Path
    input: Path
    temp: Path

    def named(self, kind: str) -> Path | None:
        match kind:
            case "output":
                return self.output
            case "input":
                return self.input
            case "temp":
                return self.temp
            case _:
                return None
