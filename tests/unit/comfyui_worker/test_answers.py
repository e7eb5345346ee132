"""Whatever answers, only what looks like ComfyUI's is believed."""

from typing import Any

import pytest

from services.comfyui_worker.answers import (
    LONGEST_TEXT,
    Ending,
    OutputFile,
    Unintelligible,
    read_about,
    read_history,
    read_json,
    read_queue,
    read_refusal,
    text_of,
)

ID = "8f0d8373-978a-4708-aa8c-febaa519768d"
JUNK: list[Any] = [None, 1, "text", [], [1], {}, {"a": 1}, {"status": 3}, float("nan")]


def entry(*messages: Any, **changes: Any) -> dict[str, Any]:
    status = {"status_str": "success", "completed": True, "messages": list(messages)}
    return {ID: {"prompt": [0, ID, {}, {}, []], "outputs": {}, "status": status} | changes}


def error(**said: Any) -> list[Any]:
    return ["execution_error", {"prompt_id": ID} | said]


@pytest.mark.parametrize("junk", JUNK)
def test_a_queue_that_is_none_is_no_empty_queue(junk: Any) -> None:
    with pytest.raises(Unintelligible):
        read_queue(junk)


def test_items_of_a_queue_that_make_no_sense_are_somebodys() -> None:
    good = [0, ID, {}, {"darkroom": {"worker": "gpu-1", "job": ID, "attempt": 2}}, ["9"]]
    queue = read_queue({"queue_running": [good, [], 3], "queue_pending": [[1, 2], None]})

    assert queue.runs(ID)
    assert queue.running[0].mark is not None
    assert queue.running[0].mark.attempt == 2
    assert [one.prompt_id for one in (*queue.running, *queue.pending)] == [ID, "", "", "", ""]
    assert not queue.has("something else")


@pytest.mark.parametrize("mark", [None, 1, "x", [], {"worker": 1}, {"worker": "w", "job": "no"}])
def test_a_mark_that_is_none_marks_nothing(mark: Any) -> None:
    item = [0, ID, {}, {"darkroom": mark}, []]
    assert read_queue({"queue_running": [item], "queue_pending": []}).running[0].mark is None


def test_an_empty_history_says_nothing() -> None:
    assert read_history({}, ID) is None


@pytest.mark.parametrize("junk", [*JUNK[:5], {ID: 3}, {ID: {}}, {ID: {"status": {"messages": 3}}}])
def test_a_history_that_is_none_is_not_believed(junk: Any) -> None:
    if junk == {}:
        return
    with pytest.raises(Unintelligible):
        read_history(junk, ID)


def test_the_last_message_decides_and_not_the_status() -> None:
    """A cycle at run time is stored as a success whose messages end in an error."""
    ended = read_history(entry(["execution_start", {}], error(exception_message="cycle\n")), ID)

    assert ended is not None
    assert ended.ending is Ending.ERROR
    assert ended.complaint is not None
    assert ended.complaint.message == "cycle"


def test_an_interrupted_prompt_is_no_failed_one() -> None:
    messages = [["execution_start", {}], ["execution_interrupted", {"node_id": "3"}]]
    ended = read_history(entry(*messages), ID)

    assert ended is not None
    assert ended.ending is Ending.INTERRUPTED


@pytest.mark.parametrize(("completed", "ending"), [(True, Ending.SUCCESS), (False, Ending.ERROR)])
def test_without_a_last_message_completed_decides(completed: bool, ending: Ending) -> None:
    ended = read_history(entry(status={"completed": completed, "messages": [[], "x"]}), ID)

    assert ended is not None
    assert ended.ending is ending


def test_any_kind_of_output_that_names_a_file_counts() -> None:
    outputs = {
        "9": {"images": [{"filename": "a.png", "subfolder": "x\\y", "type": "output"}, 3, {}]},
        "8": {"text": ["words"], "animated": [True], "gifs": [{"filename": "b.gif"}]},
        "7": None,
    }
    ended = read_history(entry(["execution_success", {}], outputs=outputs), ID)

    assert ended is not None
    assert ended.files["9"] == (OutputFile("a.png", "x/y", "output"),)
    assert ended.files["8"] == (OutputFile("b.gif", "", "output"),)
    assert ended.files["7"] == ()


def test_a_refusal_is_told_in_the_words_of_the_first_node_that_has_any() -> None:
    node = {"class_type": "KSampler", "errors": [{"message": "Value too big", "details": "steps"}]}
    complaint = read_refusal(
        {"error": {"message": "Prompt outputs failed validation"}, "node_errors": {"5": node}}
    )
    assert (complaint.node_id, complaint.node_type) == ("5", "KSampler")
    assert complaint.message == "Value too big: steps"


def test_a_refusal_without_a_node_is_told_in_the_words_of_the_prompt() -> None:
    said = {"type": "invalid_prompt", "message": "Cannot execute", "details": "Node ID '#1'"}
    complaint = read_refusal({"error": said, "node_errors": {}})

    assert complaint.message == "Cannot execute: Node ID '#1'"
    assert complaint.node_id is None


@pytest.mark.parametrize("junk", [*JUNK, {"error": 3, "node_errors": {"1": {"errors": []}}}])
def test_a_refusal_in_no_words_is_still_one(junk: Any) -> None:
    assert "no reason" in read_refusal(junk).message


def test_what_runs_there_is_described_as_far_as_it_says() -> None:
    about = read_about({"system": {"comfyui_version": "0.3.64"}, "devices": [{"name": "cuda:0"}]})
    assert (about.version, about.device, about.simulated) == ("0.3.64", "cuda:0", False)
    assert read_about({"system": {}}).device == "unknown"
    with pytest.raises(Unintelligible):
        read_about({"devices": []})


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"{", b"[" * 100_000])
def test_what_is_not_json_is_unintelligible(body: bytes) -> None:
    with pytest.raises(Unintelligible):
        read_json(body)


def test_a_bare_nan_of_somebody_elses_prompt_does_no_harm() -> None:
    body = b'{"queue_running": [[NaN, "x", {}, {}, []]], "queue_pending": []}'
    assert read_queue(read_json(body)).runs("x")


def test_texts_are_bounded_and_fit_into_a_database() -> None:
    assert len(text_of("x" * 10 * LONGEST_TEXT)) == LONGEST_TEXT
    assert text_of("a\x00b\ud800\x1b[31mc\nd\n") == "ab?[31mc\nd"
    assert text_of({"no": "text"}) == ""
