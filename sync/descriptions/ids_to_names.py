"""Write names in place of ids in a file: in its front matter and in its tags."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

import yaml

from sync.config.names_edit import format_scalar
from sync.config.yaml import FaultsError, Loader
from sync.descriptions.front_matter import decode_file, split_front_matter
from sync.descriptions.references import find_references
from sync.model.document import get_stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.descriptions.aliases import Aliases
    from sync.descriptions.front_matter import SplitFile
    from sync.model.document import ReferenceKind

_BOM = "\ufeff"
_LINE_END = re.compile(r"(\r\n|\r|\n)")

IdReplacement = tuple[int, int, str, str]
"""Line and column, from 1; the characters that are there, and those to write instead."""


def replace_ids_by_names(path: str, data: bytes, aliases: Aliases, *, preferred: Aliases) -> bytes:
    """Return the file with names for the ids that the target of `aliases` has names for.

    Of several names, one that is `preferred` as well is taken. Front matter, line ends and all
    else stay as they are. A file that cannot be read stays as it is.
    """
    try:
        split = split_front_matter(decode_file(data, path=path), path=path)
    except FaultsError:
        return data
    names = {
        kind: _invert(aliases.get_ids(kind), preferred.get_ids(kind)) for kind in _REFERENCE_KINDS
    }
    text = data.decode()
    bom, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    lines = _LINE_END.split(text)  # each second part is the end of the line before it
    newline = lines[1] if len(lines) > 1 else "\n"
    edits = [*_name_tags(split, names)]
    head = ""
    if split.yaml is None:
        head = _make_front_matter(path, aliases, names["model"], newline)
    else:
        inner = takewhile(lambda line: line.rstrip(" \t") != "---", lines[2::2])
        edits += _name_models(
            [*inner], get_stem(path), aliases, names=names["model"], newline=newline
        )
    for line, column, old, new in sorted(edits, reverse=True):
        text = lines[2 * (line - 1)]
        if not text.startswith(old, column - 1):
            return data
        lines[2 * (line - 1)] = text[: column - 1] + new + text[column - 1 + len(old) :]
    return f"{bom}{head}{''.join(lines)}".encode()


_REFERENCE_KINDS: tuple[ReferenceKind, ...] = ("model", "asset")


def _invert(ids: Mapping[str, str], preferred: Mapping[str, str]) -> dict[str, str]:
    """Map ids to names; of several names, to a preferred one, then to the first."""
    ordered = sorted(ids, key=lambda name: (name in preferred, _Reversed(name)))
    return {ids[name]: name for name in ordered}


class _Reversed(str):
    """A text that sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


def _name_tags(
    split: SplitFile, names: Mapping[ReferenceKind, Mapping[str, str]]
) -> Iterator[IdReplacement]:
    for each in find_references(split.body, first_line=split.body_line):
        if name := names[each.kind].get(each.id):
            old = f"{{{each.kind}:{each.id}}}"
            yield each.line, each.column, old, f"{{{each.kind}:@{name}}}"


def _make_front_matter(path: str, aliases: Aliases, names: Mapping[str, str], newline: str) -> str:
    """Return front matter that names the model of a file whose own name is the id."""
    stem = get_stem(path)
    if stem in aliases.models or stem not in names:
        return ""
    return f"---{newline}model: {format_scalar(names[stem])}{newline}---{newline}{newline}"


def _name_models(
    inner: list[str], stem: str, aliases: Aliases, *, names: Mapping[str, str], newline: str
) -> Iterator[IdReplacement]:
    """Yield the edits of the front matter: its `model`, or the target's entry in `models`.

    `inner` are the lines of the front matter, without those of `---`.
    """
    root = yaml.compose("\n".join(inner), Loader=Loader)
    keys = _read_keys(root)
    node = keys.get("model") or _read_keys(keys.get("models")).get(aliases.target)
    if node is None:
        if "models" not in keys and stem not in aliases.models and stem in names:
            yield 1, 4, "", f"{newline}model: {format_scalar(names[stem])}"
        return
    value = str(node.value)
    if value in aliases.models or value not in names:
        return
    start, end = node.start_mark, node.end_mark
    if start.line == end.line:
        old = inner[start.line][start.column : end.column]
        yield start.line + 2, start.column + 1, old, format_scalar(names[value])


def _read_keys(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}
