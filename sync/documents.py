"""The bytes of one file into a Document: front matter, canonical text, references."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Annotated

from pathspec import GitIgnoreSpec
from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema, model_validator

from sync.errors import did_you_mean
from sync.lines import plain, undecodable
from sync.model import Document, Fault, InvalidFile, Reference, Text, canonical
from sync.references import references, renamed
from sync.yaml import FaultsError, Yaml, read_yaml, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.model import ReferenceKind

_MARKER = re.compile(r"(?:<{7}|>{7}|\|{7})(?: .*)?|={7}")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_BLANK = " \t\ufeff"
_FENCE = re.compile(r"---[ \t]*")
# Word processors make one long dash of several.
_DASHES = re.compile(r"[ \t]*(?:-{2,}|[\u2010-\u2015]+)[ \t]*")
_KEY = re.compile(
    r"[ \t]*(?:(?:model|models|protected|clear)[ \t]*:.*"
    r"|(?P<bare>model[ \t]+\S+|(?:protected|clear)[ \t]+(?:true|false))[ \t]*)"
)


# --- which files count ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rules:
    """Which files of the folder are descriptions: patterns of gitignore leave files out."""

    exclude: Sequence[str]
    _spec: GitIgnoreSpec = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_spec", GitIgnoreSpec.from_lines(self.exclude))

    def count(self, path: str) -> bool:
        """Whether the file at `path`, relative to the folder, is a description."""
        *folders, name = path.split("/")
        hidden = name.startswith(("_", ".")) or any(part.startswith(".") for part in folders)
        return name.lower().endswith(".md") and not hidden and not self._spec.match_file(path)


# --- what one file says --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Naming:
    """How one target names things: its own name, and the ids that names in files stand for."""

    target: str
    models: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)

    def model(self, name: str) -> str:
        """The id of the model that a file names."""
        return self.models.get(name, name)

    def ids(self, kind: ReferenceKind) -> Mapping[str, str]:
        """The ids of a kind of thing by name."""
        return self.models if kind == "model" else self.assets

    def resolved(self, reference: Reference) -> str | None:
        """The id that a reference stands for; None for an alias of nothing."""
        if not reference.id.startswith("@"):
            return reference.id
        return self.ids(reference.kind).get(reference.id.removeprefix("@"))


_MODEL_NAME = r"^[^\s{}\x00-\x1f\x7f]+$"


def can_be_named(model: str) -> bool:
    """Whether front matter can name the model: an id may be anything to the server."""
    return re.fullmatch(_MODEL_NAME, model) is not None


def _model_name(name: str) -> str:
    if not can_be_named(name):
        raise ValueError("a model id without blanks is needed")
    return name


ModelName = Annotated[
    str,
    AfterValidator(_model_name),
    WithJsonSchema({"type": "string", "pattern": _MODEL_NAME}),
]


class FrontMatter(BaseModel):
    """The YAML mapping that a description may begin with, between two lines of `---`."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "not": {
                "required": ["model", "models"],
                "properties": {"model": {"type": "string"}, "models": {"type": "object"}},
            }
        },
    )

    model: ModelName | None = None
    """The model's id, or its name in the target's `models`; else the file's name without .md."""
    models: dict[str, ModelName] | None = None
    """Target to model id; the file is not for a target that isn't named."""
    protected: bool = False
    """Never write this description."""
    clear: bool = False
    """The description is to be empty."""

    @model_validator(mode="after")
    def _one_of_both(self) -> FrontMatter:
        if self.model is not None and self.models is not None:
            raise ValueError('give either "model" or "models", not both')
        return self


@dataclass(frozen=True, slots=True)
class _Split:
    """A file's text taken apart; `body_line` is the line that the body begins at."""

    yaml: Yaml | None
    body: str
    body_line: int


def read_documents(
    files: Mapping[str, bytes], naming: Naming, *, folder: str
) -> tuple[list[Document], list[InvalidFile]]:
    """What the files say for one target, sorted by path, and every fault of those that say nothing.

    Paths are relative to `folder`, which only stands before them in faults. A file that names its
    targets and not this one is in neither list. Two files for one model are both invalid.
    """
    documents: list[Document] = []
    invalid: list[InvalidFile] = []
    for path in sorted(files):
        match read_document(path, files[path], naming, folder=folder):
            case Document() as document:
                documents.append(document)
            case InvalidFile() as file:
                invalid.append(file)
            case None:
                pass
    return _without_duplicates(documents, invalid, folder=folder)


