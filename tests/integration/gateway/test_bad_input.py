"""Whatever is wrong with a body: every field named, nothing written, no error logged."""

import json
from typing import Any

import httpx
import pytest

from shared.db.engine import Sessions
from tests.factories import make_job
from tests.integration.gateway.asking import (
    CONTENT,
    JOBS,
    count_rows,
    problem,
    request,
    wrong_fields,
)

pytestmark = pytest.mark.usefixtures("no_error_is_logged")


def text_params(**params: Any) -> dict[str, Any]:
    return request(params={"workflow": "text_to_image", "checkpoint": "a.safetensors"} | params)


FIELDS: list[tuple[dict[str, Any], str]] = [
    (request(prompt=None), "prompt"),
    (request(prompt=5), "prompt"),
    (request(prompt="a\0b"), "prompt"),
    (request(prompt="x" * 20_001), "prompt"),
    (request(negative_prompt=["x"]), "negative_prompt"),
    (request(negative_prompt="\0"), "negative_prompt"),
    (request(job_type="song"), "job_type"),
    (request(job_type=1), "job_type"),
    (request(priority=11), "priority"),
    (request(priority=-11), "priority"),
    (request(priority=True), "priority"),
    (request(priority="1"), "priority"),
    (request(priority=1.0), "priority"),
    (request(priority=10**30), "priority"),
    (request(tags="door"), "tags"),
    (request(tags=["x"] * 51), "tags"),
    (request(tags=[""]), "tags.0"),
    (request(tags=["x" * 101]), "tags.0"),
    (request(tags=[1]), "tags.0"),
    (request(tags=["a\0"]), "tags.0"),
    (request(params=[]), "params"),
    (request(params=None), "params"),
    (request(params="x"), "params"),
    (request(promt="x"), "promt"),
    (request(params={"workflow": "text_to_imag"}), "params.workflow"),
    (request(params={"workflow": 7}), "params.workflow"),
    (request(params={"workflow": "solid_color", "colour": 1}), "params.colour"),
    (request(params={"workflow": "solid_color", "color": -1}), "params.color"),
    (text_params(width=63), "params.width"),
    (text_params(width=2056), "params.width"),
    (text_params(height=65), "params.height"),
    (text_params(height=True), "params.height"),
    (text_params(height="512"), "params.height"),
    (text_params(steps=0), "params.steps"),
    (text_params(steps=151), "params.steps"),
    (text_params(steps=20.0), "params.steps"),
    (text_params(cfg=-0.1), "params.cfg"),
    (text_params(cfg=31), "params.cfg"),
    (text_params(denoise=1.01), "params.denoise"),
    (text_params(seed=-1), "params.seed"),
    (text_params(seed=9007199254740992), "params.seed"),
    (text_params(seed=10**25), "params.seed"),
    (text_params(seed=False), "params.seed"),
    (text_params(checkpoint=""), "params.checkpoint"),
    (text_params(checkpoint=None), "params.checkpoint"),
    (text_params(checkpoint="a\0b"), "params.checkpoint"),
    (text_params(sampler=5), "params.sampler"),
    (text_params(loras={}), "params.loras"),
    (text_params(loras=[{}]), "params.loras.0.name"),
    (text_params(loras=[{"name": "a", "strength": 1}]), "params.loras.0.strength"),
    (text_params(loras=[{"name": "a", "strength_model": 99}]), "params.loras.0.strength_model"),
]


async def test_a_wrong_field_is_named(client: httpx.AsyncClient, sessions: Sessions) -> None:
    for body, place in FIELDS:
        assert place in wrong_fields(await client.post(JOBS, json=body)), body

    assert not any((await count_rows(sessions)).values())


async def test_every_wrong_field_is_named_at_once(client: httpx.AsyncClient) -> None:
    body = {
        "prompt": 1,
        "priority": 99,
        "tags": [""],
        "colour": 1,
        "params": {"steps": 0, "cfg": "x"},
    }

    wrong = wrong_fields(await client.post(JOBS, json=body))

    places = {"prompt", "priority", "tags.0", "colour", "params.steps", "params.cfg"}
    assert places <= set(wrong)


async def test_an_unknown_field_is_named_with_the_nearest_known_one(
    client: httpx.AsyncClient,
) -> None:
    wrong = wrong_fields(await client.post(JOBS, json=request(promt="x", params={"wdith": 64})))

    assert 'did you mean "prompt"?' in wrong["promt"]
    assert 'did you mean "width"?' in wrong["params.wdith"]


BODIES: list[bytes] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"1",
    b'{"prompt": NaN}',
    b'{"prompt": "x", "params": {"cfg": Infinity}}',
    b'{"prompt": "x", "params": {"cfg": 1e999}}',
    b'{"prompt": "\\ud800"}',
    b'{"prompt": "\xff\xfe"}',
    b'{"\\u0000": "x"}',
    b'{"prompt": "x", "params": {"a\\u0000": 1}}',
    b"\xef\xbb\xbf{}",
    b"prompt=x",
    b'{"prompt": "x"} trailing',
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b'{"prompt": "x", "params": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
]


async def test_a_body_that_is_no_request_is_refused(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    headers = {"Content-Type": "application/json"}

    for body in BODIES:
        assert wrong_fields(await client.post(JOBS, content=body, headers=headers)), body[:50]

    assert not any((await count_rows(sessions)).values())


async def test_a_body_that_does_not_say_it_is_json_is_refused(client: httpx.AsyncClient) -> None:
    for said in ("text/plain", "application/x-www-form-urlencoded", "", "application/", "💥"):
        headers = [(b"Content-Type", said.encode())]
        answer = await client.post(JOBS, content=json.dumps(request()), headers=headers)
        assert "application/json" in wrong_fields(answer)["header.content-type"], said


async def test_a_body_of_2_mb_is_413(client: httpx.AsyncClient, sessions: Sessions) -> None:
    job = await make_job(sessions)

    for method, path in [
        ("POST", JOBS),
        ("POST", f"{JOBS}/{job.id}/cancel"),
        ("PATCH", f"{CONTENT}/1"),
        ("DELETE", f"{JOBS}/{job.id}"),
        ("POST", "/nowhere"),
    ]:
        answer = await client.request(method, path, content=b"x" * (2 << 20))
        assert problem(answer, 413)["type"] == "body_too_large"


async def test_a_key_that_cannot_be_one_is_refused(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    for key in ("", "x" * 256, "tab\there", "a\x7fb", "é"):
        headers = [(b"Idempotency-Key", key.encode())]
        answer = await client.post(JOBS, json=request(), headers=headers)
        assert "header.idempotency-key" in wrong_fields(answer), key

    assert not any((await count_rows(sessions)).values())
