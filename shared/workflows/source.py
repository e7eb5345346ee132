"""YAML and JSON as people write them, with the line of everything that can be complained about."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from shared.errors import Refused
from shared.workflows.values import shown

Where = tuple[object, ...]  # keys and indexes, from the outside in

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
    lines: dict[Where, int] = field(default_factory=dict)

    def line(self, loc: Where) -> int:
        """Of this place, or of the nearest thing around it that the file has."""
        return self.lines.get(self.nearest(loc), 1)

    def nearest(self, loc: Where) -> Where:
        found: Where = ()
        for part in loc:  # a model may add parts of its own, such as the type that it chose
            if (*found, part) in self.lines:
                found = (*found, part)
        return found


class ManifestLoader(yaml.SafeLoader):
    """YAML 1.2's few types: `on` is a text, and so are `57:8` (a node's id) and a date."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own interface


for tag, pattern, first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    resolver = re.compile(f"^(?:{pattern})$")
    ManifestLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", resolver, list(first))


def read_yaml(text: str) -> Source:
    """Raises Unreadable."""
    loader = ManifestLoader(text)
    try:
        root = loader.get_single_node()
        lines = dict(_lines(root, (), set())) if root else {}
        content = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(error.problem or "not YAML", line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"not YAML that can be read: {error}", 1) from error
    finally:
        loader.dispose()
    return Source(content, lines)


def _lines(node: yaml.Node, loc: Where, seen: set[int]) -> Iterator[tuple[Where, int]]:
    """Of every value; of what has a key, the key's."""
    if not loc:
        yield loc, node.start_mark.line + 1
    for part, where, value in _parts(node):
        if id(value) in seen:
            raise _complain("an alias (*…) is not taken here", where)  # it could be endless
        seen.add(id(value))
        yield (*loc, part), where.start_mark.line + 1
        yield from _lines(value, (*loc, part), seen)


def _parts(node: yaml.Node) -> Iterator[tuple[object, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield index, value, value
    elif isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _complain("this is no name", key)
            if key.value in keys:
                raise _complain(f"{shown(key.value)} stands here twice", key)
            keys.add(key.value)
            yield key.value, key, value


def _complain(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def read_json(text: str) -> Source:
    """Raises Unreadable. Knows the lines of the outermost object's keys: a graph's nodes."""
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON that can be read: {error}", 1) from error
    lines: dict[Where, int] = {}
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
