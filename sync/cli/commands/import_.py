"""`import`: existing Markdown, model cards, and exports into the folder of descriptions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli import exits
from sync.cli.disk import Folder
from sync.cli.folder import read_folder
from sync.cli.options import FORMATS, Command, Settings, format_option
from sync.cli.output import report
from sync.cli.showing import listed
from sync.cli.workspace import open_workspace
from sync.documents import read_documents
from sync.errors import UsageError
from sync.foreign import EXPORTS, MARKDOWN, read_foreign
from sync.importing import Here, Import, Imported, NotImported, fates
from sync.reports.imports import import_as_json, import_listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cli.options import Format
    from sync.cli.workspace import Chosen
    from sync.importing import Fate, Found

# What is larger is no collection of descriptions, and is not read into memory.
MAX_BYTES = 32 * 1024 * 1024


@click.command(cls=Command)
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="FOLDER|FILE")
@click.option("--dry-run", is_flag=True, help="Show what would become of each file, write nothing.")
@format_option(*FORMATS)
@click.pass_obj
def command(settings: Settings, /, source: Path, dry_run: bool, report_format: Format) -> int:
    """Take existing texts into the folder of descriptions.

    A FOLDER's Markdown files keep their places; a model card's README is named after its folder.
    A FILE may be Markdown, or CSV or JSON with a model (model, model_id, modelId, id) and a text
    (description, text, value) in each entry. No file is ever overwritten.

    \b
    description-sync import docs/models --dry-run
    description-sync import export.csv
    """
    chosen = open_workspace(settings).only_target("an import is for one target")
    folder = Folder(chosen.workspace.repository.root, chosen.workspace.folder)
    found = fates(_found(source), _here(chosen, folder))
    if not dry_run:
        found = [_written(fate, folder) for fate in found]
    done = Import(chosen.name, folder.name, found, dry=dry_run)
    report(listed(report_format, [done], settings, listing=import_listing, document=import_as_json))
    return exits.worst(map(_code, found))


def _code(fate: Fate) -> int:
    match fate:
        case NotImported(result="refused"):
            return exits.REFUSED
        case NotImported(result="failed"):
            return exits.SOME_FAILED
        case _:
            return exits.DONE


# --- files ---------------------------------------------------------------------------------------


def _found(source: Path) -> Iterator[Found | NotImported]:
    """The texts of a file, or of all that a folder holds."""
    if source.is_dir():
        for path in _files(source):
            yield from _texts(path, path.relative_to(source).as_posix(), kinds=MARKDOWN)
    elif source.suffix.lower() in (*MARKDOWN, *EXPORTS):
        yield from _texts(source, _name(source), kinds=(*MARKDOWN, *EXPORTS))
    else:
        raise UsageError(f"{source} is neither Markdown nor CSV nor JSON, as its name ends")


def _name(source: Path) -> str:
    """The file's name, with its folder's where that is what tells a model card from others."""
    folder = f"{source.absolute().parent.name}/" if source.stem.lower() == "readme" else ""
    return f"{folder}{source.name}"


def _files(folder: Path) -> Iterator[Path]:
    """All files of a folder, but for what is hidden; links are not followed."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(names) if not name.startswith("."))


def _texts(file: Path, name: str, *, kinds: tuple[str, ...]) -> Iterator[Found | NotImported]:
    if file.suffix.lower() not in kinds:
        yield NotImported(result="left_out", source=name, reason="not Markdown")
    elif file.is_symlink() or not file.is_file():
        yield NotImported(result="left_out", source=name, reason="a link, or no file at all")
    elif file.stat().st_size > MAX_BYTES:
        yield NotImported(
            result="failed", source=name, reason=f"larger than {MAX_BYTES // 1024**2} MiB"
        )
    else:
        yield from _read(file, name)


def _read(file: Path, name: str) -> Iterator[Found | NotImported]:
    try:
        data = file.read_bytes()
    except OSError as error:
        yield NotImported(result="failed", source=name, reason=f"cannot be read: {error.strerror}")
    else:
        yield from read_foreign(name, data)


def _here(chosen: Chosen, folder: Folder) -> Here:
    workspace = chosen.workspace
    files = read_folder(folder.path, workspace.rules)
    documents, _ = read_documents(files, chosen.naming, folder=folder.name)
    return Here(
        chosen.naming,
        folder.name,
        paths=[path.relative_to(folder.path).as_posix() for path in _files(folder.path)],
        documents={document.model: document for document in documents},
        counts=workspace.rules.count,
        levels=workspace.config.rules,
    )


def _written(fate: Fate, folder: Folder) -> Fate:
    """What became of it once the file was to be written, which nothing may be in the way of."""
    if not isinstance(fate, Imported):
        return fate
    reason = folder.write(fate.path, fate.data, replacing=None)
    if not reason:
        return fate
    return NotImported(
        result="refused", source=fate.source, model=fate.model, path=fate.path, reason=reason
    )
