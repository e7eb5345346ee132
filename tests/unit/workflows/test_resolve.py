"""Requests are checked to the last field: everything wrong is named at once."""

import math
from typing import Any

import pytest
from hypothesis import given, settings

from shared.errors import Invalid
from shared.workflows.parameters import Fault
from shared.workflows.resolve import InvalidParams
from shared.workflows.workflow import UnsupportedJobType, Workflow
from tests.unit.workflows.requests import (
    LARGEST_SEED,
    QUICK,
    SOLID_COLOR,
    TEXT_TO_IMAGE,
    WORKFLOWS,
    anything,
    good_requests,
    resolve,
)


def faults_of(params: object, prompt: object = "a cat") -> list[Fault]:
    with pytest.raises(InvalidParams) as caught:
        resolve(params, prompt=prompt)
    return list(caught.value.errors)


def test_what_nobody_named_is_filled_in() -> None:
    resolved = resolve({})

    assert resolved.params == {
        "workflow": "text_to_image",
        "checkpoint": "sd15.safetensors",
        "loras": [],
        "width": 512,
        "height": 512,
        "steps": 20,
        "cfg": 7.0,
        "sampler": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "seed": 7,
    }


def test_the_checkpoint_falls_back_to_the_first_by_name_that_is_offered() -> None:
    resolved = TEXT_TO_IMAGE.validate(
        {},
        prompt="",
        negative_prompt="",
        draw_seed=lambda: 1,
        options={"checkpoints": ["sdxl", "dreams", "sd15"], "loras": ["a"]},
    )

    assert resolved.params["checkpoint"] == "dreams"


@pytest.mark.parametrize("options", [None, {}, {"checkpoints": []}, {"loras": ["x"]}])
def test_without_an_offer_a_checkpoint_must_be_named(options: Any) -> None:
    with pytest.raises(InvalidParams) as caught:
        TEXT_TO_IMAGE.validate(
            {}, prompt="", negative_prompt="", draw_seed=lambda: 1, options=options
        )

    msg = "is missing: name one; GET /api/v1/models lists the checkpoints"
    assert caught.value.errors == (Fault(("params", "checkpoint"), msg),)


@pytest.mark.parametrize("params", [{}, {"seed": None}])
def test_a_seed_that_is_not_given_is_drawn(params: dict[str, object]) -> None:
    assert resolve(params, seed=99).params["seed"] == 99


@pytest.mark.parametrize("seed", [0, 12, LARGEST_SEED])
def test_a_seed_that_is_given_is_kept(seed: int) -> None:
    assert resolve({"seed": seed}, seed=99).params["seed"] == seed


def test_a_lora_gets_the_strengths_that_are_not_given() -> None:
    loras = [{"name": "ink"}, {"name": "oil", "strength_model": -10, "strength_clip": 0.5}]

    assert resolve({"loras": loras}).params["loras"] == [
        {"name": "ink", "strength_model": 1.0, "strength_clip": 1.0},
        {"name": "oil", "strength_model": -10.0, "strength_clip": 0.5},
    ]


def test_whole_numbers_are_numbers_and_stored_as_such() -> None:
    cfg = resolve({"cfg": 7}).params["cfg"]

    assert (cfg, type(cfg)) == (7.0, float)


