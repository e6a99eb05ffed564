"""Make the file contents for the texts that a rollback restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.descriptions.rewrite import CannotWrite, DescriptionFile, render_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.descriptions.aliases import Aliases
    from sync.model.document import Document


def restore_files(
    back: Mapping[str, Document],
    documents: Mapping[str, Document],
    *,
    contents: Mapping[str, bytes],
    aliases: Aliases,
    folder: str,
) -> tuple[dict[str, bytes | None], dict[str, str]]:
    """Return the new content of each file, and the reasons for files that cannot have the text.

    `back` are the restored texts, `documents` those of the files now. A file whose model had no
    text is removed: its content is None. `contents` has every file, also the last version of
    removed ones.
    """
    restored: dict[str, bytes | None] = {}
    unrestored: dict[str, str] = {}
    for model, each in back.items():
        document, text = documents.get(model), each.text
        path = document.path if document else each.path
        if path is None:
            unrestored[model] = "no file is known for it"
            continue
        if text.is_empty:
            restored[path] = None
            continue
        place = DescriptionFile(path, model, aliases, folder, contents.get(path))
        match render_file(place.apply_aliases(text), place):
            case CannotWrite(reason=reason):
                unrestored[path] = reason
            case file if not file.text.is_same_as(text):
                unrestored[path] = "a file would resolve the aliases in this text"
            case file:
                restored[path] = file.data
    return dict(sorted(restored.items())), unrestored
