"""`.env.example` explains every setting of every process, and nothing that is none."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from deploy.comfyui_simulator.settings import Settings as Simulator
from deploy.standalone.settings import Settings as Standalone
from gateway.settings import Settings as Gateway
from services.comfyui_worker.settings import Settings as Worker
from services.content.settings import Settings as Content
from services.dispatcher.settings import Settings as Dispatcher
from services.notifier.settings import Settings as Notifier
from shared.process import read_settings
from shared.settings import BrokerSettings, UnreadableSetting

EXAMPLE = Path(__file__).parents[2] / ".env.example"
PROCESSES: list[type[BaseSettings]] = [
    Simulator, Standalone, Gateway, Worker, Content, Dispatcher, Notifier,
]  # fmt: skip


def test_the_example_names_exactly_the_settings_there_are() -> None:
    explained = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", EXAMPLE.read_text(), re.MULTILINE))
    known = {
        f"{process.model_config.get('env_prefix') or ''}{name}".upper()
        for process in PROCESSES
        for name in process.model_fields
    }
    assert explained == known | variables_of_compose_files()


def variables_of_compose_files() -> set[str]:
    root = EXAMPLE.parent
    files = [*root.glob("docker-compose*.yml"), *root.glob("deploy/**/docker-compose.yml")]
    assert len(files) == 4
    return {
        name for file in files for name in re.findall(r"\$\{([A-Z0-9_]+)", file.read_text())
    } | {
        "COMPOSE_FILE"  # which compose itself reads
    }


def test_a_secret_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("amqp://dispatcher:secret@rabbitmq/\n")
    monkeypatch.setenv("AMQP_URL_FILE", str(tmp_path / "url"))

    assert BrokerSettings().amqp_url.get_secret_value() == "amqp://dispatcher:secret@rabbitmq/"


def test_a_variable_and_its_file_are_one_too_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text("amqp://one/")
    monkeypatch.setenv("AMQP_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("AMQP_URL", "amqp://another/")

    with pytest.raises(UnreadableSetting, match="AMQP_URL and AMQP_URL_FILE are both set"):
        BrokerSettings()


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file or directory"), (b"\xff\xfe", "not a text")]
)
def test_a_file_that_cannot_be_read_is_said(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    said: str,
) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content)
    monkeypatch.setenv("AMQP_URL_FILE", str(tmp_path / "url"))

    with pytest.raises(SystemExit):
        read_settings(BrokerSettings)

    assert f"AMQP_URL_FILE: {tmp_path}/url: {said}. See .env.example." in capsys.readouterr().err
