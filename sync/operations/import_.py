"""Write texts from elsewhere into the folder of descriptions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sync.decisions.import_ import (
    FolderState,
    Imported,
    ImportRun,
    NotImported,
    decide_import,
)
from sync.decisions.import_formats import EXPORTS, MARKDOWN, read_foreign
from sync.decisions.import_names import name_by_place
from sync.descriptions.document import read_documents
from sync.errors import UsageError
from sync.workspace.folder import DescriptionFolder
from sync.workspace.read_folder import read_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.decisions.import_ import ForeignText, ImportOutcome
    from sync.workspace.workspace import Target

# A larger file is not an export of descriptions, and is not read into memory.
MAX_BYTES = 32 * 1024 * 1024


def import_texts(
    source: Path, target: Target, *, dry_run: bool, locale: str | None = None
) -> ImportRun:
    """Write the texts of a file or a folder into the target's folder; a dry run writes nothing.

    Of texts in several languages, those in `locale` are imported. Raises UsageError.
    """
    folder = DescriptionFolder(target.workspace.repository.root, target.workspace.folder)
    state = read_folder_state(target, folder)
    found = name_by_place(
        read_source(source, locale=locale),
        root=(source if source.is_dir() else source.parent).resolve().name,
        known_names=state.aliases.models.keys(),
        locale=locale,
    )
    outcomes = decide_import(found, state)
    if not dry_run:
        outcomes = [write_import(outcome, folder) for outcome in outcomes]
    return ImportRun(target.name, folder.name, outcomes, dry=dry_run)


def read_source(source: Path, *, locale: str | None) -> Iterator[ForeignText | NotImported]:
    """Read the texts of a file, or of all files in a folder. Raises UsageError."""
    if source.is_dir():
        for path in _walk_files(source):
            name = path.relative_to(source).as_posix()
            yield from _read_texts(path, name, kinds=MARKDOWN, locale=locale)
    elif source.suffix.lower() in (*MARKDOWN, *EXPORTS):
        yield from _read_texts(
            source, _name_source(source), kinds=(*MARKDOWN, *EXPORTS), locale=locale
        )
    else:
        raise UsageError(f"{source} is neither Markdown nor CSV nor JSON, as its name ends")


def _name_source(source: Path) -> str:
    """Return the file's name; a README gets its folder's name before it, as for model cards."""
    folder = f"{source.absolute().parent.name}/" if source.stem.lower() == "readme" else ""
    return f"{folder}{source.name}"


def _walk_files(folder: Path) -> Iterator[Path]:
    """List all files of a folder except hidden ones; symbolic links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def _read_texts(
    file: Path, name: str, *, kinds: tuple[str, ...], locale: str | None
) -> Iterator[ForeignText | NotImported]:
    if file.suffix.lower() not in kinds:
        yield NotImported(result="left_out", source=name, reason="not Markdown")
    elif file.is_symlink() or not file.is_file():
        yield NotImported(result="left_out", source=name, reason="a link, or no file at all")
    elif file.stat().st_size > MAX_BYTES:
        yield NotImported(
            result="failed", source=name, reason=f"larger than {MAX_BYTES // 1024**2} MiB"
        )
    else:
        yield from _read_source_file(file, name, locale=locale)


def _read_source_file(
    file: Path, name: str, *, locale: str | None
) -> Iterator[ForeignText | NotImported]:
    try:
        data = file.read_bytes()
    except OSError as error:
        yield NotImported(result="failed", source=name, reason=f"cannot be read: {error.strerror}")
    else:
        yield from read_foreign(name, data, locale=locale)


def read_folder_state(chosen: Target, folder: DescriptionFolder) -> FolderState:
    """Read the paths in the folder, and its descriptions for the target."""
    workspace = chosen.workspace
    files = read_folder(folder.path, workspace.file_filter)
    documents, _ = read_documents(files, chosen.aliases, folder=folder.name)
    return FolderState(
        chosen.aliases,
        folder.name,
        paths=[path.relative_to(folder.path).as_posix() for path in _walk_files(folder.path)],
        documents={document.model: document for document in documents},
        is_description=workspace.file_filter.accepts,
        levels=workspace.config.rules,
    )


def write_import(outcome: ImportOutcome, folder: DescriptionFolder) -> ImportOutcome:
    """Write an imported file; return its outcome.

    It is `refused` if something is in the way, and `failed` if the disk does not take the file.
    """
    if not isinstance(outcome, Imported):
        return outcome
    obstacle = folder.find_obstacle(outcome.path, old_data=None)
    reason = obstacle or folder.write_file(outcome.path, outcome.data, old_data=None)
    if not reason:
        return outcome
    return NotImported(
        result="refused" if obstacle else "failed",
        source=outcome.source,
        model=outcome.model,
        path=outcome.path,
        reason=reason,
        is_disk_failure=not obstacle,
    )
