"""A description that is being written: what its file says now, and what the server tells of it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.config.settings import parse_config
from sync.descriptions.aliases import Naming
from sync.descriptions.document import read_document
from sync.descriptions.front_matter import body_of
from sync.lint.check import check_files
from sync.lint.finding import Finding
from sync.model import Document, InSync, InvalidFile, Text
from sync.operations.media import look_up
from sync.reports.media import NO_MEDIA, Media, find_reference_targets
from sync.reports.preview import Draft
from sync.workspace.find_config import config_path, format_path, read_config_text
from sync.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync.cli.settings import Settings
    from sync.config.rules import Levels
    from sync.model import ReferenceTarget
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class Desk:
    """A file that is being written, and how it is to be read."""

    file: Path
    path: str
    naming: Naming
    levels: Levels
    targets: Collection[str]

    def version(self) -> str:
        """Another one after each change; empty while there is no such file."""
        try:
            status = self.file.stat()
        except OSError:
            return ""
        return f"{status.st_mtime_ns}-{status.st_ino}-{status.st_size}"

    def draft(self) -> Draft:
        """What the file says now, whatever its faults."""
        try:
            data = self.file.read_bytes()
        except OSError as error:
            message = f"it cannot be read: {error.strerror}"
            return Draft(self.path, "", Text(""), [_finding(self.path, message)])
        model, text = self._read(data)
        findings = check_files(
            {self.path: data},
            [self.naming],
            folder="",
            levels=self.levels,
            chosen=[self.path],
            targets=self.targets,
        )
        return Draft(self.path, model, text, findings)

    def _read(self, data: bytes) -> tuple[str, Text]:
        match read_document(self.path, data, self.naming, folder=""):
            case Document(model=model, text=text):
                return model, text
            case InvalidFile(model=model):
                pass
            case None:
                model = ""
        body = body_of(data)
        return model, Text(body.text if body else "")


def _finding(path: str, message: str) -> Finding:
    return Finding(path, 1, 1, "file", "error", message)


def desk_for(settings: Settings, file: Path) -> Desk:
    """The file as the first target reads it. Raises ConfigError."""
    path = config_path(settings)
    config = parse_config(read_config_text(path), path=format_path(path))
    name, target = config.named(next(iter(settings.select_target_names(config)), None))
    folder = path.parent / config.descriptions
    seen = Path(os.path.relpath(file, folder)).as_posix()
    naming = Naming(name, target.models, target.assets)
    shown_path = file.name if seen.startswith("../") else seen
    return Desk(file, shown_path, naming, config.rules, config.targets)


# --- the server ----------------------------------------------------------------------------------


class Facts:
    """What the target tells of a draft; it is asked again only where the draft names others."""

    def __init__(self, chosen: Target) -> None:
        self._chosen = chosen
        self._asked: tuple[str, dict[ReferenceTarget, None]] | None = None
        self._media = NO_MEDIA

    def of(self, draft: Draft) -> Media:
        """Raises SyncError where the target cannot be asked."""
        asked = draft.model, find_reference_targets(draft.text)
        if asked != self._asked:
            self._media = asyncio.run(self._look_up(draft))
            self._asked = asked
        return self._media

    async def _look_up(self, draft: Draft) -> Media:
        subject = InSync(model=draft.model, path=draft.path, after=draft.text)
        async with self._chosen.connect(lambda _: None) as scenario:
            return await look_up([subject], scenario)


def facts_for(settings: Settings, desk: Desk) -> Facts:
    """What the target tells; asked once, so that what is wrong with it is told at once."""
    chosen, *_ = open_workspace(settings).list_targets()
    facts = Facts(chosen)
    facts.of(desk.draft())
    return facts
