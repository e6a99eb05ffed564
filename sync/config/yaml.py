"""Read YAML into a pydantic model, with the place of every fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from sync.errors import did_you_mean
from sync.model.document import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails


Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
Position = tuple[int, int]

# Aliases make a small file stand for a huge value ("billion laughs"); no honest one comes near.
MAX_NODES = 10_000
MAX_DEPTH = 50

# What pydantic says of Python, in the words of YAML.
_EXPECTED_TYPES = {
    "model_type": "must be a mapping (key: value)",
    "dict_type": "must be a mapping (key: value)",
    "list_type": "must be a list",
    "string_type": "must be a text (put it in quotes)",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
}

# What PyYAML raises for a scalar that does not fit its tag, such as `!!bool maybe`.
_SCALAR_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError)

Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FaultsError(ValueError):
    """The text has faults, every one of them in `faults`, sorted by place."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A YAML value, the position of each of its parts, and the faults of the YAML itself."""

    value: Any
    positions: dict[Location, Position]
    faults: tuple[Fault, ...]

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)


_ONE_WORD_MAPPING = re.compile(r"(?P<key>model): (?P<value>\S+)\n")
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OTHER_TYPES = {"true", "false", "yes", "no", "on", "off", "null"}


def is_plain_word(value: str) -> bool:
    """Return True if YAML surely reads the unquoted value as this text, and not as another type."""
    return _PLAIN_WORD.fullmatch(value) is not None and value.lower() not in _OTHER_TYPES


def read_yaml(
    text: str, *, path: str, first_line: int = 1, max_nodes: int = MAX_NODES
) -> YamlDocument:
    """Read one YAML document; `first_line` is the line of `path` that `text` begins at.

    Duplicate keys are faults (PyYAML lets the last one win). Raises FaultsError where the text is
    no YAML at all, or its aliases stand for more than any honest file holds.
    """
    match = _ONE_WORD_MAPPING.fullmatch(text)
    if match and is_plain_word(match["value"]):  # most front matter; to parse it takes far longer
        place = (first_line, 1)
        return YamlDocument({match["key"]: match["value"]}, {(): place, (match["key"],): place}, ())
    try:
        return _YamlReader(Loader(text), path, first_line, max_nodes).read_document()
    except yaml.YAMLError as error:
        raise FaultsError(
            [_make_syntax_fault(error, text, path=path, first_line=first_line)]
        ) from error


_NUMBER_TAGS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}


