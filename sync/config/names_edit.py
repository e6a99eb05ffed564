"""Add names to the text of names.yaml: what stands there keeps its place, its form and comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from sync.config.names import NAME_SECTIONS, NameSection, NamesTable, read_names
from sync.config.yaml import FaultsError, Loader
from sync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_START = """\
# The names of models and assets, and the id that each of them has in every target.
# `description-sync map FROM TO --write` adds to this file. It keeps your comments and your order.
"""
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class _Insertion:
    """Text to insert at a place; it replaces the characters from `column` to `end`."""

    line: int
    column: int
    end: int
    text: str


def add_to_names_file(text: str, new: NamesTable, *, path: str) -> str:
    """Return the text of names.yaml with the new names, and ids of new targets.

    New names are sorted in. Raises ConfigError if the file gives a name another id, or has a form
    that cannot be added to; FaultsError if it has faults.
    """
    old, _ = read_names(text, path=path)
    wanted = _merge_tables(old, new, path=path)
    if wanted == old:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = (text.replace("\r\n", "\n") or _START).split("\n")
    edited = "\n".join(_apply_edits(lines, _list_edits("\n".join(lines), old, wanted)))
    try:
        done = read_names(edited, path=path)[0] == wanted
    except FaultsError:
        done = False
    if not done:
        raise ConfigError(
            f"{path} has a form that this program cannot add to",
            hint="Write each name on a line of its own, such as `hero: {old: ID, new: ID}`.",
        )
    return edited.replace("\n", newline)


def _merge_tables(old: NamesTable, new: NamesTable, *, path: str) -> NamesTable:
    merged: dict[NameSection, dict[str, dict[str, str]] | None] = {}
    for section in NAME_SECTIONS:
        names = {name: dict(ids) for name, ids in old.get_section(section).items()}
        for name, ids in new.get_section(section).items():
            known = names.setdefault(name, {})
            for target, id_ in ids.items():
                if known.setdefault(target, id_) != id_:
                    raise ConfigError(
                        f'{path}: "{name}" is {known[target]} in {target}, and would become {id_}',
                        hint="Correct the id there, or choose another name.",
                    )
        section_names = old.models if section == "models" else old.assets
        merged[section] = names if names or section_names is not None else None
    return NamesTable(**merged)


def _apply_edits(lines: Sequence[str], edits: Sequence[_Insertion]) -> list[str]:
    """Apply the edits from the last one to the first; their places are those of the old text."""
    edited = [*lines]
    in_order = sorted(edits, key=lambda each: (each.line, each.column))
    for edit in reversed(in_order):
        line = edited[edit.line] if edit.line < len(edited) else ""
        changed = line[: edit.column] + edit.text + line[max(edit.end, edit.column) :]
        edited[edit.line : edit.line + 1] = [changed]
    return edited


def _list_edits(text: str, old: NamesTable, wanted: NamesTable) -> list[_Insertion]:
    root = yaml.compose(text, Loader=Loader)
    sections = _read_mapping(root)
    edits: list[_Insertion] = []
    added = ""
    for section in NAME_SECTIONS:
        known, names = old.get_section(section), wanted.get_section(section)
        new = {name: names[name] for name in sorted(names.keys() - known.keys())}
        more = {
            name: rest
            for name, ids in known.items()
            if (rest := {t: names[name][t] for t in names[name].keys() - ids.keys()})
        }
        if section in sections:
            key, value = sections[section]
            edits += _edit_section(text, key, value, new)
            entries = _read_mapping(value)
            lines = text.split("\n")
            edits += [_extend_entry(lines, entries[name][1], ids) for name, ids in more.items()]
        elif new:
            added += f"{section}:\n" + "".join(_format_entries(new, _INDENT))
    if added:
        edits.append(_append_at_end(text, added))
    return edits


def _read_mapping(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): (key, value) for key, value in node.value}


def _append_at_end(text: str, added: str) -> _Insertion:
    lines = text.split("\n")
    last = len(lines) - 1
    return _Insertion(last, len(lines[last]), 0, ("\n" if lines[last] else "") + added)


def _edit_section(
    text: str, key: yaml.Node, value: yaml.Node, new: Mapping[str, Mapping[str, str]]
) -> Iterator[_Insertion]:
    """Yield the edits that add new names to a section."""
    if not new:
        return
    if not isinstance(value, yaml.MappingNode) or not value.value:
        yield from _fill_empty_section(text, key, value, new)
    elif value.flow_style:
        end = value.value[-1][1].end_mark
        entries = "".join(f", {entry}" for entry in _format_flow_entries(new))
        yield _Insertion(end.line, end.column, 0, entries)
    else:
        lines = text.split("\n")
        names = [(str(child.value), child, item) for child, item in value.value]
        for name, ids in new.items():
            yield _insert_entry(lines, names, name, ids)


def _fill_empty_section(
    text: str, key: yaml.Node, value: yaml.Node, new: Mapping[str, Mapping[str, str]]
) -> Iterator[_Insertion]:
    """Write the names below the key of an empty section, in place of its `{}` or null."""
    line = key.end_mark.line
    if value.start_mark.line == value.end_mark.line == line:
        yield _Insertion(line, value.start_mark.column, value.end_mark.column, "")
    entries = "".join(_format_entries(new, _INDENT))
    yield _Insertion(line, len(text.split("\n")[line]), 0, "\n" + entries.removesuffix("\n"))


def _insert_entry(
    lines: Sequence[str],
    names: Sequence[tuple[str, yaml.Node, yaml.Node]],
    name: str,
    ids: Mapping[str, str],
) -> _Insertion:
    """Insert a name before the first one that sorts after it, and before that one's comments."""
    indent = " " * names[0][1].start_mark.column
    entry = next(iter(_format_entries({name: ids}, indent)))
    following = next((key for other, key, _ in names if other > name), None)
    if following is None:
        line = _find_last_line(names[-1][2])
        return _Insertion(line, len(lines[line]), 0, "\n" + entry.removesuffix("\n"))
    line = following.start_mark.line
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return _Insertion(line, 0, 0, entry)


