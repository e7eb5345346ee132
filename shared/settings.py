"""Settings groups that several processes need. Each process composes its own `Settings` of them.

Read from the environment once, in a process's `__main__`, and handed down as values; no module
imports a ready-made settings object. Every variable is explained in `.env.example`.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PositiveInt, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from shared.errors import Invalid
from shared.media_url import UnsupportedMediaUrl, parse_media_url


class UnreadableSetting(Invalid):
    """Names the variable, and what is wrong with the file that it names."""

    code = "unreadable_setting"


class SettingsGroup(BaseSettings):
    """Each setting may also be a file: `AMQP_URL_FILE=/run/secrets/amqp_url`, so that no secret
    stands in an environment, which a process hands down and a crash report shows."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _Files(settings_cls)


class _Files(PydanticBaseSettingsSource):
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return from_file(field_name.upper()), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Raises UnreadableSetting."""
        read = ((name, from_file(name.upper())) for name in self.settings_cls.model_fields)
        return {name: value for name, value in read if value is not None}


def given(variable: str) -> str | None:
    """For who looks before there are settings: the variable, or what its file holds."""
    return os.environ.get(variable) or from_file(variable)


def from_file(variable: str) -> str | None:
    """What the file that `<variable>_FILE` names holds, without the end of its last line.

    Raises UnreadableSetting, also where the variable itself is set: nobody would guess which one
    counts."""
    path = os.environ.get(f"{variable}_FILE")
    if not path:
        return None
    if os.environ.get(variable):
        raise UnreadableSetting(f"{variable} and {variable}_FILE are both set; set one of them")
    try:
        return Path(path).read_text().rstrip("\r\n")
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "not a text"
        raise UnreadableSetting(f"{variable}_FILE: {path}: {said}") from error


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
