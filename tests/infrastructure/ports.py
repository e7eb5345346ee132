"""Ports on the loopback interface."""

import random
import socket

# Below those that the kernel gives to outgoing connections, which would take them meanwhile.
RANGE = range(15_000, 32_000)


def free_port() -> int:
    """Free a moment ago, and unlikely to be anybody else's next one."""
    while True:
        port = random.SystemRandom().choice(RANGE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
