"""Files of other tools into the texts found in them: Markdown, model cards, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, TypeAlias

from sync.documents import decoded, take_apart
from sync.importing import Found, NotImported, is_ours
from sync.yaml import FaultsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


# The keys and columns that say which model a text is about, and those that hold the text, the
# surest first.
MODEL_KEYS = ("model", "model_id", "modelid", "id")
TEXT_KEYS = ("description", "text", "value")
_RECORD = (MODEL_KEYS, TEXT_KEYS)
KEPT_KEYS = ("models", "protected")
EXPORTS = (".csv", ".json")
MARKDOWN = (".md", ".markdown")

Finds: TypeAlias = "Iterator[Found | NotImported]"


def read_foreign(path: str, data: bytes) -> Finds:
    """The texts found in a file, `path` being relative to where it was found."""
    match _suffix(path):
        case ".csv":
            yield from _read_csv(path, data)
        case ".json":
            yield from _read_json(path, data)
        case _:
            yield _read_markdown(path, data)


def _suffix(path: str) -> str:
    return f".{path.rpartition('.')[2].lower()}"


# --- Markdown ------------------------------------------------------------------------------------


def _read_markdown(path: str, data: bytes) -> Found | NotImported:
    try:
        front, body = take_apart(data, path=path)
    except FaultsError as error:
        return NotImported(result="failed", source=path, reason=str(error))
    mapping = front.value if front else {}
    place = _place(path)
    key = next((key for key in MODEL_KEYS if key in mapping and is_ours("model", mapping[key])), "")
    kept = {
        each: mapping[each]
        for each in KEPT_KEYS
        if mapping.get(each) and is_ours(each, mapping[each]) and not (key and each == "models")
    }
    stem = place.rpartition("/")[2].removesuffix(".md")
    return Found(
        source=path,
        model=mapping[key] if key else stem,
        text=body.text,
        path=place,
        kept=kept,
        dropped=tuple(each for each in mapping if each != key and each not in kept),
    )


def _place(path: str) -> str:
    """Where the file is to lie. A model card is the README of its model's folder."""
    stem, _, _ = path.rpartition(".")
    folder, _, name = stem.rpartition("/")
    return f"{folder if folder and name.lower() == 'readme' else stem}.md"


# --- exports -------------------------------------------------------------------------------------


def _read_csv(path: str, data: bytes) -> Finds:
    """A text for each row; the columns are named in the first one."""
    try:
        text = decoded(data, path=path)
    except FaultsError as error:
        yield NotImported(result="failed", source=path, reason=str(error))
        return
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        header = [name.strip() for name in next(rows, [])]
        line = rows.line_num + 1
        for row in rows:
            if row:
                yield _row(f"{path}:{line}", header, row)
            line = rows.line_num + 1
    except csv.Error as error:
        yield NotImported(
            result="failed",
            source=f"{path}:{line}",
            reason=f"{error}; nothing from here on was read",
        )


def _delimiter(text: str) -> str:
    """What stands between the columns' names; spreadsheets of some countries write `;`."""
    return max(",;\t", key=text.partition("\n")[0].count)


def _row(source: str, header: Sequence[str], row: Sequence[str]) -> Found | NotImported:
    if len(row) != len(header):
        reason = f"it has {len(row)} columns, and the first row names {len(header)}"
        return NotImported(result="failed", source=source, reason=reason)
    return _record(source, dict(zip(header, row, strict=True)))


class _Object(tuple[tuple[str, object], ...]):
    """A JSON object as its pairs, as a key may stand there twice."""

    __slots__ = ()


def _read_json(path: str, data: bytes) -> Finds:
    """A text for each object of a list, or for each key of an object, which is the model."""
    try:
        content = json.loads(decoded(data, path=path), object_pairs_hook=_Object)
    except FaultsError as error:
        yield NotImported(result="failed", source=path, reason=str(error))
    except ValueError as error:
        yield NotImported(result="failed", source=path, reason=f"not valid JSON: {error}")
    except RecursionError:
        yield NotImported(result="failed", source=path, reason="not valid JSON: nested too deeply")
    else:
        for number, entry in enumerate(_entries(content), 1):
            yield _record(f"{path}#{number}", entry)


def _entries(content: object) -> list[dict[str, object]]:
    """The entries of an export; what is no object has nothing in it."""
    match content:
        case _Object():
            return [{"id": model, "text": text} for model, text in content]
        case list():
            return [dict(entry) if isinstance(entry, _Object) else {} for entry in content]
        case _:
            return [{}]


def _record(source: str, record: Mapping[str, object]) -> Found | NotImported:
    """One entry of an export."""
    spelt = {key.casefold(): key for key in record}
    keys = [next((spelt[key] for key in several if key in spelt), "") for several in _RECORD]
    if not all(keys):
        lacking = ", ".join(_RECORD[keys.index("")])
        return NotImported(
            result="failed", source=source, reason=f"nothing in it is called any of {lacking}"
        )
    model, text = (record[key] for key in keys)
    if not (isinstance(model, str) and isinstance(text, str | None) and _is_unicode(text or "")):
        return NotImported(
            result="failed", source=source, reason=f"{' and '.join(keys)} are to be texts"
        )
    dropped = tuple(key for key in record if key not in keys)
    return Found(source=source, model=model.strip(), text=text or "", dropped=dropped)


def _is_unicode(text: str) -> bool:
    """Whether it can be written to a file; JSON can spell half a character."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
