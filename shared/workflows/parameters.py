"""What a workflow may be asked: one class a type of parameter, as a manifest writes it.

    faults(value, loc)   everything that is wrong with a value that was given
    stored(value)        the value as the job keeps it; only for a value without faults
    json_schema()        the same rule as JSON Schema

A parameter has a default, or is `required`, or can fill itself in (`fills_in`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.workflows.values import (
    LARGEST_SAFE_INTEGER,
    LONGEST_NAME,
    LONGEST_TEXT,
    boolean_fault,
    integer_fault,
    name_fault,
    nearest,
    number_fault,
    shown,
    text_fault,
)

Loc = tuple[str | int, ...]


class Fault(NamedTuple):
    """One thing that is wrong: where, and what would be right."""

    loc: Loc
    msg: str


def _digits(value: object) -> object:
    return str(value) if type(value) is int else value  # `node: 9` is what people write


NodeId = Annotated[str, BeforeValidator(_digits)]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Place(Strict):
    """Where a value goes: this input of this node of the graph."""

    node: NodeId
    input: str


Places = Annotated[tuple[Place, ...], Field(min_length=1, strict=False)]


class Socket(Strict):
    """What a node gives to others: its outputs are counted from 0."""

    node: NodeId
    output: int = Field(ge=0)


class Described(Strict, ABC):
    title: str
    help: str | None = None
    unit: str | None = None
    required: bool = False

    @property
    def fills_in(self) -> bool:
        return False

    @abstractmethod
    def faults(self, value: object, loc: Loc) -> Iterator[Fault]: ...

    @abstractmethod
    def rule(self) -> dict[str, Any]: ...

    def stored(self, value: Any) -> Any:
        return value

    def json_schema(self) -> dict[str, Any]:
        words = {"title": self.title, "description": self.help, "x-unit": self.unit}
        return {key: text for key, text in words.items() if text is not None} | self.rule()


class Scalar(Described):
    """One value, put into one input or the same into several."""

    places: Places

    @abstractmethod
    def fault(self, value: object) -> str | None: ...

    def faults(self, value: object, loc: Loc) -> Iterator[Fault]:
        if msg := self.fault(value):
            yield Fault(loc, msg)


class Text(Scalar):
    type: Literal["text"]
    default: str | None = None
    longest: int = Field(default=LONGEST_TEXT, ge=1, le=LONGEST_TEXT)  # characters

    def fault(self, value: object) -> str | None:
        return text_fault(value, longest=self.longest)

    def rule(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest, "x-type": self.type}


class Integer(Scalar):
    type: Literal["integer"]
    default: int | None = None
    minimum: int = Field(default=-LARGEST_SAFE_INTEGER, ge=-LARGEST_SAFE_INTEGER)
    maximum: int = Field(default=LARGEST_SAFE_INTEGER, le=LARGEST_SAFE_INTEGER)
    multiple_of: int = Field(default=1, ge=1)

    def fault(self, value: object) -> str | None:
        return integer_fault(
            value, minimum=self.minimum, maximum=self.maximum, multiple_of=self.multiple_of
        )

    def rule(self) -> dict[str, Any]:
        rule = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        step = {"multipleOf": self.multiple_of} if self.multiple_of > 1 else {}
        return rule | step | {"x-type": self.type}


class Number(Scalar):
    type: Literal["number"]
    default: float | None = None
    minimum: float = Field(default=-LARGEST_SAFE_INTEGER, ge=-LARGEST_SAFE_INTEGER)
    maximum: float = Field(default=LARGEST_SAFE_INTEGER, le=LARGEST_SAFE_INTEGER)

    def fault(self, value: object) -> str | None:
        return number_fault(value, minimum=self.minimum, maximum=self.maximum)

    def stored(self, value: Any) -> Any:
        return float(value)

    def rule(self) -> dict[str, Any]:
        bounds = {"minimum": float(self.minimum), "maximum": float(self.maximum)}
        return {"type": "number", **bounds, "x-type": self.type}


class Boolean(Scalar):
    type: Literal["boolean"]
    default: bool | None = None

    def fault(self, value: object) -> str | None:
        return boolean_fault(value)

    def rule(self) -> dict[str, Any]:
        return {"type": "boolean", "x-type": self.type}


class Seed(Scalar):
    """Drawn where it is not given, or given as null; stored, so that it can be asked for again."""

    type: Literal["seed"]
    default: None = None

    @property
    def fills_in(self) -> bool:
        return True

    def fault(self, value: object) -> str | None:
        return integer_fault(value, minimum=0, maximum=LARGEST_SAFE_INTEGER)

    def rule(self) -> dict[str, Any]:
        bounds = {"minimum": 0, "maximum": LARGEST_SAFE_INTEGER}
        return {"type": ["integer", "null"], **bounds, "default": None, "x-type": self.type}


class Choice(Scalar):
    """One of a fixed list, or of what live workers offer (a kind of OPTION_SOURCES).

    Whether anybody offers the name is asked of `Offers`; without a default the first offered one
    is taken."""

    type: Literal["choice"]
    options: str | list[str]
    default: str | None = None

    @property
    def kind(self) -> str | None:
        return self.options if isinstance(self.options, str) else None

    @property
    def fills_in(self) -> bool:
        return self.kind is not None

    def fault(self, value: object) -> str | None:
        if msg := name_fault(value):
            return msg
        if isinstance(self.options, str) or value in self.options:
            return None
        known = ", ".join(shown(option) for option in self.options[:20])
        near = nearest(value, self.options) if isinstance(value, str) else ""
        return f"must be one of {known}, not {shown(value)}{near}"

    def rule(self) -> dict[str, Any]:
        if isinstance(self.options, list):
            return {"type": "string", "enum": self.options, "x-type": self.type}
        length = {"minLength": 1, "maxLength": LONGEST_NAME}
        return {"type": "string", **length, "x-type": self.type, "x-options": self.options}
