import json
from pathlib import Path

import pytest

from deploy.comfyui_simulator.journal import Journal, Run
from deploy.comfyui_simulator.prompts import QueueItem


def item(prompt_id: str) -> QueueItem:
    return QueueItem(0, prompt_id, {}, {"darkroom": {"job": prompt_id}}, [])


def test_a_run_is_written_when_it_starts_and_when_it_ends(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")

    journal.end(journal.begin(item("a")), "success", nodes_run=["1"], files=["x.png"])
    journal.begin(item("b"))

    lines = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()]
    assert [(line["prompt_id"], line["outcome"]) for line in lines] == [
        ("a", "running"),
        ("a", "success"),
        ("b", "running"),
    ]
    assert lines[1]["darkroom"] == {"job": "a"}


def test_the_busy_share_is_work_over_time_from_first_start_to_last_end() -> None:
    journal = Journal()
    journal.runs = [
        Run("a", None, started=100.0, outcome="success", finished=101.0),
        Run("b", None, started=103.0, outcome="error", finished=104.0),
    ]

    assert (journal.busy_seconds, journal.wall_seconds) == (2, 4)
    assert journal.busy_share == pytest.approx(0.5)
    assert Journal().busy_share == 0


def test_clearing_keeps_what_still_runs() -> None:
    journal = Journal()
    journal.end(journal.begin(item("a")), "success")
    journal.begin(item("b"))

    journal.clear()

    assert [run.prompt_id for run in journal.runs] == ["b"]