def read_document(
    path: str, data: bytes, naming: Naming, *, folder: str
) -> Document | InvalidFile | None:
    """What one file says for the target; None where it is not for this target."""
    shown = f"{folder}/{path}"
    stem = path.rpartition("/")[2].rpartition(".")[0]
    faults: list[Fault] = []
    try:
        text = decoded(data, path=shown)
        faults += _conflicts(text, path=shown)
        split = _split(text, path=shown)
        front = (
            FrontMatter() if split.yaml is None else validate(FrontMatter, split.yaml, path=shown)
        )
    except FaultsError as error:
        return InvalidFile(path, "", tuple(sorted([*faults, *error.faults])))
    name = (front.model or stem) if front.models is None else front.models.get(naming.target)
    if name is None:
        return None
    body, references, unknown = _resolve(split, naming, path=shown)
    faults += [*_body_faults(split, front, path=shown), *unknown]
    if faults:
        return InvalidFile(path, naming.model(name), tuple(sorted(faults)))
    return Document(naming.model(name), path, Text(canonical(body)), front.protected, references)


@dataclass(frozen=True, slots=True)
class Body:
    """The text under the front matter, with LF; `line` is the line of the file it begins at."""

    text: str
    line: int


def body_of(data: bytes) -> Body | None:
    """The text of a file, whatever its front matter says; None where the file is not UTF-8."""
    try:
        *_, split = _readings(decoded(data, path=""))
    except FaultsError:
        return None
    return Body(split.body, split.body_line)


def take_apart(data: bytes, *, path: str) -> tuple[Yaml | None, Body]:
    """The mapping above a text, whatever it says, and the text. Raises FaultsError."""
    split = _split(decoded(data, path=path), path=path)
    return split.yaml, Body(split.body, split.body_line)


def decoded(data: bytes, *, path: str) -> str:
    """The file as text with LF, without BOM. Raises FaultsError naming the byte."""
    try:
        return plain(data.decode())
    except UnicodeDecodeError as error:
        line, column, message = undecodable(error)
        raise FaultsError([Fault(path, line, column, message, "encoding")]) from None


def _split(text: str, *, path: str) -> _Split:
    """Take front matter off; a block between `---` lines that is no mapping is part of the text.

    Raises FaultsError where the front matter is no YAML, or is meant and not there.
    """
    match = _FRONT_MATTER.match(text)
    document = read_yaml(match["yaml"], path=path, first_line=2) if match else None
    if match is None or document is None or not document.is_mapping:
        if fault := _intended(text, path=path):
            raise FaultsError([fault])
        return _Split(None, text, 1)
    return _below(match, text, document)


def _below(match: re.Match[str], text: str, document: Yaml | None) -> _Split:
    end = match.end()
    return _Split(document, text[end:], text.count("\n", 0, end) + 1)


def _intended(text: str, *, path: str) -> Fault | None:
    """What keeps a text's first lines from being front matter; None where none was meant.

    It was meant where the first lines are one of dashes and, in what stands right below it, one of
    its keys.
    """
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip(_BLANK)), None)
    if start is None or not _DASHES.fullmatch(lines[start]):
        return None
    below = dropwhile(lambda line: not line.strip(_BLANK), lines[start + 1 :])
    keys = map(_KEY.fullmatch, takewhile(lambda line: line.strip(_BLANK), below))
    key = next(filter(None, keys), None)
    return Fault(path, start + 1, 1, _mistake(lines, start, key)) if key else None


def _mistake(lines: list[str], start: int, key: re.Match[str]) -> str:
    if not _FENCE.fullmatch(lines[start]):
        return "front matter begins and ends with three hyphens: write --- here and below it"
    if start:
        return "front matter must begin at the first line: delete the blank lines above it"
    if not any(map(_FENCE.fullmatch, lines[1:])):
        return "the front matter is never closed: write a line of --- below it"
    words = (key["bare"] or key[0]).split(maxsplit=1)
    return f'front matter needs a colon after each key: write "{words[0]}: {words[-1]}"'


def _body_faults(split: _Split, front: FrontMatter, *, path: str) -> Iterator[Fault]:
    empty = not canonical(split.body)
    if empty and not front.clear:
        yield Fault(
            path,
            split.body_line,
            1,
            'no text; write one, or say "clear: true" in the front matter to empty the description',
            "empty",
        )
    if front.clear and not empty:
        yield Fault(path, split.body_line, 1, '"clear: true" stands above a text; remove one')