class _YamlReader:
    """A reader that converts a composed document node by node and records their positions."""

    def __init__(self, loader: yaml.SafeLoader, path: str, first_line: int, max_nodes: int) -> None:
        self.loader = loader
        self.max_nodes = max_nodes
        self.path = path
        self.first_line = first_line
        self.places: dict[Location, Position] = {}
        self.faults: list[Fault] = []
        self.nodes = 0

    def read_document(self) -> YamlDocument:
        node = self.loader.get_single_node()
        value = None if node is None else self.read_value(node, ())
        return YamlDocument(value, self.places, tuple(self.faults))

    def read_value(self, node: yaml.Node, location: Location) -> Any:  # noqa: ANN401 - YAML is anything
        self.nodes += 1
        if self.nodes > self.max_nodes or len(location) > MAX_DEPTH:
            raise FaultsError([self.make_fault(node, "too large, or nested too deeply")])
        self.places.setdefault(location, self.get_position(node))
        match node:
            case yaml.MappingNode():
                return self.read_mapping(node, location)
            case yaml.SequenceNode():
                return [self.read_value(item, (*location, i)) for i, item in enumerate(node.value)]
            case _:
                return self.read_scalar(node)

    def read_mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(
                    self.make_fault(key_node, "a key must be a text, not a list or a mapping")
                )
                continue
            key = str(key_node.value)
            if key in values:
                self.faults.append(self.make_fault(key_node, f'the key "{key}" occurs twice'))
                continue
            self.places[(*location, key)] = self.get_position(key_node)
            values[key] = self.read_value(value_node, (*location, key))
        return values

    def read_scalar(self, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML is anything
        # YAML 1.1 reads 1:30 as a number to the base of 60, in time that is quadratic.
        if ":" in node.value and node.tag in _NUMBER_TAGS:
            return node.value
        try:
            return self.loader.construct_object(node, deep=True)
        except _SCALAR_ERRORS:
            self.faults.append(self.make_fault(node, f"not a valid {node.tag.rpartition(':')[2]}"))
            return None

    def get_position(self, node: yaml.Node) -> Position:
        return node.start_mark.line + self.first_line, node.start_mark.column + 1

    def make_fault(self, node: yaml.Node, message: str) -> Fault:
        return Fault(self.path, *self.get_position(node), message)


def _make_syntax_fault(error: yaml.YAMLError, text: str, *, path: str, first_line: int) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    if "':'" in problem:  # the key without a colon begins at the other mark
        mark = getattr(error, "context_mark", None) or mark
    if "mapping values" in problem and mark is not None:
        problem = (
            "a colon cannot stand here; put the text in quotes, or add the colon that is missing "
            "in the line above"
        )
    if mark is None:
        return Fault(path, first_line, 1, f"not valid YAML: {problem}")
    if "tab" in problem or text[mark.index : mark.index + 1] == "\t":
        problem = "a tab cannot stand here; indent with spaces"
    return Fault(path, mark.line + first_line, mark.column + 1, f"not valid YAML: {problem}")


def validate_yaml(model: type[Model], document: YamlDocument, *, path: str) -> Model:
    """Validate the document as a `model`. Raises FaultsError with all faults, also of the YAML."""
    try:
        # The context is there for rules that go by what is written, be it at fault elsewhere.
        value = model.model_validate(document.value, context=document.value)
    except ValidationError as error:
        faults = [
            _make_fault(model, details, document=document, path=path)
            for details in error.errors(include_url=False, include_input=False)
        ]
        raise FaultsError([*document.faults, *faults]) from None
    if document.faults:
        raise FaultsError(list(document.faults))
    return value


def _make_fault(
    model: type[BaseModel], details: ErrorDetails, *, document: YamlDocument, path: str
) -> Fault:
    location = details["loc"]
    place = next(
        (
            document.positions[location[:n]]
            for n in range(len(location), -1, -1)
            if location[:n] in document.positions
        ),
        (1, 1),
    )
    return Fault(path, *place, _write_message(model, details))


def _write_message(model: type[BaseModel], details: ErrorDetails) -> str:
    location = details["loc"]
    name = _format_location(location)
    match details["type"]:
        case "extra_forbidden":
            return f'unknown key "{location[-1]}"' + did_you_mean(
                str(location[-1]), _list_keys(model, location[:-1])
            )
        case "missing":
            return f'the key "{location[-1]}" is missing'
        case "value_error":
            return f"{name}: {details['ctx']['error']}" if name else str(details["ctx"]["error"])
        case "literal_error":
            return f"{name}: must be {details['ctx']['expected']}"
        case kind:
            text = _EXPECTED_TYPES.get(kind) or f"{details['msg'][0].lower()}{details['msg'][1:]}"
            return f"{name}: {text}" if name else text


def _format_location(location: Location) -> str:
    """Format the keys that lead to a value, or to a key if pydantic says `[key]` after it."""
    if location[-1:] != ("[key]",):
        return ".".join(map(str, location))
    *outer, key, _ = location
    return f'{".".join(map(str, outer))}: the key "{key}"'


def _list_keys(model: type[BaseModel], location: Location) -> list[str]:
    """List the keys that are allowed at a location of the model."""
    current = model
    for part in location:
        if field := current.model_fields.get(str(part)):
            # Where it is no model's key, it is a name that happens to be spelt like one.
            current = next(_find_models(field.annotation), current)
    return [field.alias or name for name, field in current.model_fields.items()]


def _find_models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any type there is
    """Yield the pydantic models that an annotation names, in order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _find_models(argument)
