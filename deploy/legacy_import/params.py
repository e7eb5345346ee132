"""What shaped an image, under Darkroom's names; all the rest is kept under `params.legacy`.

A value is looked for in the row's own columns, then in `sampler_params`, then in the old request
itself; the first usable one counts. Another that says the same is dropped, one that differs stays.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.jobs import LEGACY

SAMPLER_PARAMS = "sampler_params"
LARGEST_SEED = 2**64 - 1

Accept = Callable[[Any], Any]  # the value as Darkroom keeps it; None: not usable


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value <= LARGEST_SEED else None


def _seed(value: Any) -> int | None:
    """Below 0 is no seed: one was drawn, and not kept."""
    return 0 if value == 0 and not isinstance(value, bool) else _whole(value)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None


def _loras(value: Any) -> list[dict[str, Any]] | None:
    if not isinstance(value, list):
        return None
    loras = [_lora(one) for one in value]
    return None if None in loras else [one for one in loras if one is not None]


def _lora(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict) or _name(value.get("name")) is None:
        return None
    model = _number(value.get("strength_model", 1.0))
    clip = _number(value.get("strength_clip", model))
    if model is None or clip is None or set(value) - {"name", "strength_model", "strength_clip"}:
        return None
    return {"name": value["name"], "strength_model": model, "strength_clip": clip}


# Darkroom's name, the legacy names for it, and what is usable.
LIFTED: tuple[tuple[str, tuple[str, ...], Accept], ...] = (
    ("checkpoint", ("checkpoint_model", "checkpoint", "ckpt_name"), _name),
    ("loras", ("lora_models", "loras"), _loras),
    ("width", ("width",), _whole),
    ("height", ("height",), _whole),
    ("steps", ("steps",), _whole),
    ("cfg", ("cfg", "cfg_scale"), _number),
    ("sampler", ("sampler_name", "sampler"), _name),
    ("scheduler", ("scheduler",), _name),
    ("denoise", ("denoise",), _number),
    ("seed", ("seed",), _seed),
)


@dataclass(frozen=True, slots=True)
class Lifted:
    params: dict[str, Any]
    rest: dict[str, Any] = field(default_factory=dict)
    has_random_seed: bool = False
    dropped_history: bool = False


def lift(request: Any, columns: Mapping[str, Any] | None = None) -> Lifted:
    """`request`: the JSON of the row, whatever it is; `columns`: what the row says beside it."""
    rest = dict(request) if isinstance(request, dict) else {}
    if request is not None and not isinstance(request, dict):
        rest["params"] = request
    histories = [name for name, value in rest.items() if is_history(name, value)]
    for name in histories:
        del rest[name]
    beside = {name: value for name, value in (columns or {}).items() if value is not None}
    sampler = rest.get(SAMPLER_PARAMS)
    layers = [beside, dict(sampler) if isinstance(sampler, dict) else {}, rest]
    params = dict(_lifted(layers))
    if isinstance(sampler, dict):
        del rest[SAMPLER_PARAMS]
        if layers[1]:
            rest[SAMPLER_PARAMS] = layers[1]
    for name, value in beside.items():
        rest[name if rest.get(name) in (None, value) else f"{name}_column"] = value
    seeds = (rest.get("seed"), layers[1].get("seed"))
    return Lifted(
        params,
        {name: value for name, value in rest.items() if value is not None},
        has_random_seed="seed" not in params and any(seed is not None for seed in seeds),
        dropped_history=bool(histories),
    )


def _lifted(layers: Iterable[dict[str, Any]]) -> Iterable[tuple[str, Any]]:
    for target, names, accept in LIFTED:
        found: Any = None
        for layer in layers:
            for name in names:
                value = accept(layer[name]) if name in layer else None
                if value is not None and found in (None, value):
                    del layer[name]
                    found = value
        if found is not None:
            yield target, found


def is_history(name: str, value: Any) -> bool:
    """ComfyUI's own record of a prompt, of 100 KB: the graph, its outputs, its messages."""
    if not isinstance(value, dict | list):
        return False
    return "history" in name.lower() or _is_entry(value) or _are_entries(value)


def _is_entry(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("outputs"), dict)
        and bool({"prompt", "status"} & set(value))
    )


def _are_entries(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_entry, value.values()))


def legacy_params(lifted: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    return {**lifted, LEGACY: dict(rest)} if rest else dict(lifted)