@pytest.mark.parametrize(
    ("name", "value", "msg"),
    [
        ("width", "64", 'must be a whole number from 64 to 2048 and a multiple of 8, not "64"'),
        ("width", 56, "must be a whole number from 64 to 2048 and a multiple of 8, not 56"),
        ("width", 2056, "must be a whole number from 64 to 2048 and a multiple of 8, not 2056"),
        ("height", 65, "must be a whole number from 64 to 2048 and a multiple of 8, not 65"),
        ("height", 64.0, "must be a whole number from 64 to 2048 and a multiple of 8, not 64.0"),
        ("height", None, "must be a whole number from 64 to 2048 and a multiple of 8, not null"),
        ("steps", True, "must be a whole number from 1 to 150, not true"),
        ("steps", 0, "must be a whole number from 1 to 150, not 0"),
        ("steps", 151, "must be a whole number from 1 to 150, not 151"),
        ("steps", [20], "must be a whole number from 1 to 150, not a list"),
        ("steps", {"a": 1}, "must be a whole number from 1 to 150, not an object"),
        ("steps", 10**4000, "must be a whole number from 1 to 150, not a number that is far too "
         "large"),
        ("cfg", -0.1, "must be a number from 0 to 30, not -0.1"),
        ("cfg", 30.5, "must be a number from 0 to 30, not 30.5"),
        ("cfg", False, "must be a number from 0 to 30, not false"),
        ("cfg", math.nan, "must be a number from 0 to 30, not NaN"),
        ("cfg", math.inf, "must be a number from 0 to 30, not Infinity"),
        ("cfg", 10**400, "must be a number from 0 to 30, not a number that is far too large"),
        ("denoise", 1.01, "must be a number from 0 to 1, not 1.01"),
        ("seed", -1, "must be a whole number from 0 to 9007199254740991, not -1"),
        ("seed", LARGEST_SEED + 1, "must be a whole number from 0 to 9007199254740991, not a "
         "number that is far too large"),
        ("seed", 1.0, "must be a whole number from 0 to 9007199254740991, not 1.0"),
        ("sampler", "", "must not be empty"),
        ("sampler", 3, "must be text, not 3"),
        ("sampler", "a\0b", "must not contain a NUL character"),
        ("checkpoint", "a" * 256, "must be at most 255 characters long; these are 256"),
        ("checkpoint", "\ud800", "must be valid Unicode; it contains half of a surrogate pair"),
        ("checkpoint", None, "must be text, not null"),
        ("loras", None, "must be a list of LoRAs, not null"),
        ("loras", "ink", 'must be a list of LoRAs, not "ink"'),
        ("loras", [{"name": "a"}] * 33, "must be at most 32 LoRAs; these are 33"),
        ("workflow", "solid_color", 'must be "text_to_image" here'),
        ("workflow", None, 'must be "text_to_image" here'),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_what_would_be_right(
    name: str, value: object, msg: str
) -> None:
    assert faults_of({name: value}) == [Fault(("params", name), msg)]


@pytest.mark.parametrize(
    ("lora", "loc", "msg"),
    [
        ("ink", (), 'must be an object with a name, not "ink"'),
        ({}, ("name",), "is missing"),
        ({"name": ""}, ("name",), "must not be empty"),
        ({"name": "a", "strength": 1}, ("strength",), '"strength" is not a field here'),
        ({"name": "a", "strength_model": 10.1}, ("strength_model",), "must be a number from -10"),
        ({"name": "a", "strength_clip": "1"}, ("strength_clip",), "must be a number from -10 to "),
        ({"name": "a", "strength_clip": math.nan}, ("strength_clip",), "must be a number from"),
    ],
)
def test_a_wrong_lora_is_named_by_its_place(lora: object, loc: tuple[str, ...], msg: str) -> None:
    (fault,) = faults_of({"loras": [{"name": "fine"}, lora]})

    assert fault.loc == ("params", "loras", 1, *loc)
    assert fault.msg.startswith(msg)


def test_an_unknown_field_is_named_with_the_nearest_known_one() -> None:
    assert faults_of({"widht": 64}) == [
        Fault(("params", "widht"), '"widht" is not a field here; did you mean "width"?')
    ]
    assert faults_of({"zzz": 64}) == [Fault(("params", "zzz"), '"zzz" is not a field here')]


def test_everything_that_is_wrong_is_named_at_once() -> None:
    faults = faults_of({"widht": 64, "steps": 0, "loras": [{}, {"name": 3}]}, prompt="a\0b")

    assert [fault.loc for fault in faults] == [
        ("prompt",),
        ("params", "steps"),
        ("params", "loras", 0, "name"),
        ("params", "loras", 1, "name"),
        ("params", "widht"),
    ]


def test_of_a_thousand_unknown_fields_twenty_are_named() -> None:
    faults = faults_of({f"field{number}": 1 for number in range(1_000)})

    assert len(faults) == 21
    assert faults[-1] == Fault(("params",), "and 980 more unknown fields")


@pytest.mark.parametrize("name", ["\ud800", "a" * 10_000, "a\ud800" * 5_000, 3, None, ("a",)])
def test_a_name_that_cannot_be_shown_is_shown_in_a_way_that_can(name: object) -> None:
    (fault,) = faults_of({name: 1})

    assert len(f"{fault.loc}{fault.msg}".encode()) < 600


@pytest.mark.parametrize(
    ("prompt", "msg"),
    [
        (None, "must be text, not null"),
        (3, "must be text, not 3"),
        ("a\0", "must not contain a NUL character"),
        ("\udc00", "must be valid Unicode; it contains half of a surrogate pair"),
        ("a" * 20_001, "must be at most 20000 characters long; these are 20001"),
    ],
)
def test_a_wrong_prompt_is_refused(prompt: object, msg: str) -> None:
    assert faults_of({}, prompt=prompt) == [Fault(("prompt",), msg)]


def test_the_longest_prompt_in_any_script_is_accepted() -> None:
    longest = "🦊" * 20_000

    assert resolve({}, prompt=longest).prompt == longest


def test_params_must_be_an_object() -> None:
    assert faults_of([1]) == [Fault(("params",), "must be an object, not a list")]


def test_a_workflow_without_a_prompt_keeps_it_for_the_record() -> None:
    resolved = resolve({}, workflow=SOLID_COLOR, prompt="red, please")

    assert resolved.prompt == "red, please"
    assert resolved.params == {
        "workflow": "solid_color",
        "width": 512,
        "height": 512,
        "color": 11_674_146,
    }


def test_invalid_params_are_a_422_with_a_stable_code() -> None:
    assert issubclass(InvalidParams, Invalid)
    assert (InvalidParams.code, InvalidParams.status) == ("invalid_params", 422)


def test_a_request_chooses_its_workflow_or_gets_text_to_image() -> None:
    assert WORKFLOWS.choose("image", {}) is TEXT_TO_IMAGE
    assert WORKFLOWS.choose("image", {"workflow": "solid_color"}) is SOLID_COLOR
    assert WORKFLOWS.choose("image", "not an object") is TEXT_TO_IMAGE


@pytest.mark.parametrize("name", ["solid_colour", 3, None, ["text_to_image"], "\ud800"])
def test_an_unknown_workflow_is_refused_with_those_there_are(name: object) -> None:
    with pytest.raises(InvalidParams) as caught:
        WORKFLOWS.choose("image", {"workflow": name})

    (fault,) = caught.value.errors
    assert fault.loc == ("params", "workflow")
    assert fault.msg.startswith("must be one of solid_color, text_to_image, not ")


@pytest.mark.parametrize("job_type", ["text", "video", "audio", "\ud800"])
def test_a_job_type_that_no_workflow_makes_is_refused(job_type: str) -> None:
    with pytest.raises(UnsupportedJobType) as caught:
        WORKFLOWS.choose(job_type, {})

    assert caught.value.code == "unsupported_job_type"
    assert caught.value.status == 422


@given(good_requests)
@settings(QUICK, max_examples=60)
def test_what_was_validated_once_is_accepted_unchanged(
    request: tuple[Workflow, dict[str, object]],
) -> None:
    workflow, params = request

    resolved = resolve(params, workflow=workflow)
    again = workflow.accept(resolved.params, prompt="", negative_prompt="")

    assert again.params == resolved.params
    assert list(resolved.params) == ["workflow", *workflow.manifest.parameters]
    assert all(resolved.params[name] == value for name, value in params.items()
               if value is not None and name != "loras")  # fmt: skip


@given(params=anything, prompt=anything)
@settings(QUICK, max_examples=80)
def test_nothing_that_can_be_sent_raises_anything_but_invalid_params(
    params: object, prompt: object
) -> None:
    try:
        WORKFLOWS.choose("image", params)
        resolve(params, prompt=prompt)
    except InvalidParams as error:
        str(error).encode()
