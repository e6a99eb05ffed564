"""Write a text into a file, and keep the front matter of the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import yaml

from sync.config.yaml import is_plain_word
from sync.counts import MAX_NAMED, format_count
from sync.descriptions.document import read_document
from sync.descriptions.front_matter import read_body, read_canonical_body
from sync.descriptions.references import find_references, replace_reference_ids
from sync.model.document import Document, InvalidFile, get_stem
from sync.model.text import Text, canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.descriptions.aliases import Aliases
    from sync.model.document import Fault, Reference


_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK_LINES = re.compile(rf"(?:[ \t{_BOM}]*\n)*")


@dataclass(frozen=True, slots=True)
class DescriptionFile:
    """The file for a model's text in one target; `data` is its present content.

    `path` is relative to `folder`, which only stands before it in faults.
    """

    path: str
    model: str
    aliases: Aliases
    folder: str
    data: bytes | None = None
    aliases_by_id: dict[tuple[str, str], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "aliases_by_id", dict(self._list_aliases()))

    @property
    def body(self) -> str:
        """Return the file's text as it is written, in canonical form."""
        return read_canonical_body(self.data or b"")

    def apply_aliases(self, text: Text) -> str:
        """Write the text with the aliases that the file already uses."""
        return replace_reference_ids(text.canonical, self._find_alias)

    def _find_alias(self, reference: Reference) -> str:
        return self.aliases_by_id.get((reference.kind, reference.id), reference.id)

    def _list_aliases(self) -> Iterator[tuple[tuple[str, str], str]]:
        for reference in find_references(self.body):
            id_ = self.aliases.get_ids(reference.kind).get(reference.id.removeprefix("@"))
            if reference.id.startswith("@") and id_:
                yield (reference.kind, id_), reference.id


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """The new content of the file, and the text that is read from it, with aliases resolved."""

    data: bytes
    text: Text


@dataclass(frozen=True, slots=True)
class CannotWrite:
    """The reason why no file can have this text for this model.

    `faults` are those of the text itself, their lines counted from 1 in its canonical form.
    """

    reason: str
    faults: tuple[Fault, ...] = field(default=(), compare=False)


def render_file(body: str, place: DescriptionFile) -> RenderedFile | CannotWrite:
    """Render the file and verify that reading it back gives this text.

    Front matter is kept byte for byte. A new file gets `model:`; another file without front matter
    gets it only if the text needs it.
    """
    attempt: RenderedFile | CannotWrite = CannotWrite("there is no front matter for it")
    for head in _propose_front_matter(place):
        attempt = _verify_file(_join_file(head, body, place), body, place)
        if isinstance(attempt, RenderedFile):
            break
    return attempt


def render_conflicted_file(body: str, place: DescriptionFile) -> bytes:
    """Render the file with a text that has conflict markers, for a person."""
    return _join_file(next(_propose_front_matter(place)), body, place)


def _verify_file(data: bytes, body: str, place: DescriptionFile) -> RenderedFile | CannotWrite:
    match read_document(place.path, data, place.aliases, folder=place.folder):
        case InvalidFile(faults=faults):
            messages = list(dict.fromkeys(fault.message for fault in faults))
            more = len(messages) - MAX_NAMED
            rest = [f"and {format_count(more, 'more error')}"] if more > 0 else []
            reason = "; ".join([*messages[:MAX_NAMED], *rest])
            return CannotWrite(reason, _count_from_text(faults, data, body))
        case Document(model=place.model, text=text) if read_canonical_body(data) == canonical(body):
            return RenderedFile(data, text)
        case _:
            return CannotWrite(
                "with this file's front matter the text would belong to another model than "
                f"{place.model}, or read differently"
            )


def _count_from_text(faults: tuple[Fault, ...], data: bytes, body: str) -> tuple[Fault, ...]:
    """Return the faults below the front matter, with the lines of the canonical text."""
    above = data.count(b"\n") - canonical(body).count("\n")
    return tuple(replace(fault, line=fault.line - above) for fault in faults if fault.line > above)


def _propose_front_matter(place: DescriptionFile) -> Iterator[str]:
    """Yield possible front matter, the best first.

    A new file names its model, except for an id that front matter cannot name.
    """
    kept = _keep_front_matter(place.data.decode()) if place.data is not None else ""
    if place.data is not None:
        yield kept
    if not kept.strip(f" \t\r\n{_BOM}"):
        stem = get_stem(place.path)
        for name in dict.fromkeys((stem, place.model)):
            yield _BOM * kept.startswith(_BOM) + _render_front_matter(name).replace(
                "\n", _choose_newline(place)
            )
    if place.data is None:
        yield ""


def _render_front_matter(name: str) -> str:
    """Render front matter on one line, quoted if YAML would read another type."""
    if is_plain_word(name):  # the usual case; to write YAML takes far longer
        return f"---\nmodel: {name}\n---\n\n"
    mapping = yaml.safe_dump({"model": name}, allow_unicode=True, width=float("inf"))
    return f"---\n{mapping}---\n\n"


def _keep_front_matter(old: str) -> str:
    """Return the front matter and the blank lines below it, unchanged."""
    body = read_body(old.encode())
    if body is None:
        return ""
    blank = _BLANK_LINES.match(body.text)
    lines = body.line - 1 + (blank[0].count("\n") if blank else 0)
    ends = [match.end() for match in _LINE_END.finditer(old)][:lines]
    return old[: ends[-1]] if ends else _BOM * old.startswith(_BOM)


def _join_file(head: str, body: str, place: DescriptionFile) -> bytes:
    return (head + canonical(body).replace("\n", _choose_newline(place))).encode()


def _choose_newline(place: DescriptionFile) -> str:
    """Return the line end of most lines of the file."""
    data = place.data or b""
    return "\r\n" if 2 * data.count(b"\r\n") > data.count(b"\n") else "\n"
