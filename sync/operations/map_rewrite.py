"""Write names in place of ids in all files, if the texts of every target stay the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.descriptions.document import read_documents
from sync.descriptions.ids_to_names import replace_ids_by_names
from sync.errors import RefusedError
from sync.workspace.folder import DescriptionFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.descriptions.aliases import Aliases
    from sync.workspace.workspace import Target

_Meaning = tuple[str, str, bool, tuple[tuple[str, str], ...]]


def plan_name_replacement(
    targets: Sequence[Target],
    files: Mapping[str, bytes],
    *,
    aliases: Mapping[str, Aliases],
) -> dict[str, bytes]:
    """Return the new content of each file in which names can replace ids of the first target.

    `targets` are the two targets of a map, `aliases` their new names. The text of each file, with
    ids in place of names, is compared byte for byte for the first target and for all other targets
    of the same project. Raises RefusedError if anything differs.
    """
    source, target = targets
    new = {
        path: replace_ids_by_names(path, data, aliases[source.name], preferred=aliases[target.name])
        for path, data in files.items()
    }
    for proved in _list_targets_of_project(source):
        before = _read_meanings(proved.aliases, files, proved)
        after = _read_meanings(aliases.get(proved.name, proved.aliases), new, proved)
        changed = sorted(path for path in files if before.get(path) != after.get(path))
        if changed:
            raise RefusedError(
                f"names would change what {changed[0]} says for {proved.name}; no file was changed",
                hint=f"Give {proved.name} the same names, or correct the file, and try again.",
            )
    return {path: data for path, data in new.items() if data != files[path]}


def write_files_with_names(
    target: Target, new: Mapping[str, bytes], *, old: Mapping[str, bytes]
) -> dict[str, str]:
    """Write the files; return the reasons for files left alone, by path. Can be run again."""
    workspace = target.workspace
    folder = DescriptionFolder(workspace.repository.root, workspace.folder)
    reasons = {path: folder.write_file(path, new[path], old_data=old[path]) for path in new}
    return {path: reason for path, reason in reasons.items() if reason}


def _list_targets_of_project(source: Target) -> Iterator[Target]:
    """List the target, and the other targets of the same project."""
    yield source
    for name in source.workspace.config.targets:
        other = source.workspace.get_target(name)
        if name != source.name and _get_project(other) == _get_project(source):
            yield other


def _get_project(target: Target) -> tuple[str, str | None]:
    return target.identity.base_url, target.identity.project_id


def _read_meanings(
    aliases: Aliases, files: Mapping[str, bytes], target: Target
) -> dict[str, _Meaning | tuple[str, ...]]:
    """Return model, text, protection and references of each file for a target."""
    documents, invalid = read_documents(files, aliases, folder=target.workspace.folder)
    meanings: dict[str, _Meaning | tuple[str, ...]] = {
        file.path: (file.model, *(fault.rule for fault in file.faults)) for file in invalid
    }
    for document in documents:
        references = tuple((each.kind, each.id) for each in document.references)
        meaning = (document.model, document.text.raw, document.protected, references)
        meanings[document.path or ""] = meaning
    return meanings
