"""Does a ComfyUI answer on its usual address? It may be starting too, so it gets three seconds.

In a thread of its own, so that it can be looked for while this program is still being loaded.
"""

import contextlib
import http.client
import threading
import time
from concurrent.futures import Future

ADDRESS = ("127.0.0.1", 8188)
PATIENCE_SECONDS = 3.0
PAUSE_SECONDS = 0.2
LARGEST_ANSWER = 10_000


def begin_to_look(
    address: tuple[str, int] = ADDRESS, *, seconds: float = PATIENCE_SECONDS
) -> "Future[bool]":
    found: Future[bool] = Future()
    found.set_running_or_notify_cancel()
    until = time.monotonic() + seconds
    look = threading.Thread(
        target=lambda: found.set_result(_answers_in_time(address, until)), daemon=True
    )
    look.start()
    return found


def _answers_in_time(address: tuple[str, int], until: float) -> bool:
    while (left := until - time.monotonic()) > 0:
        if _answers(address, seconds=left):
            return True
        time.sleep(min(PAUSE_SECONDS, left))
    return False


def _answers(address: tuple[str, int], *, seconds: float) -> bool:
    """Whether what listens there is a ComfyUI."""
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=seconds)) as connection:
        try:
            connection.request("GET", "/system_stats")
            answer = connection.getresponse()
            return answer.status == 200 and b"comfyui_version" in answer.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException):
            return False
