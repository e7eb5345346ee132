from pathlib import Path

import pytest

from tests.e2e.cluster import Cluster
from tests.infrastructure.processes import Processes


@pytest.fixture
def cluster(database_url: str, amqp_url: str, processes: Processes, tmp_path: Path) -> Cluster:
    # In this order: the processes end before their database and broker do.
    return Cluster(processes, tmp_path, database_url, amqp_url)
