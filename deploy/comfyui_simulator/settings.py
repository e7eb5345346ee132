"""How the simulator runs as a process of its own."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`SIMULATOR_STEP_SECONDS=0.2` or `--step-seconds 0.2`; lists as repeated options or JSON."""

    model_config = SettingsConfigDict(
        env_prefix="SIMULATOR_",
        frozen=True,
        cli_kebab_case=True,
        use_attribute_docstrings=True,
        cli_prog_name="python -m deploy.comfyui_simulator",
    )

    host: str = "127.0.0.1"
    port: int = 8188
    output_dir: Path | None = None
    """Kept between runs; without one its files go when it ends."""
    journal: Path | None = None
    """Each run as it starts and ends, a JSON line each, SIGKILL or not."""
    step_seconds: float = 0.05
    """One sampling step."""
    load_seconds: float = 0.5
    """The first use of a checkpoint."""
    save_seconds: float = 0.0
    """How long a file grows under its final name."""
    checkpoint: list[str] = Field(default_factory=list)
    """A name to offer instead of the built-in ones; may be repeated."""
    lora: list[str] = Field(default_factory=list)
    """A name to offer instead of the built-in ones; may be repeated."""
    previews: bool = False
    """Preview frames over the WebSocket."""
