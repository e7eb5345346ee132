"""How the simulator runs as a process of its own."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`SIMULATOR_STEP_SECONDS=0.2` or `--step-seconds 0.2`; lists as repeated options or JSON."""

    model_config = SettingsConfigDict(
        env_prefix="SIMULATOR_",
        frozen=True,
        cli_parse_args=True,
        cli_kebab_case=True,
        cli_prog_name="python -m deploy.comfyui_simulator",
    )

    host: str = "127.0.0.1"
    port: int = 8188
    output_dir: Path | None = None
    """Kept between runs; without one its files go when it ends."""
    journal: Path | None = None
    """Each run as it starts and ends, a JSON line each, SIGKILL or not."""
    step_seconds: float = 0.05
    load_seconds: float = 0.5
    save_seconds: float = 0.0
    checkpoint: list[str] = Field(default_factory=list)
    lora: list[str] = Field(default_factory=list)
    previews: bool = False
