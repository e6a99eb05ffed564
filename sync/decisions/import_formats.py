"""Choose the reader of a file from its name, and read the texts in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.config.yaml import FaultsError
from sync.decisions.import_ import NotImported
from sync.decisions.import_csv import read_csv
from sync.decisions.import_json import read_json, read_json_lines
from sync.decisions.import_markdown import read_markdown
from sync.descriptions.front_matter import decode_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.decisions.import_ import ForeignText

EXPORTS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
MARKDOWN = (".md", ".markdown")


def read_foreign(
    path: str, data: bytes, *, locale: str | None = None
) -> Iterator[ForeignText | NotImported]:
    """Read the texts in a file; `path` is relative to the imported folder.

    `locale` is the language to read of texts in several languages.
    """
    try:
        text = decode_file(data, path=path)
        read = _choose_reader(path)
        if read is None:
            yield read_markdown(path, text)
        else:
            yield from read(path, text, locale=locale)
    except FaultsError as error:
        yield NotImported(result="failed", source=path, reason=str(error))


def _choose_reader(path: str) -> Callable[..., Iterator[ForeignText | NotImported]] | None:
    """Return the reader of an export; None for Markdown."""
    match f".{path.rpartition('.')[2].lower()}":
        case ".csv" | ".tsv":
            return read_csv
        case ".json":
            return read_json
        case ".jsonl" | ".ndjson":
            return read_json_lines
        case _:
            return None
