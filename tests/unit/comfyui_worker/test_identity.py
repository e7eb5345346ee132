"""What an attempt is called follows from job and attempt."""

from uuid import UUID, uuid4

from services.comfyui_worker.identity import (
    folder_of,
    mark_of,
    prefix_of,
    prompt_id_of,
    read_mark,
)
from shared.jobs import JobId
from shared.messages import AttemptRef


def test_a_prompt_id_is_a_canonical_uuid_and_always_the_same() -> None:
    ref = AttemptRef(job_id=JobId(uuid4()), attempt=1)
    prompt_id = prompt_id_of(ref)

    assert str(UUID(prompt_id)) == prompt_id
    assert prompt_id == prompt_id_of(ref)
    assert prompt_id != prompt_id_of(ref.model_copy(update={"attempt": 2}))


def test_this_id_must_never_change_or_restarted_workers_find_nothing() -> None:
    ref = AttemptRef(job_id=JobId(UUID("01900000-0000-7000-8000-000000000001")), attempt=1)
    assert prompt_id_of(ref) == "0f17d69a-63da-5ba3-93f8-040d7b51e6b8"


def test_files_lie_in_a_folder_of_the_attempt() -> None:
    ref = AttemptRef(job_id=JobId(uuid4()), attempt=3)
    assert folder_of(ref) == f"darkroom/{ref.job_id}-3"
    assert prefix_of(ref) == f"darkroom/{ref.job_id}-3/image"


def test_a_mark_is_read_as_it_was_written() -> None:
    ref = AttemptRef(job_id=JobId(uuid4()), attempt=3)
    mark = read_mark({"darkroom": mark_of(ref, "gpu-1"), "client_id": "x"})

    assert mark is not None
    assert (mark.worker, mark.ref) == ("gpu-1", ref)
    assert read_mark({}) is None
    assert read_mark("text") is None
