"""Each alert fires when it should, alone, and none does while all is well."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infrastructure.promtool import NoPromtool, Promtool

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
RULES = OBSERVABILITY / "alerts.yml"
SCRAPES = OBSERVABILITY / "prometheus.yml"
SERVICES = ("gateway", "dispatcher", "comfyui-worker", "content", "notifier")
GIB = 1 << 30

OLDEST = 'darkroom_jobs_oldest_pending_seconds{job="dispatcher"}'
RUNNING = 'darkroom_jobs_unfinished{job="dispatcher",status="running"}'
LETTERS = 'darkroom_dead_letters_undecided{job="dispatcher"}'
SILENT = 'darkroom_worker_silent_seconds{job="dispatcher",worker="gpu-1"}'
NOT_TAKEN = 'darkroom_publishes_not_taken_total{job="comfyui-worker",type="claim"}'
BROKER = 'darkroom_broker_connected{job="content",bus="content"}'
FREE = 'darkroom_media_free_bytes{job="content"}'
LIMIT = 'darkroom_media_min_free_bytes{job="content"}'
OUTBOX = 'darkroom_outbox_oldest_seconds{job="dispatcher"}'

# By minute, in promtool's notation: 5x9 is ten times 5, 0+1x9 grows to 9, _ is nothing.
Series = Mapping[str, str]
WELL: Series = {
    f'up{{job="{service}",instance="{service}:9000"}}': "1x60" for service in SERVICES
} | {
    OLDEST: "20x60",
    RUNNING: "2x60",
    LETTERS: "0x60",
    SILENT: "4x60",
    NOT_TAKEN: "7x60",
    BROKER: "1x60",
    FREE: f"{90 * GIB}x60",
    LIMIT: f"{GIB}x60",
    OUTBOX: "0x60",
}
CONTENT = 'up{job="content",instance="content:9000"}'
MINUTES = 45


SITUATIONS: list[tuple[str, Series, set[str]]] = [
    ("all is well", {}, set()),
    ("jobs wait and none runs", {OLDEST: "0+60x60", RUNNING: "0x60"}, {"DarkroomQueueStands"}),
    ("nothing runs, but nothing waits for long", {OLDEST: "300x60", RUNNING: "0x60"}, set()),
    ("more work than workers", {OLDEST: "4000x60"}, {"DarkroomQueueOld"}),
    ("a long queue that moves", {OLDEST: "1800x60"}, set()),
    ("a dead letter", {LETTERS: "0x10 1x50"}, {"DarkroomDeadLetters"}),
    ("a dead letter that was decided on", {LETTERS: "1x10 0x50"}, set()),
    ("a silent worker", {SILENT: "0+60x60"}, {"DarkroomWorkerSilent"}),
    ("a worker that was restarted", {SILENT: "4x43 90x1 4x20"}, set()),
    ("a drained worker", {SILENT: "_x60"}, set()),
    ("claims that nobody takes", {NOT_TAKEN: "0+1x60"}, {"DarkroomPublishesNotTaken"}),
    ("some in flight when the broker restarted", {NOT_TAKEN: "7x40 17x20"}, set()),
    ("no link to the broker", {BROKER: "1x10 0x50"}, {"DarkroomBrokerAway"}),
    ("a broker that was restarted", {BROKER: "1x43 0x1 1x20"}, set()),
    ("little room", {FREE: f"{2 * GIB}x60"}, {"DarkroomStoreNearlyFull"}),
    (
        "no room",
        {FREE: f"{GIB - 1}x60"},
        {"DarkroomStoreNearlyFull", "DarkroomStoreFull"},
    ),
    ("a bucket, which has no limit", {FREE: "_x60"}, set()),
    ("a store that nobody limits", {FREE: "0x60", LIMIT: "0x60"}, set()),
    ("an outbox that nobody empties", {OUTBOX: "0+60x60"}, {"DarkroomOutboxStuck"}),
    ("an outbox that was full once", {OUTBOX: "0x44 90x0 0x20"}, set()),
    ("a service that does not answer", {CONTENT: "1x10 0x50"}, {"DarkroomTargetDown"}),
    ("a service that is not there", {CONTENT: "1x10 _x50"}, {"DarkroomServiceMissing"}),
    ("a service that was restarted", {CONTENT: "1x43 0x1 1x20"}, set()),
    (
        "a database that is away",
        dict.fromkeys((OLDEST, RUNNING, LETTERS, SILENT, OUTBOX), "_x60"),
        set(),
    ),
]


@pytest.fixture(scope="session")
def promtool(say: Callable[[str], None]) -> Promtool:
    try:
        return Promtool(say)
    except NoPromtool as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        say(f"Tests of the alerts are skipped: {error}")
        pytest.skip(str(error))


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize(
    ("series", "firing"), [case[1:] for case in SITUATIONS], ids=[case[0] for case in SITUATIONS]
)
def test_in_a_situation_these_alerts_fire_and_no_others(
    promtool: Promtool, tmp_path: Path, series: Series, firing: set[str]
) -> None:
    described = tmp_path / "situation.yml"
    described.write_text(yaml.safe_dump(situation(series, firing)))

    promtool.says("test", "rules", described)


def situation(series: Series, firing: set[str]) -> dict[str, Any]:
    expected = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in firing]
    return {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name, "values": values}
                    for name, values in {**WELL, **series}.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": f"{MINUTES}m",
                        "exp_samples": expected,
                    }
                ],
            }
        ],
    }


def test_each_alert_is_seen_to_fire() -> None:
    assert {rule["alert"] for rule in rules()} == set().union(*(case[2] for case in SITUATIONS))


def test_the_rules_and_the_example_are_what_prometheus_reads(promtool: Promtool) -> None:
    promtool.says("check", "rules", RULES)
    promtool.says("check", "config", SCRAPES)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_each_alert_waits_a_while_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+m", rule["for"])
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description"}


def test_all_services_are_scraped_and_missed() -> None:
    scraped = [job["job_name"] for job in yaml.safe_load(SCRAPES.read_text())["scrape_configs"]]
    (missed,) = [rule["expr"] for rule in rules() if rule["alert"] == "DarkroomServiceMissing"]

    assert scraped == re.findall(r'absent\(up\{job="([\w-]+)"\}\)', missed) == list(SERVICES)
