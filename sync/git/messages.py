"""Format and parse the commit messages of snapshots: run, phase, and one line per model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from sync.git.snapshot_names import (
    escape_control_characters,
    make_snapshot_file_name,
    parse_snapshot_file_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sync.model.target_identity import TargetIdentity

Phase = Literal["before", "after", "pulled", "probe"]
ABSENT = "-"
_LINE = re.compile(
    r"(?P<word>[a-z_]+)(?: (?P<path>.+))? (?P<name>\S+)"
    r" (?P<sent>[0-9a-f]{64}) (?P<stored>[0-9a-f]{64}|-)"
)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run as its snapshots name it.

    `time` has a time zone, `command` is the command line that the user typed. A rollback `undoes`
    another run.
    """

    id: str
    command: str
    target: str
    source_commit: str | None
    time: datetime
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """One line of a snapshot's message: what happened to one model.

    Written as STATUS [PATH] NAME SENT HELD, for example `update characters/hero.md model_9fK2~100
    … -`. SENT is the hash of the text sent, HELD of the text that the server had at the time of the
    commit: the text to be replaced in the phase `before`, the result of the write in the phase
    `after`. `-` stands for no text, or for an unknown one.
    """

    status: str
    model: str
    path: str | None
    sent_sha256: str
    stored_sha256: str | None

    def __str__(self) -> str:
        head = f"{self.status} {escape_control_characters(self.path)}" if self.path else self.status
        stored_sha256 = self.stored_sha256 or ABSENT
        return f"{head} {make_snapshot_file_name(self.model)} {self.sent_sha256} {stored_sha256}"

    @staticmethod
    def parse(line: str) -> SnapshotLine | None:
        """Parse a line of a message; return None if it has another format."""
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        path = unquote(match["path"] or "") or None
        stored = None if match["stored"] == ABSENT else match["stored"]
        return SnapshotLine(
            match["word"], parse_snapshot_file_name(match["name"]), path, match["sent"], stored
        )


@dataclass(frozen=True, slots=True)
class RecordedProject:
    """The project and the config file that a recording is about.

    `config` is the path of the config file, relative to the root of the repository.
    """

    base_url: str
    project_id: str | None
    config: str

    @staticmethod
    def of(target: TargetIdentity) -> RecordedProject:
        return RecordedProject(target.base_url, target.project_id, target.config)

    def to_trailers(self) -> dict[str, str]:
        return {
            "Base-URL": escape_control_characters(self.base_url),
            "Project": escape_control_characters(self.project_id or ABSENT),
            "Config": escape_control_characters(self.config),
        }

    @staticmethod
    def from_trailers(trailers: Mapping[str, str]) -> RecordedProject | None:
        """Parse the trailers; return None for those of early versions, which name no project."""
        if not {"Base-URL", "Project", "Config"} <= trailers.keys():
            return None
        url, project, config = (unquote(trailers[key]) for key in ("Base-URL", "Project", "Config"))
        return RecordedProject(url, None if project == ABSENT else project, config)


@dataclass(frozen=True, slots=True)
class SnapshotCommit:
    """One commit of a snapshot ref, parsed from its message."""

    commit: str
    time: datetime
    trailers: Mapping[str, str]
    lines: tuple[SnapshotLine, ...]

    @property
    def run_id(self) -> str:
        return self.trailers.get("Run", "")

    @property
    def phase(self) -> str:
        return self.trailers.get("Phase", "")

    @property
    def source_commit(self) -> str | None:
        commit = self.trailers.get("Source-Commit", ABSENT)
        return None if commit == ABSENT else commit

    @property
    def project(self) -> RecordedProject | None:
        return RecordedProject.from_trailers(self.trailers)


def format_message(
    run: RunInfo,
    phase: Phase,
    *,
    target: TargetIdentity,
    subject: str,
    lines: Sequence[SnapshotLine],
) -> str:
    """Format a message: a subject, one line per model, and trailers for `git log --grep`."""
    command = escape_control_characters(run.command)
    body = "\n".join(map(str, lines))
    trailers = {
        "Run": run.id,
        "Phase": phase,
        "Source-Commit": run.source_commit or ABSENT,
        "Command": command,
        **({"Undoes": run.undoes} if run.undoes else {}),
        **RecordedProject.of(target).to_trailers(),
    }
    foot = "\n".join(f"{key}: {value}" for key, value in trailers.items())
    head = f"{command.partition(' ')[0]} {escape_control_characters(run.target)}"
    return f"{head}: {subject}\n\n{body}\n\n{foot}\n"


def parse_message(commit: str, time: datetime, message: str) -> SnapshotCommit:
    """Parse a message of `format_message`.

    A message of another program gives an empty run id and no lines.
    """
    _, _, rest = message.strip().partition("\n\n")
    body, _, foot = rest.rpartition("\n\n")
    trailers = dict(line.partition(": ")[::2] for line in foot.split("\n"))
    lines = filter(None, map(SnapshotLine.parse, body.split("\n"))) if "Run" in trailers else ()
    return SnapshotCommit(commit, time, trailers, tuple(lines))
