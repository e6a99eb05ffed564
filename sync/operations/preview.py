"""Read a description while it is being written, and what Scenario knows of its references."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.config.settings import parse_config
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_document
from sync.descriptions.front_matter import read_body
from sync.errors import SyncError
from sync.lint.check import check_files
from sync.lint.finding import Finding
from sync.model import Document, InSync, InvalidFile, Text
from sync.operations.media import load_media
from sync.reports.media import NO_MEDIA, Media, find_reference_targets
from sync.reports.preview import Draft
from sync.workspace.find_config import format_path, locate_config, read_config_text
from sync.workspace.names_file import add_names_of_file
from sync.workspace.path_arguments import make_path_from

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sync.config.rules import RuleLevels
    from sync.model import ReferenceTarget
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file that is being written, and the settings to read it with."""

    file: Path
    path: str
    aliases: Aliases
    levels: RuleLevels
    target_names: Collection[str]

    def get_version(self) -> str:
        """Return a string that changes with the file; empty if there is no file."""
        try:
            status = self.file.stat()
        except OSError:
            return ""
        return f"{status.st_mtime_ns}-{status.st_ino}-{status.st_size}"

    def read_draft(self) -> Draft:
        """Read the present text of the file and its findings, whatever its faults."""
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
            [self.aliases],
            folder="",
            levels=self.levels,
            chosen=[self.path],
            targets=self.target_names,
        )
        return Draft(self.path, model, text, findings)

    def _read_text(self, data: bytes) -> tuple[str, Text]:
        match read_document(self.path, data, self.aliases, folder=""):
            case Document(model=model, text=text):
                return model, text
            case InvalidFile(model=model):
                pass
            case None:
                model = ""
        body = read_body(data)
        return model, Text(body.text if body else "")


def _make_finding(path: str, message: str) -> Finding:
    return Finding(path, 1, 1, "file", "error", message)


def find_draft_file(
    file: Path,
    config_file: Path | None,
    *,
    target_names: Sequence[str] = (),
    all_targets: bool = False,
) -> DraftFile:
    """Return the file with the settings of the first selected target. Raises ConfigError."""
    path = locate_config(config_file)
    config = parse_config(read_config_text(path), path=format_path(path))
    config = add_names_of_file(config, path)
    names = config.select_target_names(target_names, all_targets=all_targets)
    name, target = config.get_target(next(iter(names), None))
    folder = path.parent / config.descriptions
    seen = make_path_from(folder, file)
    naming = Aliases(name, target.models, target.assets)
    is_inside = not (seen.startswith("../") or Path(seen).is_absolute())
    shown_path = seen if is_inside else file.name
    return DraftFile(file, shown_path, naming, config.rules, config.targets)


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
        subject = InSync(model=draft.model, path=draft.path, after=draft.text)
        async with self._target.connect(lambda _: None) as scenario:
            if draft.model:
                await scenario.retrieve(draft.model)
            else:
                await scenario.probe()
            return await load_media([subject], scenario)


def open_draft_media(target: Target, draft_file: DraftFile) -> DraftMedia:
    """Read the media of the draft once, so that an error of the target is reported at once."""
    media = DraftMedia(target)
    media.read_media(draft_file.read_draft())
    return media
