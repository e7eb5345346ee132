import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.legacy_import.params import LIFTED, is_history, lift
from deploy.legacy_import.values import read_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_a_column_counts_more_than_the_request_and_what_differs_is_kept() -> None:
    lifted = lift({"width": 512, "height": 768}, {"width": 640, "height": 768})
    assert lifted.params == {"width": 640, "height": 768}
    assert lifted.rest == {"width": 512}


@pytest.mark.parametrize("seed", [-1, None, "7", 1.5, True, 2**64])
def test_what_is_no_seed_is_not_lifted(seed: object) -> None:
    lifted = lift({"sampler_params": {"seed": seed, "steps": 3}})
    assert lifted.params == {"steps": 3}
    assert lifted.rest == {"sampler_params": {"seed": seed}}


def test_seed_zero_is_one() -> None:
    assert lift({"seed": 0}).params == {"seed": 0}


def test_loras_that_say_more_stay_as_they_are() -> None:
    said = {"lora_models": [{"name": "fog", "weight": 1}]}
    assert lift(said).params == {}
    assert lift(said).rest == said


LIFTABLE = {name for _, names, _ in LIFTED for name in names}


@given(request=JSON.filter(lambda value: value == value))
def test_of_any_request_nothing_is_lost_but_history(request: Any) -> None:
    lifted = lift(request)
    if not isinstance(request, dict):
        assert lifted.rest == ({} if request is None else {"params": request})
        return
    kept = {name: value for name, value in request.items() if value is not None}
    for name, value in kept.items():
        if name not in LIFTABLE and not is_history(name, value):
            assert lifted.rest[name] is value


@given(value=JSON)
def test_any_json_is_read_into_what_can_be_written(value: Any) -> None:
    raw = json.dumps(value)
    read = read_json(raw)
    written = orjson.dumps([[read]]).decode()
    assert "\\u0000" not in written
