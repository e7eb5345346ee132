"""YAML and JSON as people write them, with the line of everything that can be complained about."""

import json
import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from shared.errors import Refused
from shared.workflows.values import shown

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')


class Unreadable(Refused):
    """Not YAML, not JSON, or not what we take of them."""

    def __init__(self, msg: str, line: int) -> None:
        super().__init__(msg)
        self.line = line


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says, and where it says it."""

    content: Any
    lines: dict[tuple[object, ...], int] = field(default_factory=dict)

    def line(self, loc: tuple[object, ...]) -> int:
        """Of this place, or of the nearest thing around it that the file has."""
        found: tuple[object, ...] = ()
        for part in loc:  # a model may add parts of its own, such as the type that it chose
            if (*found, part) in self.lines:
                found = (*found, part)
        return self.lines.get(found, 1)


class ManifestLoader(yaml.SafeLoader):
    """YAML 1.2's few types: `on` is a text, and so are `57:8` (a node's id) and a date."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own interface

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = f"{shown(key.value)} stands here twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for tag, pattern, first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    resolver = re.compile(f"^(?:{pattern})$")
    ManifestLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", resolver, list(first))


def read_yaml(text: str) -> Source:
    """Raises Unreadable."""
    loader = ManifestLoader(text)
    try:
        _refuse_aliases(text)
        root = loader.get_single_node()
        content = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(error.problem or "not YAML", line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"not YAML that can be read: {error}", 1) from error
    finally:
        loader.dispose()
    lines: dict[tuple[object, ...], int] = {}
    if root:
        _note_lines(root, (), lines)
    return Source(content, lines)


def _refuse_aliases(text: str) -> None:
    """They could make a small file endless."""
    for token in yaml.scan(text, ManifestLoader):
        if isinstance(token, yaml.AliasToken):
            problem = "an alias (*…) is not taken here"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=token.start_mark)


def _note_lines(
    node: yaml.Node, loc: tuple[object, ...], lines: dict[tuple[object, ...], int]
) -> None:
    lines.setdefault(loc, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*loc, key.value)] = key.start_mark.line + 1
            _note_lines(value, (*loc, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*loc, index), lines)


def read_json(text: str) -> Source:
    """Raises Unreadable. Knows the lines of the outermost object's keys: a graph's nodes."""
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON that can be read: {error}", 1) from error
    lines: dict[tuple[object, ...], int] = {}
    for key, line in _outer_keys(text):
        if (key,) in lines:
            raise Unreadable(f"{shown(key)} stands here twice", line)
        lines[(key,)] = line
    return Source(content, lines)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _outer_keys(text: str) -> list[tuple[str, int]]:
    depth = 0
    keys = []
    for token in TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
        elif depth == 1 and text[token.end() :].lstrip()[:1] == ":":
            keys.append((json.loads(token[0]), text.count("\n", 0, token.start()) + 1))
    return keys
