"""Front matter: the YAML block at the top of a file, and the body below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, ConfigDict, WithJsonSchema, model_validator

from sync.config.section import Section
from sync.config.yaml import FaultsError, YamlDocument, read_yaml
from sync.descriptions.front_matter_spellings import (
    OWN_KEYS,
    ForeignFrontMatter,
    Spelling,
    find_foreign_front_matter,
)
from sync.descriptions.positions import locate_decoding_error, normalize_line_ends
from sync.descriptions.yaml_block import find_yaml_block
from sync.model.document import Fault
from sync.model.text import canonical
from sync.shell_words import quote_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.descriptions.yaml_block import YamlBlock

_BLANK = " \t\ufeff"
_FENCE = re.compile(r"---[ \t]*")
# Word processors make one long dash of several.
_DASHES = re.compile(r"[ \t]*(?:-{2,}|[\u2010-\u2015]+)[ \t]*")
_KEY = re.compile(
    rf"[ \t]*(?:(?:{'|'.join(sorted(OWN_KEYS))})[ \t]*:.*"
    r"|(?P<bare>model[ \t]+\S+|(?:protected|clear)[ \t]+(?:true|false))[ \t]*)"
)
_MODEL_NAME = r"^[^\s{}\x00-\x1f\x7f]+$"


def is_model_name(model: str) -> bool:
    """Return True if front matter can name the model; the server accepts any id."""
    return re.fullmatch(_MODEL_NAME, model) is not None


def _check_model_name(name: str) -> str:
    if not is_model_name(name):
        raise ValueError("must be a model id without blanks" + _advise_on_name(name))
    return name


def _advise_on_name(name: str) -> str:
    """Say how to find the id of a model that is named by its name; "" for anything else."""
    words = " ".join(name.split())
    if " " not in words or not words.replace(" ", "").isprintable() or {"{", "}"} & set(words):
        return ""
    return f". `description-sync show {quote_word(words)}` tells the id of the model with this name"


ModelName = Annotated[
    str,
    AfterValidator(_check_model_name),
    WithJsonSchema({"type": "string", "pattern": _MODEL_NAME}),
]


class FrontMatter(Section):
    """The YAML mapping that a description may begin with, between two lines of `---`."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "required": ["model", "models"],
                "properties": {"model": {"type": "string"}, "models": {"type": "object"}},
            }
        },
    )

    model: ModelName | None = None
    """The id of the model, or its name in `models` [default: the file name without .md]."""
    models: dict[str, ModelName] | None = None
    """The model id for each target; the file is not for targets that are not listed."""
    protected: bool = False
    """Never write this description."""
    clear: bool = False
    """Empty the description of this model."""

    @model_validator(mode="after")
    def _refuse_both_keys(self) -> FrontMatter:
        if self.model is not None and self.models is not None:
            raise ValueError('give either "model" or "models", not both')
        return self


@dataclass(frozen=True, slots=True)
class SplitFile:
    """A file's text taken apart; `body_line` is the line that the body begins at."""

    yaml: YamlDocument | None
    body: str
    body_line: int


@dataclass(frozen=True, slots=True)
class Body:
    """The text under the front matter, with LF; `line` is the line of the file it begins at."""

    text: str
    line: int


def read_body(data: bytes) -> Body | None:
    """Read the text of a file, also with faulty front matter; None if it is not UTF-8."""
    try:
        *_, split = list_possible_splits(decode_file(data, path=""))
    except FaultsError:
        return None
    return Body(split.body, split.body_line)


def read_canonical_body(data: bytes) -> str:
    """Return the text of a file in canonical form; empty if the file is not UTF-8."""
    body = read_body(data)
    return canonical(body.text) if body else ""


def read_front_matter(data: bytes, *, path: str) -> tuple[YamlDocument | None, Body]:
    """Read the front matter, without validation, and the text. Raises FaultsError."""
    split = split_front_matter(decode_file(data, path=path), path=path)
    return split.yaml, Body(split.body, split.body_line)


def names_target(data: bytes, target: str) -> bool:
    """Return True if the front matter gives the target a model of its own, under `models`."""
    try:
        yaml, _ = read_front_matter(data, path="")
    except FaultsError:
        return False
    models = yaml.value.get("models") if yaml else None
    return isinstance(models, dict) and target in models


