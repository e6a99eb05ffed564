"""Find front matter in the syntax of other programs, which would become part of the text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sync.config.yaml import FaultsError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Spelling: TypeAlias = Literal["toml", "json", "empty", "dots", "blank_lines", "marked", "unopened"]
_Syntax: TypeAlias = Literal["yaml", "toml", "json"]

_BLANK_START = re.compile(r"[ \t\ufeff\n]*(?:\n|\A\ufeff?)")
_TOML = re.compile(
    r"\+\+\+[ \t]*\n(?P<content>.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_MARKED = re.compile(
    r"---[ \t]*(?:(?P<syntax>yaml|yml|toml|json)|#[^\n]*)[ \t]*\n"
    r"(?P<content>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_FENCED = re.compile(
    r"---[ \t]*\n(?P<content>.*?)^(?P<end>---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_UNOPENED = re.compile(
    r"(?P<content>(?:"
    r"(?:[A-Za-z_][\w-]*[ \t]*:(?:[ \t][^\n]*)?|[ \t]+\S[^\n]*|-[ \t][^\n]*)\n){1,200})"
    r"---[ \t]*(?:\n|\Z)"
)
_KEY = re.compile(r"""^["']?(?P<key>[A-Za-z_][\w-]*)["']?[ \t]*[:=]""", re.MULTILINE)
_COMMON_KEYS = re.compile(
    r"aliases|author|categories|category|created|cover|date|description|draft|id|layout|"
    r"license|model_id|modelid|permalink|published|slug|status|tags|title|type|updated|"
    r"version"
)
OWN_KEYS = frozenset({"model", "models", "protected", "clear"})
_MIN_KEYS = 2


def _parse_toml(content: str) -> object:
    from tomllib import loads  # noqa: PLC0415 - slow to import, and seldom needed

    return loads(content)


_PARSERS: dict[_Syntax, Callable[[str], object]] = {
    "yaml": lambda content: read_yaml(content, path="").value,
    "toml": _parse_toml,
    "json": json.loads,
}


@dataclass(frozen=True, slots=True)
class ForeignFrontMatter:
    """Front matter in another spelling than ours, and the text below it.

    `values` is empty if its content cannot be read; `keys` has its keys also then. It begins at
    `line`, the text below it at `body_line`.
    """

    spelling: Spelling
    keys: tuple[str, ...]
    values: Mapping[str, Any]
    line: int
    body: str
    body_line: int


def find_foreign_front_matter(text: str) -> ForeignFrontMatter | None:
    """Find front matter in another spelling at the top of a text with LF line ends."""
    blank = _BLANK_START.match(text)
    start = blank.end() if blank else 0
    readers: dict[str, Callable[[str, int], ForeignFrontMatter | None]] = {
        "+": _read_toml,
        "{": _read_json,
        "-": _read_hyphens,
    }
    return readers.get(text[start : start + 1], _read_unopened)(text, start)


def _make_front_matter(
    spelling: Spelling, text: str, span: tuple[int, int], *, content: str, syntax: _Syntax
) -> ForeignFrontMatter | None:
    """Return the front matter between two offsets; None if the content is something else."""
    start, end = span
    values = _parse_mapping(content, syntax)
    keys = tuple(values or dict.fromkeys(match["key"] for match in _KEY.finditer(content)))
    if values is None and not keys:
        return None
    return ForeignFrontMatter(
        spelling,
        keys,
        values or {},
        line=text.count("\n", 0, start) + 1,
        body=text[end:],
        body_line=text.count("\n", 0, end) + 1,
    )


def _parse_mapping(content: str, syntax: _Syntax) -> dict[str, Any] | None:
    """Parse a mapping; return None for anything else."""
    try:
        value = _PARSERS[syntax](content)
    except (FaultsError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _read_toml(text: str, start: int) -> ForeignFrontMatter | None:
    match = _TOML.match(text, start)
    if match is None:
        return None
    return _make_front_matter("toml", text, match.span(), content=match["content"], syntax="toml")


def _read_json(text: str, start: int) -> ForeignFrontMatter | None:
    """Read an object that ends its line; an object without a text below is a text itself."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    rest = text[end:]
    line, _, body = rest.partition("\n")
    if not isinstance(value, dict) or not value or line.strip():
        return None
    if not body.strip() and not OWN_KEYS.issuperset(value):
        return None
    end += len(rest) - len(body) if "\n" in rest else len(rest)
    return _make_front_matter("json", text, (start, end), content=json.dumps(value), syntax="json")


def _read_hyphens(text: str, start: int) -> ForeignFrontMatter | None:
    if match := _MARKED.match(text, start):
        syntaxes: dict[str, _Syntax] = {"toml": "toml", "json": "json"}
        syntax = syntaxes.get(match["syntax"] or "", "yaml")
        return _make_front_matter(
            "marked", text, match.span(), content=match["content"], syntax=syntax
        )
    match = _FENCED.match(text, start)
    is_below_blanks = bool(text[:start].strip("\ufeff"))
    if match is None:
        return None
    if not match["content"].strip():
        return ForeignFrontMatter(
            "empty",
            (),
            {},
            line=text.count("\n", 0, start) + 1,
            body=text[match.end() :],
            body_line=text.count("\n", 0, match.end()) + 1,
        )
    spelling: Spelling = "dots" if match["end"] == "..." else "blank_lines"
    if spelling == "blank_lines" and not is_below_blanks:  # it is the usual front matter
        return None
    if _parse_mapping(match["content"], "yaml") is None:
        return None
    return _make_front_matter(spelling, text, match.span(), content=match["content"], syntax="yaml")


def _read_unopened(text: str, start: int) -> ForeignFrontMatter | None:
    """Read front matter whose first line of hyphens is missing, so that it reads as a heading."""
    match = _UNOPENED.match(text, start)
    if match is None or (values := _parse_mapping(match["content"], "yaml")) is None:
        return None
    is_meant = _has_own_key(values) or (
        len(values) >= _MIN_KEYS and any(_COMMON_KEYS.fullmatch(key.lower()) for key in values)
    )
    if not is_meant:
        return None
    return _make_front_matter(
        "unopened", text, match.span(), content=match["content"], syntax="yaml"
    )


def _has_own_key(values: Mapping[str, Any]) -> bool:
    """Return True if one of our keys has a value that only front matter has, not a sentence."""
    match values:
        case {"protected": bool()} | {"clear": bool()} | {"models": dict()}:
            return True
        case {"model": str(name)}:
            return bool(name) and not re.search(r"[\s{}]", name)
        case _:
            return False


def is_unopened_description(text: str) -> bool:
    """Return True if the front matter lacks only its first line of hyphens."""
    found = find_foreign_front_matter(text)
    return (
        found is not None
        and found.spelling == "unopened"
        and _has_own_key(found.values)
        and OWN_KEYS.issuperset(found.keys)
    )
