"""Ports on the loopback interface."""

import socket


def free_port() -> int:
    """Free a moment ago: the kernel hands the next ones to others before it repeats one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
