"""ComfyUI's answer to `GET /object_info`, read without trusting it.

Any extension may put anything there: what does not look as it should is passed over, and what
would be too much, or could not be stored, is left out.
"""

from collections.abc import Iterable, Iterator

from shared.workflows.options import OPTION_SOURCES, Combo
from shared.workflows.requirements import Offers
from shared.workflows.values import name_fault

MOST_NODES = 20_000
MOST_NAMES_OF_A_KIND = 20_000


def offers_from_object_info(object_info: object, workflows: Iterable[str]) -> Offers:
    """Never raises, whatever `object_info` is."""
    described = object_info if isinstance(object_info, dict) else {}
    options = {
        kind: _in_order(name for combo in combos for name in _names(described, combo))
        for kind, combos in OPTION_SOURCES.items()
    }
    return Offers(
        nodes=_in_order(described)[:MOST_NODES],
        options={kind: names[:MOST_NAMES_OF_A_KIND] for kind, names in options.items() if names},
        workflows=tuple(sorted(workflows)),
    )


def _in_order(names: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if isinstance(name, str) and not name_fault(name)}))


def _names(described: dict[object, object], combo: Combo) -> Iterator[object]:
    """A combo is `[[names], {…}]`, or `["COMBO", {"options": [names]}]` in newer versions."""
    node = described.get(combo.node_class)
    inputs = node.get("input") if isinstance(node, dict) else None
    for group in ("required", "optional"):
        declared = inputs.get(group) if isinstance(inputs, dict) else None
        match declared.get(combo.input) if isinstance(declared, dict) else None:
            case [list(names), *_]:
                yield from names
            case ["COMBO", {"options": list(names)}, *_]:
                yield from names
            case _:
                pass
