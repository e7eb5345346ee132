import pytest
from pydantic import ValidationError

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.faults import FaultBook, JobFault, RequestFault


def test_a_fault_strikes_as_often_as_it_was_told_and_then_the_next_one_does() -> None:
    book = FaultBook()
    first = JobFault(kind="refused", times=2, message="first")
    second = JobFault(kind="refused", message="second")
    book.add(first, second)

    struck = [book.strike_job(("refused",), "anything") for _ in range(4)]

    assert struck == [first, first, second, second]


def test_a_fault_strikes_only_what_it_names() -> None:
    book = FaultBook()
    book.add(
        JobFault(kind="torn_file", where="job-7"),
        RequestFault(kind="cut", path="/queue", method="GET"),
    )

    assert book.strike_job(("torn_file",), "job-6") is None
    assert book.strike_job(("refused",), "job-7") is None
    assert book.strike_job(("refused", "torn_file"), "job-7") is not None
    assert book.strike_request("POST", "/queue") is None
    assert book.strike_request("GET", "/prompt") is None
    assert book.strike_request("GET", "/queue") is not None


def test_a_cleared_book_has_no_faults_left() -> None:
    book = FaultBook()
    book.add(JobFault(kind="crash"), RequestFault(kind="hang"))

    book.clear()

    assert book.strike_job(("crash",), "") is None
    assert book.strike_request("GET", "/") is None


@pytest.mark.parametrize("nonsense", [{"step_seconds": -1}, {"stepseconds": 1}, {"cache": "lru"}])
def test_a_behaviour_that_makes_no_sense_is_refused(nonsense: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Behaviour.model_validate(nonsense)
