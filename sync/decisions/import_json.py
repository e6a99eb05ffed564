"""Read texts from JSON exports; a document that may be something else is a fault."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.counts import shorten_list
from sync.decisions.import_ import NotImported, is_front_matter_key
from sync.decisions.import_records import (
    JsonPairs,
    Pairs,
    describe_missing_fields,
    describe_value,
    find_fields,
    is_localized,
    normalize_field,
    read_record,
)
from sync.model.document import get_stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.decisions.import_ import ForeignText

# What lists of entries are called in the answers of APIs and in exports.
_WRAPPERS = ("models", "descriptions", "data", "items", "records", "entries", "results")
# Names of fields that no model has: an object with one of them is an entry, or no export at all.
_FIELD_NAMES = re.compile(
    r"[$]schema|alias|author|body|caption|category|code|comment|content|contents|copyright|"
    r"createdat|date|default|description|email|error|excerpt|file|format|heading|homepage|"
    r"html|id|image|keywords|kind|label|lang|language|license|locale|main|markdown|message|"
    r"modelid|name|path|permalink|private|published|repository|short|slug|status|subject|"
    r"subtitle|summary|tags|template|text|title|type|updatedat|url|username|uuid|value|"
    r"version"
)
# A version or an address: what a mapping of packages or of links holds.
_NO_PROSE = re.compile(r"\S*(?:://|\d\.\d)\S*")
# A message of a program, with places to fill in.
_MESSAGE = re.compile(r"%[sd]\b|%\{|\{\{|\{\d+\}")
# Objects with these beside a description define a message, a setting or a type of a program.
_DEFINING_FIELDS = frozenset(
    {"$ref", "allOf", "anyOf", "default", "enum", "items", "message", "oneOf", "properties"}
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of an export; `dropped` names the keys beside its fields.

    `label` names the text in the document, if the name of its field does not.
    """

    pairs: Pairs
    dropped: tuple[str, ...] = ()
    label: str = ""


class _NotUnderstoodError(ValueError):
    """The document is no export, or one of an unknown shape."""


def read_json(path: str, text: str, *, locale: str | None) -> Iterator[ForeignText | NotImported]:
    """Read the texts of a JSON document.

    It is a list of entries, one entry, an object with such a list, an object from model to text or
    entry, or an answer of the API.
    """
    stem = get_stem(path)
    try:
        entries = _find_entries(_parse_json(text), stem=stem, locale=locale)
    except ValueError as error:
        yield NotImported(result="failed", source=path, reason=str(error))
    else:
        known_names = _list_known_names(entries, locale)
        for number, entry in enumerate(entries, 1):
            yield read_record(
                f"{path}#{number}",
                entry.pairs,
                locale=locale,
                known_names=known_names,
                dropped=entry.dropped,
                label=entry.label,
            )


def read_json_lines(
    path: str, text: str, *, locale: str | None
) -> Iterator[ForeignText | NotImported]:
    """Read one entry per line; empty lines do not count."""
    entries: dict[str, _Entry] = {}
    faults: dict[str, str] = {}
    sources = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        source = f"{path}:{number}"
        sources.append(source)
        try:
            [entries[source]] = _read_list([_parse_json(line)], locale)
        except ValueError as error:
            faults[source] = str(error)
    known_names = _list_known_names(list(entries.values()), locale)
    for source in sources:
        if source in faults:
            yield NotImported(result="failed", source=source, reason=faults[source])
        else:
            yield read_record(source, entries[source].pairs, locale=locale, known_names=known_names)


def _list_known_names(entries: Sequence[_Entry], locale: str | None) -> set[str]:
    """List the fields of the entries that have a text."""
    names = [[name for name, _ in entry.pairs] for entry in entries]
    return {name for each in names if find_fields(each, locale).are_complete for name in each}


def _parse_json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=JsonPairs)
    except RecursionError:
        raise _NotUnderstoodError("not valid JSON: nested too deeply") from None
    except ValueError as error:
        raise _NotUnderstoodError(f"not valid JSON: {error}") from None


def _find_entries(content: object, *, stem: str, locale: str | None) -> list[_Entry]:
    match content:
        case list():
            return _read_list(content, locale)
        case JsonPairs() if "$schema" in content.names:
            raise _NotUnderstoodError('not an export: it has a "$schema"')
        case JsonPairs() if find_fields(content.names, locale).are_complete:
            return [_Entry(content)]
        case JsonPairs():
            return _read_object(content, stem=stem, locale=locale)
        case _:
            raise _NotUnderstoodError("not an export: it is neither a list nor an object")


def _read_list(content: list[object], locale: str | None) -> list[_Entry]:
    """Read a list of entries; raise an error if none of them is an entry."""
    entries = [_unwrap_entry(entry) for entry in content]
    faults = [
        describe_missing_fields(entry.names, locale)
        if isinstance(entry, JsonPairs)
        else "it has an entry that is not an object"
        for entry in entries
    ]
    if faults and all(faults):
        raise _NotUnderstoodError(f"not an export: {faults[0]}")
    return [_Entry(entry if isinstance(entry, JsonPairs) else ()) for entry in entries]


def _unwrap_entry(entry: object) -> object:
    """Return the object in `{"model": {…}}`, as the API answers for one model."""
    match entry:
        case JsonPairs() if len(entry) == 1 and entry[0][0] == "model":
            return entry[0][1] if isinstance(entry[0][1], JsonPairs) else entry
        case _:
            return entry


