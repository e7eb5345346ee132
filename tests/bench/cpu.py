"""Processor time by process: unlike a rate, it says the same on a busy machine."""

import contextlib

import psutil

from tests.e2e.cluster import Cluster

SERVERS = {"postgres": "PostgreSQL", "beam.smp": "RabbitMQ"}


def seconds_used(cluster: Cluster) -> dict[str, float]:
    """Of each process of the cluster, and of the servers that were started for us.

    A RabbitMQ in a container is no child of ours; that it is younger than we are must do."""
    used = {name: _seconds(child.pid) for name, child in cluster.children.items()}
    ours = psutil.Process().create_time()
    for process in psutil.process_iter(["name", "create_time"]):
        server = SERVERS.get(process.info["name"])
        if server is not None and process.info["create_time"] > ours:
            with contextlib.suppress(psutil.NoSuchProcess):
                used[server] = used.get(server, 0) + _seconds(process.pid)
    return used


def difference(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before.get(name, 0) for name in after}


def _seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    # PostgreSQL's backends come and go: those that have ended count with their parent.
    return float(times.user + times.system + times.children_user + times.children_system)
