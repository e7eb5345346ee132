"""What goes wrong on demand: with a job while it runs, or with a request while it is answered.

| job fault         | what a client sees                                                         |
|-------------------|----------------------------------------------------------------------------|
| `refused`         | 400, validation errors at one node                                         |
| `node_errors`     | 200, enqueued, yet with `node_errors`                                      |
| `execution_error` | the node fails with `exception_type` and `message`                         |
| `torn_file`       | success; the file is there, its second half is not                         |
| `no_file`         | success; history names a file that does not exist                          |
| `no_output`       | success; history names no file, though one was written                     |
| `bomb_file`       | success; a valid PNG of 268 megapixels in 143 KB                           |
| `not_an_image`    | success; the file holds words                                              |
| `forgotten`       | it runs, its file stays, the history never has it                          |
| `worker_dies`     | it stays in `queue_running` until a restart, and nothing else runs         |
| `crash`           | the whole process ends when this job reaches its first node                |

| request fault | what a client sees                                                             |
|---------------|--------------------------------------------------------------------------------|
| `error`       | `status` (500) without the request being looked at                             |
| `hang`        | no answer for `seconds`, or for ever; nothing happens before that              |
| `cut`         | the connection is reset; nothing happened                                      |
| `answer_hang` | it happened; the answer comes after `seconds`, or never                        |
| `answer_cut`  | it happened; the connection is reset instead of an answer                      |
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveInt

JobFaultKind = Literal[
    "refused",
    "node_errors",
    "execution_error",
    "torn_file",
    "no_file",
    "no_output",
    "bomb_file",
    "not_an_image",
    "forgotten",
    "worker_dies",
    "crash",
]
FileFaultKind = Literal["torn_file", "no_file", "bomb_file", "not_an_image"]
RequestFaultKind = Literal["error", "hang", "cut", "answer_hang", "answer_cut"]

OUT_OF_MEMORY = ("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory.")
DEVICE_LOST = ("RuntimeError", "CUDA error: an illegal memory access was encountered")


class JobFault(BaseModel):
    """Hits jobs whose id, graph or extra data contain `where`; after `times` of them it is gone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: JobFaultKind
    where: str = ""
    times: PositiveInt | None = None
    node_type: str | None = None
    """The class of the node that fails; otherwise the first one that runs."""
    exception_type: str = "RuntimeError"
    message: str = "the simulator was told to fail here"


class RequestFault(BaseModel):
    """Hits requests whose path (without `/api`) starts with `path`; `/ws` included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: RequestFaultKind
    path: str = "/"
    method: str | None = None
    times: PositiveInt | None = None
    status: int = 500
    seconds: NonNegativeFloat | None = None


def out_of_memory(*, times: int | None = None, where: str = "") -> JobFault:
    kind, message = OUT_OF_MEMORY
    return JobFault(
        kind="execution_error", exception_type=kind, message=message, times=times, where=where
    )


def device_error(*, times: int | None = None, where: str = "") -> JobFault:
    kind, message = DEVICE_LOST
    return JobFault(
        kind="execution_error", exception_type=kind, message=message, times=times, where=where
    )


F = TypeVar("F", JobFault, RequestFault)


@dataclass
class FaultBook:
    """The faults that are waiting, each with how often it may still strike."""

    jobs: list[JobFault] = field(default_factory=list)
    requests: list[RequestFault] = field(default_factory=list)
    _struck: dict[int, int] = field(default_factory=dict)

    def add(self, *faults: JobFault | RequestFault) -> None:
        for fault in faults:
            if isinstance(fault, JobFault):
                self.jobs.append(fault)
            else:
                self.requests.append(fault)

    def clear(self) -> None:
        self.jobs.clear()
        self.requests.clear()
        self._struck.clear()

    def strike_job(self, kinds: Iterable[JobFaultKind], description: str) -> JobFault | None:
        """The first waiting fault of these kinds that fits; it counts as used."""
        wanted = tuple(kinds)
        for fault in self.jobs:
            if fault.kind in wanted and fault.where in description:
                self._count(fault, self.jobs)
                return fault
        return None

    def strike_request(self, method: str, path: str) -> RequestFault | None:
        for fault in self.requests:
            if path.startswith(fault.path) and fault.method in (None, method):
                self._count(fault, self.requests)
                return fault
        return None

    def _count(self, fault: F, waiting: list[F]) -> None:
        if fault.times is None:
            return
        struck = self._struck.get(id(fault), 0) + 1
        self._struck[id(fault)] = struck
        if struck >= fault.times:
            del self._struck[id(fault)]
            waiting.remove(fault)
