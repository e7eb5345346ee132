"""Settings that would do harm are refused in words."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from services.comfyui_worker.settings import Settings, named_like_this_machine


def settings(**values: Any) -> Settings:
    return Settings(amqp_url=SecretStr("amqp://x"), **values)


@pytest.mark.parametrize("worker_id", ["", "a.b", "*", "gpu#", "a b", "x" * 65, "ü", "a\n"])
def test_an_id_that_is_no_plain_routing_key_is_refused(worker_id: str) -> None:
    with pytest.raises(ValidationError, match="WORKER_ID"):
        settings(worker_id=worker_id)


@pytest.mark.parametrize("worker_id", ["gpu-1", "A_b-9", "x" * 64, named_like_this_machine()])
def test_a_plain_id_is_taken(worker_id: str) -> None:
    assert settings(worker_id=worker_id).worker_id == worker_id


@pytest.mark.parametrize("url", ["", "127.0.0.1:8188", "ftp://x", "http://", "http:///x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="COMFYUI_URL"):
        settings(comfyui_url=url)


def test_an_address_may_have_a_path() -> None:
    assert settings(comfyui_url="https://gpu/comfy/").comfyui_url == "https://gpu/comfy"