def decode_file(data: bytes, *, path: str) -> str:
    """Decode a file to text with LF and without BOM. Raises FaultsError that names the byte."""
    try:
        return normalize_line_ends(data.decode())
    except UnicodeDecodeError as error:
        line, column, message = locate_decoding_error(error)
        raise FaultsError([Fault(path, line, column, message, "encoding")]) from None


def split_front_matter(text: str, *, path: str) -> SplitFile:
    """Split off front matter; a block between `---` lines without a mapping is part of the text.

    Raises FaultsError if the front matter is not YAML, or has a mistake in its first lines.
    """
    block = find_yaml_block(text)
    document = read_yaml(block.text, path=path, first_line=2) if block else None
    if block is None or document is None or not document.is_mapping:
        fault = _find_mistaken_fence(text, path=path) or _find_mistaken_spelling(text, path=path)
        if fault:
            raise FaultsError([fault])
        return SplitFile(None, text, 1)
    return _split_after_block(block, text, document)


def _split_after_block(block: YamlBlock, text: str, document: YamlDocument | None) -> SplitFile:
    end = block.end
    return SplitFile(document, text[end:], text.count("\n", 0, end) + 1)


def _find_mistaken_fence(text: str, *, path: str) -> Fault | None:
    """Describe why the first lines are not front matter; None if none was intended.

    Front matter was intended if the text begins with a line of dashes, and one of our keys is in
    the lines below it.
    """
    if not _DASHES.match(text.lstrip(f"{_BLANK}\n")):  # by far most files
        return None
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip(_BLANK)), None)
    if start is None or not _DASHES.fullmatch(lines[start]):
        return None
    numbered = enumerate(lines[start + 1 :], start + 2)
    below = dropwhile(lambda each: not each[1].strip(_BLANK), numbered)
    block = takewhile(lambda each: each[1].strip(_BLANK), below)
    keys = ((number, key) for number, line in block if (key := _KEY.fullmatch(line)))
    number, key = next(keys, (0, None))
    return _describe_mistake(lines, start, key, number=number, path=path) if key else None


def _describe_mistake(
    lines: list[str], start: int, key: re.Match[str], *, number: int, path: str
) -> Fault:
    if not _FENCE.fullmatch(lines[start]):
        message = "front matter begins and ends with three hyphens: write --- here and below it"
    elif start:
        message = "front matter must begin at the first line: delete the blank lines above it"
    elif not any(map(_FENCE.fullmatch, lines[1:])):
        message = "the front matter is never closed: write a line of --- below it"
    else:
        words = (key["bare"] or key[0]).split(maxsplit=1)
        message = f'front matter needs a colon after each key: write "{words[0]}: {words[-1]}"'
        return Fault(path, number, 1, message)
    return Fault(path, start + 1, 1, message)


def _find_mistaken_spelling(text: str, *, path: str) -> Fault | None:
    """Describe front matter of another spelling; None if it has none of our keys."""
    found = find_foreign_front_matter(text)
    if found is None or not (FrontMatter.model_fields.keys() & set(found.keys)):
        return None
    return Fault(path, found.line, 1, f"{describe_spelling(found)}: {_advise(found)}")


def describe_spelling(found: ForeignFrontMatter) -> str:
    """Describe unusual front matter, as the beginning of a sentence."""
    return _UNUSUAL[found.spelling]


_UNUSUAL: dict[Spelling, str] = {
    "toml": "this front matter is TOML",
    "json": "this front matter is JSON",
    "empty": "this front matter is empty",
    "dots": "this front matter ends with a line of dots",
    "blank_lines": "this front matter stands below a blank line",
    "marked": "the first line of this front matter has more than hyphens",
    "unopened": "this front matter lacks its first line of hyphens",
}


def _advise(found: ForeignFrontMatter) -> str:
    match found.spelling:
        case "toml" | "json":
            return (
                "write it in YAML, between two lines of ---, or in code if it is part of the text"
            )
        case "unopened":
            return "write --- above it"
        case _:
            return "write --- and nothing else as the first line of the file and below the keys"


def list_possible_splits(text: str) -> Iterator[SplitFile]:
    """Yield each way to read a file: with its front matter and, if that is no YAML, without it."""
    try:
        yield split_front_matter(text, path="")
    except FaultsError:
        yield SplitFile(None, text, 1)
        if block := find_yaml_block(text):
            yield _split_after_block(block, text, None)
