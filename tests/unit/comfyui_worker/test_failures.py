"""ComfyUI's words decide what kind of failure it was."""

import pytest

from services.comfyui_worker.answers import Complaint, Ended, Ending
from services.comfyui_worker.failures import why
from shared.jobs import FailureCode


@pytest.mark.parametrize(
    ("kind", "message", "code"),
    [
        ("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory.", "oom"),
        ("torch.cuda.OutOfMemoryError", "CUDA out of memory. Tried to allocate 2 GiB", "oom"),
        ("RuntimeError", "CUDA error: out of memory", "oom"),
        ("MemoryError", "DefaultCPUAllocator: not enough memory: you tried to allocate", "oom"),
        ("RuntimeError", "CUDA error: an illegal memory access was encountered", "device"),
        ("RuntimeError", "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", "device"),
        ("AcceleratorError", "CUDA error: device-side assert triggered", "device"),
        ("OSError", "[Errno 28] No space left on device", "device"),
        ("AttributeError", "'str' object has no attribute 'shape'", "execution"),
        ("ValueError", "", "execution"),
    ],
)
def test_it_is_classified(kind: str, message: str, code: str) -> None:
    codes = {
        "oom": FailureCode.OUT_OF_MEMORY,
        "device": FailureCode.DEVICE_ERROR,
        "execution": FailureCode.EXECUTION_ERROR,
    }
    failure = why(Ended(Ending.ERROR, Complaint(message, kind, "3", "KSampler")))

    assert failure.code is codes[code]
    assert (failure.complaint.node_id, failure.complaint.node_type) == ("3", "KSampler")


def test_an_interruption_that_nobody_here_asked_for_has_a_code_of_its_own() -> None:
    failure = why(Ended(Ending.INTERRUPTED, Complaint("", node_id="3", node_type="KSampler")))

    assert failure.code is FailureCode.INTERRUPTED_IN_COMFYUI
    assert failure.complaint.node_id == "3"
