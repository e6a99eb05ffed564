"""Read descriptions while an author edits them, and the models and assets they refer to."""

from __future__ import annotations

import asyncio
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sync.config.settings import parse_config
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_document
from sync.descriptions.file_filter import FileFilter
from sync.descriptions.front_matter import read_body
from sync.errors import SyncError, UsageError
from sync.lint.check import check_files
from sync.lint.finding import Finding
from sync.model.document import Document, InvalidFile
from sync.model.text import EMPTY_TEXT, Text
from sync.operations.media import load_media
from sync.reports.media import NO_MEDIA, Media, find_reference_targets
from sync.reports.preview import Draft
from sync.workspace.find_config import format_path, locate_config, read_config_text
from sync.workspace.names_file import add_names_of_file
from sync.workspace.path_arguments import is_whole_folder, make_path_from

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sync.config.rules import RuleLevels
    from sync.model.document import ReferenceTarget
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class DraftSettings:
    """The settings to read drafts with: those of one target, and the rules of `check`."""

    aliases: Aliases
    levels: RuleLevels
    target_names: Collection[str]


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file that is being written, and the settings to read it with."""

    file: Path
    path: str
    settings: DraftSettings

    def get_version(self) -> str:
        """Return a string that changes with the file; empty if there is no file."""
        try:
            status = self.file.stat()
        except OSError:
            return ""
        return f"{status.st_mtime_ns}-{status.st_ino}-{status.st_size}"

    def read_draft(self) -> Draft:
        """Read the present text of the file and its findings, even if the file has faults."""
        try:
            if self.file.is_symlink():
                message = "a symbolic link is not followed; name the file that it leads to"
                return Draft(self.path, "", Text(""), [_make_finding(self.path, message)])
            data = self.file.read_bytes()
        except OSError as error:
            message = f"it cannot be read: {error.strerror}"
            return Draft(self.path, "", Text(""), [_make_finding(self.path, message)])
        model, text = self._read_text(data)
        findings = check_files(
            {self.path: data},
            [self.settings.aliases],
            folder="",
            levels=self.settings.levels,
            chosen=[self.path],
            targets=self.settings.target_names,
        )
        return Draft(self.path, model, text, findings)

    def _read_text(self, data: bytes) -> tuple[str, Text]:
        match read_document(self.path, data, self.settings.aliases, folder=""):
            case Document(model=model, text=text):
                return model, text
            case InvalidFile(model=model):
                pass
            case None:
                model = ""
        body = read_body(data)
        return model, Text(body.text if body else "")


@dataclass(frozen=True, slots=True)
class DraftFolder:
    """A folder of files that are being written, and the settings to read them with.

    `folder` is that of all descriptions; the drafts are those below `part`, a path relative to it.
    """

    folder: Path
    part: str
    file_filter: FileFilter
    settings: DraftSettings

    def find_file(self, path: str) -> DraftFile | None:
        """Return the file at a path of `list_paths`, None for any other path."""
        if path not in self.list_paths():
            return None
        return DraftFile(self.folder / path, path, self.settings)

    def list_paths(self) -> list[str]:
        """List the paths of the present drafts, relative to the folder of all descriptions."""
        found = (file.relative_to(self.folder).as_posix() for file in self._walk())
        return sorted(path for path in found if self.file_filter.accepts(path))

    def get_version(self) -> str:
        """Return a string that changes with any of the files."""
        files = (DraftFile(self.folder / path, path, self.settings) for path in self.list_paths())
        versions = "\n".join(f"{file.path} {file.get_version()}" for file in files)
        return hashlib.sha256(versions.encode()).hexdigest()[:16]

    def read_drafts(self) -> list[Draft]:
        """Read the present texts of all files and their findings."""
        paths = self.list_paths()
        return [DraftFile(self.folder / path, path, self.settings).read_draft() for path in paths]

    def _walk(self) -> Iterator[Path]:
        for folder, names, files in os.walk(self.folder / self.part):
            names[:] = [name for name in names if not name.startswith(".")]
            yield from (Path(folder) / name for name in files)


def _make_finding(path: str, message: str) -> Finding:
    return Finding(path, 1, 1, "file", "error", message)


def find_drafts(
    path: Path,
    config_file: Path | None,
    *,
    target_names: Sequence[str] = (),
    all_targets: bool = False,
) -> DraftFile | DraftFolder:
    """Return the file or folder with the settings of the first selected target.

    Raises ConfigError, and UsageError for a folder that holds no description.
    """
    config_path = locate_config(config_file)
    config = parse_config(read_config_text(config_path), path=format_path(config_path))
    config = add_names_of_file(config, config_path)
    names = config.select_target_names(target_names, all_targets=all_targets)
    name, target = config.get_target(next(iter(names), None))
    settings = DraftSettings(
        Aliases(name, target.models, target.assets), config.rules, config.targets
    )
    folder = config_path.parent / config.descriptions
    seen = make_path_from(folder, path)
    is_inside = not (seen.startswith("..") or Path(seen).is_absolute())
    if not path.is_dir():
        return DraftFile(path, seen if is_inside else path.name, settings)
    holds_all = is_whole_folder(seen)
    part = "" if holds_all else seen
    drafts = DraftFolder(folder, part, FileFilter(config.exclude), settings)
    if not (is_inside or holds_all) or not drafts.list_paths():
        raise UsageError(
            f"there is no description in {path}", hint=f"They are in {format_path(folder)}."
        )
    return drafts


# --- the server ----------------------------------------------------------------------------------


class DraftMedia:
    """The models and assets of a draft; they are read again only if the draft names others."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._last_request: tuple[str, dict[ReferenceTarget, None]] | None = None
        self._media = NO_MEDIA

    def read_media(self, draft: Draft) -> None:
        """Read the models and assets of the draft.

        Raises SyncError if the key is missing or refused, or if the server cannot be reached.
        """
        self._last_request = draft.model, find_reference_targets(draft.text)
        self._media = asyncio.run(self._load_media(draft))

    def find_media(self, draft: Draft) -> Media:
        """Return the models and assets of the draft, or those read last if they cannot be read."""
        if self._last_request != (draft.model, find_reference_targets(draft.text)):
            with suppress(SyncError):
                self.read_media(draft)
        return self._media

    async def _load_media(self, draft: Draft) -> Media:
        """Read the description first: it comes with the assets and models of its tags."""
        async with self._target.connect(lambda _: None) as scenario:
            if draft.model:
                await scenario.retrieve(draft.model)
            else:
                await scenario.probe()
            return await load_media(
                [draft.text], scenario, subjects=[draft.model] if draft.model else []
            )


@dataclass(frozen=True, slots=True)
class MediaOfDrafts:
    """The models and assets of several drafts, each read when its page is first shown."""

    target: Target
    _by_path: dict[str, DraftMedia] = field(default_factory=dict)

    def find_media(self, draft: Draft) -> Media:
        """Return the models and assets of the draft, or those read last if they cannot be read."""
        media = self._by_path.setdefault(draft.path, DraftMedia(self.target))
        return media.find_media(draft)


def open_draft_media(target: Target, drafts: DraftFile | DraftFolder) -> MediaOfDrafts:
    """Read the media of a draft once, so that an error of the target is reported at once."""
    first = drafts.read_draft() if isinstance(drafts, DraftFile) else Draft("", "", EMPTY_TEXT)
    media = DraftMedia(target)
    media.read_media(first)
    return MediaOfDrafts(target, {first.path: media})
