"""Why an attempt failed, from ComfyUI's own words."""

from services.comfyui_worker.answers import Complaint, Ended, Ending
from shared.jobs import FailureCode

_OUT_OF_MEMORY = (
    "out of memory",
    "outofmemory",
    "would exceed allowed memory",
    "not enough memory",
)
_DEVICE = (
    "cuda error",
    "cudnn",
    "device-side assert",
    "no space left",
    "hip error",
    "cublas",
)


class AttemptFailed(Exception):
    """This attempt is over; the dispatcher decides what follows."""

    def __init__(self, code: FailureCode, complaint: Complaint) -> None:
        super().__init__(complaint.message)
        self.code = code
        self.complaint = complaint


def failed(code: FailureCode, message: str) -> AttemptFailed:
    return AttemptFailed(code, Complaint(message))


def broke(bug: Exception) -> AttemptFailed:
    """What a bug makes of a message elsewhere: tried again as often as a failure, and no more."""
    said = f"The worker could not handle this job: {type(bug).__name__}."
    return failed(FailureCode.UNDELIVERABLE, said)


def why(ended: Ended) -> AttemptFailed:
    """For a prompt that ended without success."""
    complaint = ended.complaint or Complaint("ComfyUI gave no reason")
    if ended.ending is Ending.INTERRUPTED:
        said = Complaint(
            "It was interrupted in ComfyUI.",
            node_id=complaint.node_id,
            node_type=complaint.node_type,
        )
        return AttemptFailed(FailureCode.INTERRUPTED_IN_COMFYUI, said)
    return AttemptFailed(_code_of(complaint), complaint)


def _code_of(complaint: Complaint) -> FailureCode:
    words = f"{complaint.kind} {complaint.message}".lower()
    if any(pattern in words for pattern in _OUT_OF_MEMORY):
        # "CUDA error: out of memory" is the device's word for the same thing.
        return FailureCode.OUT_OF_MEMORY
    if any(pattern in words for pattern in _DEVICE):
        return FailureCode.DEVICE_ERROR
    return FailureCode.EXECUTION_ERROR
