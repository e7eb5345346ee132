"""The settings of `make run`."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    port: int = Field(default=8000, ge=0, le=65535)  # of the page and the API
    data_dir: Path = Path(".darkroom")  # database, images, sign-in token
    database_url: SecretStr | None = None  # given: no PostgreSQL of our own is started
    comfyui_url: str | None = None
    workflows_dir: Path | None = None
    log_level: str = "WARNING"
