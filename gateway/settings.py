"""What the gateway is told by its environment."""

from pydantic import Field, PositiveFloat

from shared.settings import DatabaseSettings, MediaSettings, ProcessSettings, WorkflowSettings


class Settings(ProcessSettings, DatabaseSettings, MediaSettings, WorkflowSettings):
    port: int = Field(default=8000, ge=0, le=65535)  # 0: any free one
    listen_host: str = "127.0.0.1"  # 0.0.0.0: reachable from other machines
    notifier_url: str = "ws://127.0.0.1:8001/api/v1/events"
    identity_seconds: PositiveFloat = 3.0  # a revoked token is refused after at most that long
    final_poll_seconds: PositiveFloat = 0.15  # how often `Prefer: wait` looks
