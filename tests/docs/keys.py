"""The tables of keys in docs/reference.md: what each one may hold, its default and its purpose.

Brought up to date by `python tests/docs/keys.py`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, TypeAdapter

from sync.config import settings
from sync.config.section import read_key_docs
from sync.config.settings import Config, TargetConfig
from sync.descriptions.front_matter import FrontMatter

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"
HEAD = "| key | holds | default | for |\n|---|---|---|---|\n"
TABLE = re.compile(rf"{re.escape(HEAD)}(?:\|.*\n)*")
SECTIONS = (Config, FrontMatter)


def _find_pattern(schema: dict[str, Any]) -> str:
    """Return the pattern of a text, or the format that stands for one."""
    return schema.get("pattern") or schema.get("format", "")


PATTERNS_AND_FORMATS = {
    _find_pattern(TypeAdapter(kind).json_schema()): words
    for kind, words in {
        settings.ServerUrl: "an address",
        settings.VariableName: "the name of a variable",
        settings.RelativePath: "a path below that of config.yaml",
        settings.TargetName: "a name",
        settings.Id: "an id, without blanks",
    }.items()
}


def with_tables(page: str) -> str:
    """The page with the tables as the program has the keys now."""
    tables = map(table, SECTIONS)
    return TABLE.sub(lambda _: next(tables), page)


def table(section: type[BaseModel]) -> str:
    """A row for each key of a section, and for those of the sections in it."""
    schema = section.model_json_schema()
    return HEAD + "".join(_rows(section, schema, ""))


def _rows(section: type[BaseModel], schema: dict[str, Any], prefix: str) -> Iterator[str]:
    docs = read_key_docs(section)
    for name, info in section.model_fields.items():
        inner = [each for each in _models(info.annotation) if each is not section]
        holds = "" if inner else _holds(_schema(section, schema)["properties"][info.alias or name])
        default = "required" if info.is_required() else "" if inner else _default(info.default)
        key = info.alias or name
        yield f"| `{prefix}{key}` | {holds} | {default} | {docs[key]} |\n"
        if name == "rules":  # docs/rules.md lists them
            continue
        for each in inner:
            below = f"{prefix}{name}.NAME." if each is TargetConfig else f"{prefix}{name}."
            yield from _rows(each, schema, below)


def _schema(section: type[BaseModel], schema: dict[str, Any]) -> Any:
    return schema.get("$defs", {}).get(section.__name__, schema)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _default(value: object) -> str:
    return (
        "" if value in (None, {}) else f"`{value if isinstance(value, str) else json.dumps(value)}`"
    )


def _holds(schema: dict[str, Any]) -> str:  # noqa: PLR0911 - one a kind
    """In words what a value may be."""
    match schema:
        case {"anyOf": [one, {"type": "null"}]}:
            return _holds(one)
        case {"enum": values}:
            *others, last = (f"`{value}`" for value in values)
            return f"{', '.join(others)} or {last}"
        case {"const": value}:
            return f"`{value}`"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "integer" | "number" as kind}:
            return f"a {'whole ' if kind == 'integer' else ''}number{_range(schema)}"
        case {"type": "array"}:
            return "a list of texts"
        case {"type": "object", "additionalProperties": inner}:
            return f"names, each with {_holds(inner)}"
        case _:
            return PATTERNS_AND_FORMATS.get(_find_pattern(schema), "a text")


def _range(schema: dict[str, Any]) -> str:
    match schema:
        case {"minimum": low, "maximum": high}:
            return f" from {low:g} to {high:g}"
        case {"exclusiveMinimum": low, "maximum": high}:
            return f" above {low:g}, up to {high:g}"
        case {"minimum": low}:
            return f", {low:g} or more"
        case _:
            return ""


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
