"""`.env.example` explains every setting of every process, and nothing that is none."""

import re
from pathlib import Path

from pydantic_settings import BaseSettings

from deploy.comfyui_simulator.settings import Settings as Simulator
from deploy.standalone.settings import Settings as Standalone
from gateway.settings import Settings as Gateway
from services.comfyui_worker.settings import Settings as Worker
from services.content.settings import Settings as Content
from services.dispatcher.settings import Settings as Dispatcher
from services.notifier.settings import Settings as Notifier

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
    assert explained == known
