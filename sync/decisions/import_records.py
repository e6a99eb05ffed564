"""Read the text from one entry of an export: a row or an object."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from sync.counts import shorten_list
from sync.decisions.import_ import ForeignText, NotImported
from sync.decisions.import_locales import is_field_locale, normalize_locale

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

Pairs: TypeAlias = "Sequence[tuple[str, object]]"

# The names of the fields that say which model a text is about, and of those that hold the text, the
# surest first, as `normalize_field` spells them.
MODEL_FIELDS = ("model", "modelid", "id")
TEXT_FIELDS = ("description", "text", "value")
_MODEL_WORDS = "model, model_id, modelId or id"
_TEXT_WORDS = "description, text or value"
_SEPARATORS = re.compile(r"[\s_-]+")
# As CSV exports spell the locale of a column: description_en, description.en, description[en].
_LOCALIZED_NAME = re.compile(
    r"(?P<field>[^_.\-:\[(]*[^_.\-:\[( ])[_.\-:\[( ]+"
    r"(?P<locale>[A-Za-z]{2}(?:[-_][A-Za-z]{2,4})?)[\])]?"
)


class JsonPairs(tuple[tuple[str, object], ...]):
    """A JSON object as a list of pairs, because a key may occur twice."""

    __slots__ = ()

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self]


@dataclass(frozen=True, slots=True)
class EntryFields:
    """The names of the model field and the text field of an entry; empty if missing."""

    model: str
    text: str

    @property
    def are_complete(self) -> bool:
        return bool(self.model and self.text)


def normalize_field(name: str) -> str:
    """Return a key that is equal for the spellings of one name: Model ID, model_id, modelId."""
    return _SEPARATORS.sub("", name).casefold()


def find_fields(names: Sequence[str], locale: str | None) -> EntryFields:
    """Find the fields of an entry; a text in the locale is preferred to one in none."""
    spelt = {normalize_field(name): name for name in reversed(names)}
    model = next((spelt[key] for key in MODEL_FIELDS if key in spelt), "")
    text = next((spelt[key] for key in TEXT_FIELDS if key in spelt), "")
    return EntryFields(model, _find_localized_name(names, locale) or text)


def _find_localized_name(names: Iterable[str], locale: str | None) -> str:
    if locale is None:
        return ""
    found = {
        normalize_field(match["field"]): name
        for name in names
        if (match := _LOCALIZED_NAME.fullmatch(name.strip()))
        and normalize_locale(match["locale"]) == normalize_locale(locale)
    }
    return next((found[field] for field in TEXT_FIELDS if field in found), "")


def read_record(  # noqa: PLR0913 - the entry, and what its document says of it
    source: str,
    pairs: Pairs,
    *,
    locale: str | None,
    known_names: Collection[str] = (),
    dropped: Sequence[str] = (),
    label: str = "",
) -> ForeignText | NotImported:
    """Read one entry of an export.

    `known_names` are the fields of the entries that have a text: an entry without a text that has
    only these fields has no text, and is not a fault. `label` names the text in the document, if
    the name of its field does not.
    """
    names = [name for name, _ in pairs]
    fields, record = find_fields(names, locale), dict(pairs)
    if fields.model and not fields.text and known_names and set(names) <= set(known_names):
        model = record[fields.model]
        return NotImported(
            result="left_out",
            source=source,
            model=model.strip() if isinstance(model, str) else "",
            reason="no text",
        )
    label = label or fields.text
    text, fault = _choose_text(record.get(fields.text), label, locale)
    if (
        reason := describe_missing_fields(names, locale)
        or describe_repeated_fields(names, locale)
        or "; ".join(filter(None, (_describe_wrong_model(record[fields.model], fields), fault)))
    ):
        return NotImported(result="failed", source=source, reason=reason)
    others = (
        name or "(no name)"
        for name, value in pairs
        if name not in {fields.model, fields.text} and (name or value)
    )
    return ForeignText(
        source=source,
        model=str(record[fields.model]).strip(),
        text=text,
        dropped=tuple(dict.fromkeys((*dropped, *others))),
        place=f"{source}: {label}",
    )


def describe_missing_fields(names: Sequence[str], locale: str | None) -> str:
    """Describe the missing field and the existing ones; empty if no field is missing."""
    fields = find_fields(names, locale)
    if fields.are_complete:
        return ""
    wanted = _TEXT_WORDS if fields.model else _MODEL_WORDS
    found = f"; it has {shorten_list(names)}" if any(names) else ""
    localized = [
        name
        for name in names
        if (match := _LOCALIZED_NAME.fullmatch(name.strip()))
        and normalize_field(match["field"]) in TEXT_FIELDS
    ]
    hint = "; choose a language with --locale" if fields.model and localized else ""
    return f"nothing in it is called {wanted}{found}{hint}"


def describe_repeated_fields(names: Sequence[str], locale: str | None) -> str:
    """Describe a model or text field that occurs twice; other fields do not matter."""
    fields = find_fields(names, locale)
    spelt = [normalize_field(name) for name in names]
    for name in (fields.model, fields.text):
        if name and spelt.count(normalize_field(name)) > 1:
            return f'"{name}" occurs twice; keep one of them'
    return ""


def is_localized(value: object) -> bool:
    """Return True if the value has one text per language: `{"en": "…", "fr": "…"}`."""
    return (
        isinstance(value, JsonPairs)
        and bool(value)
        and all(is_field_locale(name) and _is_plain(text) for name, text in value)
    )


def _is_plain(value: object) -> bool:
    has_value = isinstance(value, JsonPairs) and "value" in value.names
    return value is None or isinstance(value, str) or has_value


def _choose_text(value: object, field: str, locale: str | None) -> tuple[str, str]:
    """Return the text of a field and why it cannot be read; null is no text."""
    if isinstance(value, JsonPairs) and "value" in value.names:  # the API's form of a description
        value = dict(value)["value"]
    if isinstance(value, JsonPairs) and is_localized(value):
        return _choose_locale(value, field, locale)
    if value is None:
        return "", ""
    if is_writable(value):
        return value, ""
    return "", f"{field} is {describe_value(value)}"


def _choose_locale(value: JsonPairs, field: str, locale: str | None) -> tuple[str, str]:
    locales = shorten_list(value.names)
    if locale is None:
        return "", f"{field} has a text per language ({locales}); choose one with --locale"
    texts = [text for name, text in value if normalize_locale(name) == normalize_locale(locale)]
    match texts:
        case []:
            return "", f"{field} has no text for {locale}, only for {locales}"
        case [text]:
            return _choose_text(text, f"{field}.{locale}", None)
        case _:
            return "", f"{field} has {len(texts)} texts for {locale}; keep one of them"


def _describe_wrong_model(value: object, fields: EntryFields) -> str:
    return "" if is_writable(value) else f"{fields.model} is {describe_value(value)}"


def describe_value(value: object) -> str:
    """Describe a value that is not a text."""
    match value:
        case str():
            return "a text with half a character, which no file can hold"
        case int() | float() if not isinstance(value, bool):
            return f'the number {value}; write it as "{value}"'
        case list():
            return "a list; it must be a text"
        case JsonPairs() if value:
            return f"an object with {shorten_list(value.names)}; it must be a text"
        case None | bool():
            return f"{json.dumps(value)}; it must be a text"
        case _:
            return "an object; it must be a text"


def is_writable(value: object) -> TypeGuard[str]:
    """Return True for a text that a file can have; JSON can contain half a surrogate pair."""
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)
