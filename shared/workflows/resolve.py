"""From what was asked to what will be made: everything checked, nothing left open."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.errors import Invalid
from shared.workflows.loras import Loras
from shared.workflows.manifest import Manifest, Parameter
from shared.workflows.parameters import Choice, Fault, Seed
from shared.workflows.values import field_name, shown, text_fault, unknown_field

MOST_UNKNOWN_NAMED = 20

Options = Mapping[str, Sequence[str]]  # kind of OPTION_SOURCES → what live workers offer


@dataclass(frozen=True, slots=True)
class Resolved:
    """`params` is complete: `workflow` first, then every parameter of the manifest in its order."""

    params: dict[str, Any]
    prompt: str
    negative_prompt: str


class InvalidParams(Invalid):
    """Everything that is wrong with a request, each with its place in it."""

    code = "invalid_params"

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, loc))}: {msg}" for loc, msg in errors))
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Defaults:
    """Where the values come from that nobody named."""

    draw_seed: Callable[[], int] | None = None  # None: a seed must be there
    options: Options | None = None


def resolve(
    manifest: Manifest,
    params: object,
    *,
    prompt: object,
    negative_prompt: object,
    defaults: Defaults,
) -> Resolved:
    """Raises InvalidParams, and nothing else, whatever it is given."""
    faults = [*_text_faults("prompt", prompt), *_text_faults("negative_prompt", negative_prompt)]
    if not isinstance(params, Mapping):
        raise InvalidParams(
            [*faults, Fault(("params",), f"must be an object, not {shown(params)}")]
        )
    given = _without_open_seeds(manifest, params)
    filled = {
        name: _fill_in(name, parameter, defaults)
        for name, parameter in manifest.parameters.items()
        if name not in given
    }
    faults += _given_faults(manifest, given)
    faults += [found for found in filled.values() if isinstance(found, Fault)]
    if faults:
        raise InvalidParams(faults)
    values = given | filled
    complete = {
        name: parameter.stored(values[name]) for name, parameter in manifest.parameters.items()
    }
    return Resolved({"workflow": manifest.name, **complete}, str(prompt), str(negative_prompt))


def _without_open_seeds(manifest: Manifest, params: Mapping[Any, object]) -> dict[Any, object]:
    """A seed that is null is a seed that is not given."""
    seeds = {name for name, one in manifest.parameters.items() if isinstance(one, Seed)}
    return {name: value for name, value in params.items() if value is not None or name not in seeds}


def _text_faults(name: str, text: object) -> Iterator[Fault]:
    if msg := text_fault(text):
        yield Fault((name,), msg)


def _given_faults(manifest: Manifest, given: Mapping[Any, object]) -> Iterator[Fault]:
    known = ("workflow", *manifest.parameters)
    for name, value in given.items():
        if name in manifest.parameters:
            yield from manifest.parameters[name].faults(value, ("params", name))
    if given.get("workflow", manifest.name) != manifest.name:
        yield Fault(("params", "workflow"), f"must be {shown(manifest.name)} here")
    unknown = [name for name in given if name not in known]
    for name in unknown[:MOST_UNKNOWN_NAMED]:
        yield Fault(("params", field_name(name)), unknown_field(name, known))
    if len(unknown) > MOST_UNKNOWN_NAMED:
        more = len(unknown) - MOST_UNKNOWN_NAMED
        yield Fault(("params",), f"and {more} more unknown fields")


def _fill_in(name: str, parameter: Parameter, defaults: Defaults) -> Any:
    """The value that nobody named, or the Fault that somebody has to."""
    loc = ("params", name)
    if parameter.required:
        return Fault(loc, "is missing")
    match parameter:
        case Seed() if defaults.draw_seed:
            return defaults.draw_seed()
        case Choice(default=None, kind=str(kind)):
            offered = (defaults.options or {}).get(kind, ())
            lists = f"GET /api/v1/models lists the {kind.replace('_', ' ')}"
            return min(offered) if offered else Fault(loc, f"is missing: name one; {lists}")
        case Loras():
            return []
        case _ if parameter.default is not None:
            return parameter.default
        case _:
            return Fault(loc, "is missing")
