"""The notifier's settings."""

from pydantic import Field, PositiveFloat, PositiveInt

from shared.settings import BrokerSettings, DatabaseSettings, ProcessSettings


class Settings(ProcessSettings, DatabaseSettings, BrokerSettings):
    notifier_host: str = "127.0.0.1"  # 0.0.0.0: reachable from other machines
    notifier_port: int = Field(default=8001, ge=0, le=65535)  # 0: any free one
    notifier_sockets_per_user: PositiveInt = 100
    token_check_seconds: PositiveFloat = 5  # a revoked token's sockets close after at most that
    queue_seconds: PositiveFloat = 1  # between looks at the queue's positions
