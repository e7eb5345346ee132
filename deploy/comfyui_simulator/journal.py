"""What really ran, for tests and benchmarks: a witness that no restart of the simulator erases."""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from deploy.comfyui_simulator.prompts import JsonObject, QueueItem

RunOutcome = Literal["running", "success", "error", "interrupted", "lost"]


@dataclass
class Run:
    """`lost`: the process ended, or its worker died, in the middle. Times are `time.time()`."""

    prompt_id: str
    darkroom: Any
    """`extra_data.darkroom`, as submitted."""
    started: float
    outcome: RunOutcome = "running"
    finished: float | None = None
    nodes_run: tuple[str, ...] = ()
    """Empty where everything came out of the cache."""
    files: tuple[str, ...] = ()


@dataclass
class Journal:
    """With a `path` each start and end of a run is also a JSON line there, SIGKILL or not."""

    path: Path | None = None
    runs: list[Run] = field(default_factory=list)

    def begin(self, item: QueueItem) -> Run:
        run = Run(item.prompt_id, item.extra_data.get("darkroom"), started=time.time())
        self.runs.append(run)
        self._write(run)
        return run

    def end(
        self,
        run: Run,
        outcome: RunOutcome,
        *,
        nodes_run: list[str] | None = None,
        files: list[str] | None = None,
    ) -> None:
        run.outcome = outcome
        run.finished = time.time()
        run.nodes_run = tuple(nodes_run or ())
        run.files = tuple(files or ())
        self._write(run)

    @property
    def busy_seconds(self) -> float:
        return sum((run.finished or time.time()) - run.started for run in self.runs)

    @property
    def wall_seconds(self) -> float:
        """From the first start to the last end."""
        if not self.runs:
            return 0.0
        ends = [run.finished or time.time() for run in self.runs]
        return max(ends) - min(run.started for run in self.runs)

    @property
    def busy_share(self) -> float:
        return self.busy_seconds / self.wall_seconds if self.wall_seconds else 0.0

    def clear(self) -> None:
        """Forgets finished runs only."""
        self.runs = [run for run in self.runs if run.finished is None]

    def report(self) -> JsonObject:
        return {
            "runs": [asdict(run) for run in self.runs],
            "busy_seconds": self.busy_seconds,
            "wall_seconds": self.wall_seconds,
            "busy_share": self.busy_share,
        }

    def _write(self, run: Run) -> None:
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(json.dumps(asdict(run)) + "\n")