def _conflicts(text: str, *, path: str) -> Iterator[Fault]:
    """The places where git left two texts, be it with one of the markers taken out.

    A single marker is none: a text may have a line like it.
    """
    for markers in _markers(text):
        places = [number for number, kind in markers if kind != "="]
        if places and len({kind for _, kind in markers}) > 1:
            message = "a merge conflict; choose what the text is to be"
            yield Fault(path, places[0], 1, message, "conflict")


def _markers(text: str) -> Iterator[list[tuple[int, str]]]:
    """The lines that look like markers, each with its kind, those of one conflict together."""
    markers: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not _MARKER.fullmatch(line):
            continue
        if line.startswith("<"):
            yield markers
            markers = []
        markers.append((number, line[0]))
        if line.startswith(">"):
            yield markers
            markers = []
    yield markers


def _without_duplicates(
    documents: list[Document], invalid: list[InvalidFile], *, folder: str
) -> tuple[list[Document], list[InvalidFile]]:
    """Files that share a model, valid or not, say nothing sure: each is told of the others."""
    paths: defaultdict[str, list[str]] = defaultdict(list)
    everything: list[Document | InvalidFile] = [*documents, *invalid]
    for file in everything:
        paths[file.model].append(f"{folder}/{file.path}")
    shared = {model for model, files in paths.items() if model and len(files) > 1}
    files = [InvalidFile(d.path or "", d.model, ()) for d in documents if d.model in shared]
    told = [
        _duplicate(file, paths[file.model], folder=folder) if file.model in shared else file
        for file in (*invalid, *files)
    ]
    single = [document for document in documents if document.model not in shared]
    return single, sorted(told, key=lambda file: file.path)


def _duplicate(file: InvalidFile, paths: list[str], *, folder: str) -> InvalidFile:
    shown = f"{folder}/{file.path}"
    others = ", ".join(sorted(path for path in paths if path != shown))
    message = f"the model {file.model} is described by {others} too; keep one of them"
    fault = Fault(shown, 1, 1, message, "duplicate-model")
    return replace(file, faults=tuple(sorted([fault, *file.faults])))


# --- references ----------------------------------------------------------------------------------


def _resolve(
    split: _Split, naming: Naming, *, path: str
) -> tuple[str, tuple[Reference, ...], list[Fault]]:
    """The body with its aliases replaced by the target's ids, its references, and the unknown."""
    found = references(split.body, first_line=split.body_line)
    aliases = [each for each in found if each.id.startswith("@")]
    if not aliases:
        return split.body, found, []
    unknown = [each for each in aliases if naming.resolved(each) is None]
    return (
        renamed(split.body, lambda each: naming.resolved(each) or each.id),
        tuple(replace(each, id=naming.resolved(each) or each.id) for each in found),
        [_unknown_alias(each, naming, path=path) for each in unknown],
    )


def _unknown_alias(reference: Reference, naming: Naming, *, path: str) -> Fault:
    name = reference.id.removeprefix("@")
    if not name:
        kind = reference.kind
        message = f"{{{kind}:@}} has no name; write {{{kind}:@NAME}}, or {{{kind}:ID}}"
        return Fault(path, reference.line, reference.column, message, "unknown-alias")
    message = f'"{name}" is not one of the {reference.kind}s of target "{naming.target}"'
    hint = did_you_mean(name, naming.ids(reference.kind)) or "; name it in config.yaml"
    return Fault(path, reference.line, reference.column, message + hint, "unknown-alias")


# --- history -------------------------------------------------------------------------------------


def digests(data: bytes, *namings: Naming) -> tuple[str, ...]:
    """The hashes of the text that a version of a file stood for, in the names of any of these.

    Faults don't matter here: a version that was never valid may still hold the remote text. Where
    its front matter is no YAML, or comments alone, the text counts with it and without it.
    """
    try:
        text = decoded(data, path="")
    except FaultsError:
        return ()
    return tuple(
        Text(_resolve(split, naming, path="")[0]).sha256
        for split in _readings(text)
        for naming in namings
    )


def _readings(text: str) -> Iterator[_Split]:
    try:
        yield _split(text, path="")
    except FaultsError:
        yield _Split(None, text, 1)
        if match := _FRONT_MATTER.match(text):
            yield _below(match, text, None)
