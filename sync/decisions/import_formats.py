"""Files of other tools into the texts found in them: Markdown, model cards, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, TypeAlias

from sync.config.yaml import FaultsError
from sync.decisions.import_ import ForeignText, NotImported, is_front_matter_key
from sync.descriptions.front_matter import decode_file, read_front_matter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


# The keys and columns that say which model a text is about, and those that hold the text, the
# surest first.
MODEL_KEYS = ("model", "model_id", "modelid", "id")
TEXT_KEYS = ("description", "text", "value")
_RECORD = (MODEL_KEYS, TEXT_KEYS)
KEPT_KEYS = ("models", "protected")
EXPORTS = (".csv", ".json")
MARKDOWN = (".md", ".markdown")

_Pairs: TypeAlias = "Sequence[tuple[str, object]]"
ForeignTexts: TypeAlias = "Iterator[ForeignText | NotImported]"


def read_foreign(path: str, data: bytes) -> ForeignTexts:
    """Read the texts in a file; `path` is relative to the imported folder."""
    match _get_suffix(path):
        case ".csv":
            yield from _read_csv(path, data)
        case ".json":
            yield from _read_json(path, data)
        case _:
            yield _read_markdown(path, data)


def _get_suffix(path: str) -> str:
    return f".{path.rpartition('.')[2].lower()}"


# --- Markdown ------------------------------------------------------------------------------------


def _read_markdown(path: str, data: bytes) -> ForeignText | NotImported:
    try:
        front, body = read_front_matter(data, path=path)
    except FaultsError as error:
        return NotImported(result="failed", source=path, reason=str(error))
    mapping = front.value if front else {}
    place = _choose_path(path)
    key = next(
        (
            key
            for key in MODEL_KEYS
            if key in mapping and is_front_matter_key("model", mapping[key])
        ),
        "",
    )
    kept = {
        each: mapping[each]
        for each in KEPT_KEYS
        if mapping.get(each)
        and is_front_matter_key(each, mapping[each])
        and not (key and each == "models")
    }
    stem = place.rpartition("/")[2].removesuffix(".md")
    return ForeignText(
        source=path,
        model=mapping[key] if key else stem,
        text=body.text,
        path=place,
        front_matter=kept,
        dropped=tuple(each for each in mapping if each != key and each not in kept),
    )


def _choose_path(path: str) -> str:
    """Choose the file's path. A model card is the README of its model's folder."""
    stem, _, _ = path.rpartition(".")
    folder, _, name = stem.rpartition("/")
    return f"{folder if folder and name.lower() == 'readme' else stem}.md"


# --- exports -------------------------------------------------------------------------------------


def _read_csv(path: str, data: bytes) -> ForeignTexts:
    """Read a text from each row; the first row names the columns."""
    try:
        text = decode_file(data, path=path)
    except FaultsError as error:
        yield NotImported(result="failed", source=path, reason=str(error))
        return
    csv.field_size_limit(len(text) + 1)  # a cell may be as long as its file
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_guess_delimiter(text), strict=True)
    line = 1
    try:
        header = [name.strip() for name in next(rows, [])]
        if twice := _describe_repeated_keys(header):
            yield NotImported(result="failed", source=f"{path}:1", reason=twice)
            return
        line = rows.line_num + 1
        for row in rows:
            if row:
                yield _read_row(f"{path}:{line}", header, row)
            line = rows.line_num + 1
    except csv.Error as error:
        reason = f"{error}; nothing from here on was read"
        yield NotImported(result="failed", source=f"{path}:{line}", reason=reason)


def _guess_delimiter(text: str) -> str:
    """Guess the delimiter from the first line; spreadsheets of some countries write `;`."""
    return max(",;\t", key=text.partition("\n")[0].count)


def _read_row(source: str, header: Sequence[str], row: Sequence[str]) -> ForeignText | NotImported:
    if len(row) != len(header):
        reason = f"it has {len(row)} columns, and the first row names {len(header)}"
        return NotImported(result="failed", source=source, reason=reason)
    return _read_record(source, list(zip(header, row, strict=True)))


class _JsonPairs(tuple[tuple[str, object], ...]):
    """A JSON object as its pairs, as a key may stand there twice."""

    __slots__ = ()


def _read_json(path: str, data: bytes) -> ForeignTexts:
    """Read a text from each object of a list, from one object, or from each model of an object."""
    try:
        content = json.loads(decode_file(data, path=path), object_pairs_hook=_JsonPairs)
    except FaultsError as error:
        yield NotImported(result="failed", source=path, reason=str(error))
    except ValueError as error:
        yield NotImported(result="failed", source=path, reason=f"not valid JSON: {error}")
    except RecursionError:
        yield NotImported(result="failed", source=path, reason="not valid JSON: nested too deeply")
    else:
        for number, entry in enumerate(_list_entries(content, path), 1):
            yield _read_record(f"{path}#{number}", entry)


def _list_entries(content: object, path: str) -> Iterable[_Pairs]:
    """List the entries of an export; an entry that is not an object has no fields."""
    match content:
        case _JsonPairs() if isinstance(models := dict(content).get("models"), list):
            return _list_entries(models, path)  # a page of the API's list
        case _JsonPairs() if all(_find_keys([key for key, _ in content])):
            return [content]
        case _JsonPairs() if isinstance(dict(content).get("description"), _JsonPairs):
            stem = path.rpartition("/")[2].rpartition(".")[0]
            return [(("id", stem), *content)]  # the API's answer, which names no model
        case _JsonPairs():
            return [(("id", model), ("text", text)) for model, text in content]
        case list():
            return [entry if isinstance(entry, _JsonPairs) else () for entry in content]
        case _:
            return [()]


def _read_record(source: str, pairs: _Pairs) -> ForeignText | NotImported:
    """Read one entry of an export."""
    names = [name for name, _ in pairs]
    keys, record = _find_keys(names), dict(pairs)
    values = [_unwrap_text(record.get(key)) for key in keys]
    if (
        fault := _describe_missing_keys(keys)
        or _describe_repeated_keys(names)
        or _describe_wrong_types(keys, values)
    ):
        return NotImported(result="failed", source=source, reason=fault)
    model, text = (str(value or "") for value in values)
    dropped = (name or "(no name)" for name, value in pairs if name not in keys and (name or value))
    return ForeignText(
        source=source, model=model.strip(), text=text, dropped=tuple(dict.fromkeys(dropped))
    )


def _find_keys(names: Sequence[str]) -> list[str]:
    """Find the names of the model's field and of the text's field; empty if one is missing."""
    spelt = {name.casefold(): name for name in names}
    return [next((spelt[key] for key in several if key in spelt), "") for several in _RECORD]


def _unwrap_text(value: object) -> object:
    """Return the text of a description in the API's form, an object with more fields."""
    return dict(value).get("value") if isinstance(value, _JsonPairs) else value