def _find_last_line(node: yaml.Node) -> int:
    """Find the line that a value ends on; the end of a block includes what follows it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _find_last_line(node.value[-1][1])
    return node.end_mark.line


def _extend_entry(lines: Sequence[str], value: yaml.Node, ids: Mapping[str, str]) -> _Insertion:
    """Add ids of further targets to a name."""
    pairs = [f"{format_scalar(target)}: {format_scalar(ids[target])}" for target in sorted(ids)]
    if not isinstance(value, yaml.MappingNode) or not value.value:
        return _Insertion(value.start_mark.line, value.start_mark.column + 1, 0, ", ".join(pairs))
    end = value.value[-1][1].end_mark
    if value.flow_style:
        return _Insertion(end.line, end.column, 0, "".join(f", {pair}" for pair in pairs))
    indent = " " * value.value[0][0].start_mark.column
    below = "".join(f"\n{indent}{pair}" for pair in pairs)
    return _Insertion(end.line, len(lines[end.line]), 0, below)


def _format_entries(names: Mapping[str, Mapping[str, str]], indent: str) -> Iterator[str]:
    return (f"{indent}{entry}\n" for entry in _format_flow_entries(names))


def _format_flow_entries(names: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for name, ids in names.items():
        pairs = (f"{format_scalar(target)}: {format_scalar(id_)}" for target, id_ in ids.items())
        yield f"{format_scalar(name)}: {{{', '.join(pairs)}}}"


def format_scalar(text: str) -> str:
    """Format a text so that YAML reads it as a text, also inside braces."""
    dumped = yaml.safe_dump([text], default_flow_style=True, allow_unicode=True, width=float("inf"))
    return dumped.strip()[1:-1]


def add_names_key(text: str, names: str, *, path: str) -> str:
    """Return the text of config.yaml with `names: FILE`, in a line below the version.

    Raises ConfigError if the file has a form that this program cannot add to.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    root = yaml.compose("\n".join(lines), Loader=Loader)
    keys = _read_mapping(root)
    line = f"names: {format_scalar(names)}"
    if not isinstance(root, yaml.MappingNode) or root.flow_style or "version" not in keys:
        raise ConfigError(
            f"{path} has a form that this program cannot add to", hint=f"Add `{line}`."
        )
    lines.insert(keys["version"][1].end_mark.line + 1, line)
    return newline.join(lines)
