"""How uvicorn is set up, the same for every port."""

from asyncio import Protocol
from typing import Any

import uvicorn

from shared.serving.limits import Limits, most_connections

BACKLOG = 2048
GRACE_SECONDS = 5  # for answers that are under way when we stop
TIDYING_SECONDS = 2  # for those whose client was then cut off


class Config(uvicorn.Config):
    def __init__(
        self,
        app: Any,
        *,
        http: type[Protocol],
        ws: type[Protocol],
        ws_max_size: int,
        limits: Limits,
    ) -> None:
        super().__init__(
            app,
            loop="none",  # whichever runs already
            http=http,
            ws=ws,
            ws_per_message_deflate=False,  # a third more work, and 40 KB more a socket
            ws_max_size=ws_max_size,
            lifespan="off",
            log_config=None,
            log_level="error",  # what it warns of is said to the client, and counted
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody asks for a client's address
            backlog=BACKLOG,
            timeout_keep_alive=int(limits.idle),
            timeout_graceful_shutdown=GRACE_SECONDS + TIDYING_SECONDS,
        )
        self.limits = limits
        self.most_connections = most_connections(limits.connections)