def _describe_missing_keys(keys: Sequence[str]) -> str:
    if all(keys):
        return ""
    return f"nothing in it is called any of {', '.join(_RECORD[keys.index('')])}"


def _describe_repeated_keys(names: Sequence[str]) -> str:
    """Describe a model or text field that occurs twice; other fields do not matter."""
    spelt = [name.casefold() for name in names]
    several = [key for key in _find_keys(names) if spelt.count(key.casefold()) > 1]
    return f'"{several[0]}" stands there twice; keep one of them' if several else ""


def _describe_wrong_types(keys: Sequence[str], values: Sequence[object]) -> str:
    """Describe a model or text of a wrong type; the text can be null."""
    faults = [
        f"{key} is {_describe_value(value)}"
        for key, value, optional in zip(keys, values, (False, True), strict=True)
        if not (_can_be_written(value) or (optional and value is None))
    ]
    return "; ".join(faults)


def _describe_value(value: object) -> str:
    match value:
        case str():
            return "a text with half a character, which no file can hold"
        case int() | float() if not isinstance(value, bool):
            return f'the number {value}; write it as "{value}"'
        case list():
            return "a list; it is to be a text"
        case None | bool():
            return f"{json.dumps(value)}; it is to be a text"
        case _:
            return "an object; it is to be a text"


def _can_be_written(value: object) -> bool:
    """Return True if a file can hold the text; JSON can spell half a character."""
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)