def _read_object(content: JsonPairs, *, stem: str, locale: str | None) -> list[_Entry]:
    """Read an object that is not an entry itself."""
    wrapped = [
        (name, value)
        for name, value in content
        if name.casefold() in _WRAPPERS and isinstance(value, list | JsonPairs)
    ]
    wrapped = [each for each in wrapped if each[1]] or wrapped[:1]  # an empty list holds nothing
    inner = _unwrap_entry(content)
    if isinstance(inner, JsonPairs) and inner is not content:
        return _find_entries(inner, stem=stem, locale=locale)
    description = dict(content).get("description")
    if isinstance(description, JsonPairs) and "value" in description.names:
        return [_Entry((("id", stem), *content))]  # the API's answer, which names no model
    if wrapped and not _is_map_of_entries(content, locale):
        return _read_wrapper(content, wrapped, stem=stem, locale=locale)
    is_surely_map = _names_models(content) or _is_mostly_map_of_entries(content, locale)
    return _read_map(content, locale, is_surely_map=is_surely_map)


def _read_wrapper(
    content: JsonPairs, wrapped: Sequence[tuple[str, object]], *, stem: str, locale: str | None
) -> list[_Entry]:
    """Read the entries in the one field of an object that holds them."""
    name, value = wrapped[0]
    for other, rival in content:
        if other != name and isinstance(rival, list) and any(map(_is_object, rival)):
            message = f'not an export: both "{name}" and "{other}" may hold the entries'
            raise _NotUnderstoodError(message)
    if len(wrapped) > 1:
        message = f'not an export: both "{name}" and "{wrapped[1][0]}" may hold the entries'
        raise _NotUnderstoodError(message)
    if (
        name.casefold() == "models"
        and isinstance(value, JsonPairs)
        and not find_fields(value.names, locale).are_complete
    ):
        return _read_map(value, locale, is_surely_map=True)
    try:
        return _find_entries(value, stem=stem, locale=locale)
    except _NotUnderstoodError as error:
        raise _NotUnderstoodError(f'"{name}": {error}') from None


def _is_object(value: object) -> bool:
    return isinstance(value, JsonPairs)


def _names_models(content: JsonPairs) -> bool:
    """Return True if a key has the form of Scenario ids, so that the keys are models."""
    return any(name.startswith("model_") and name != "model_id" for name in content.names)


def _is_map_of_entries(content: JsonPairs, locale: str | None) -> bool:
    return all(
        isinstance(value, JsonPairs) and find_fields(value.names, locale).text
        for _, value in content
    )


def _is_definition(value: JsonPairs) -> bool:
    schema_types = {"array", "boolean", "integer", "null", "number", "object", "string"}
    kind = dict(value).get("type")
    return not _DEFINING_FIELDS.isdisjoint(value.names) or (
        isinstance(kind, str) and kind in schema_types
    )


def _is_mostly_map_of_entries(content: JsonPairs, locale: str | None) -> bool:
    """Return True if all values are objects, and most of them have a text."""
    values = [value for _, value in content if isinstance(value, JsonPairs)]
    if any(map(_is_definition, values)):
        return False
    texts = [value for value in values if find_fields(value.names, locale).text]
    are_models = not any(_FIELD_NAMES.fullmatch(normalize_field(name)) for name in content.names)
    return are_models and len(values) == len(content) and 2 * len(texts) > len(values)


def _read_map(content: JsonPairs, locale: str | None, *, is_surely_map: bool) -> list[_Entry]:
    """Read an object from model to text or entry.

    Unless a key is certainly a model, every entry must fit: most JSON files are no exports.
    """
    for name, value in content:
        if not is_surely_map and (fault := _describe_misfit(name, value, locale)):
            message = (
                f'not an export: {fault}; if its keys are models, write {{"models": {{…}}}} '
                "around it"
            )
            raise _NotUnderstoodError(message)
    return [_read_mapped(name, value, locale) for name, value in content]


def _describe_misfit(name: str, value: object, locale: str | None) -> str:
    """Describe why this is not a model with its text; empty if it may be one."""
    if _FIELD_NAMES.fullmatch(normalize_field(name)) or name.startswith(("$", "@", "_", "/")):
        return f'"{name}" is the name of a field, not of a model'
    if not is_front_matter_key("model", name.strip()):
        return f'"{name}" is not a model id'
    reason = _describe_misfitting_value(value, locale)
    return f'"{name}" {reason}' if reason else ""


def _describe_misfitting_value(value: object, locale: str | None) -> str:
    match value:
        case str() if _NO_PROSE.fullmatch(value):
            return f"is {value[:60]}, which is not a text"
        case str() if _MESSAGE.search(value):
            return "is the message of a program"
        case JsonPairs() if _is_definition(value):
            return f"defines something of a program ({shorten_list(value.names)})"
        case JsonPairs() if not is_localized(value) and not find_fields(value.names, locale).text:
            return f"is {describe_value(value)}"
        case str() | None | JsonPairs():
            return ""
        case _:
            return f"is {describe_value(value)}"


def _read_mapped(name: str, value: object, locale: str | None) -> _Entry:
    """Read one model of a mapping; the model named in the entry takes precedence over the key."""
    if not isinstance(value, JsonPairs) or is_localized(value) or value.names == ["value"]:
        return _Entry((("id", name), ("text", value)), label=name)
    if find_fields(value.names, locale).model:
        return _Entry(value, () if name in dict(value).values() else (name,))
    return _Entry((("id", name), *value))
