"""Settings groups that several processes need. Each process composes its own `Settings` of them.

Read from the environment once, in a process's `__main__`, and handed down as values; no module
imports a ready-made settings object. Every variable is explained in `.env.example`.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.media_url import UnsupportedMediaUrl, parse_media_url


class SettingsGroup(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)


class ProcessSettings(SettingsGroup):
    log_level: str = "INFO"
    log_json: bool | None = None  # None: JSON unless on a terminal
    health_port: int = Field(default=0, ge=0, le=65535)  # /healthz /readyz /metrics; 0: none


class DatabaseSettings(SettingsGroup):
    database_url: SecretStr
    database_pool_size: PositiveInt = 5


class BrokerSettings(SettingsGroup):
    amqp_url: SecretStr


def _a_media_url(url: SecretStr) -> SecretStr:
    try:
        parse_media_url(url.get_secret_value())
    except UnsupportedMediaUrl as error:
        raise ValueError(str(error)) from None
    return url


class MediaSettings(SettingsGroup):
    # A folder or a bucket, whose keys are in it.
    media_url: Annotated[SecretStr, AfterValidator(_a_media_url)] = SecretStr(".darkroom/media")
    media_min_free: int = Field(default=1 << 30, ge=0)  # bytes


class WorkflowSettings(SettingsGroup):
    workflows_dir: Path | None = None
