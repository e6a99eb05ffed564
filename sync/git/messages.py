"""What a snapshot's commit message says: which run, which phase, and a line for each model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from sync.escaping import file_name, model_of, on_one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

Phase = Literal["before", "after", "pulled"]
NOTHING = "-"
_LINE = re.compile(
    r"(?P<word>[a-z_]+)(?: (?P<path>.+))? (?P<name>\S+)"
    r" (?P<sent>[0-9a-f]{64}) (?P<held>[0-9a-f]{64}|-)"
)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run, as its snapshots name it; `time` has a zone, `command` is what the user typed."""

    id: str
    command: str
    target: str
    source_commit: str | None
    time: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One model's line in a commit's message: `update characters/hero.md model_9fK2~100 … -`."""

    word: str
    model: str
    path: str | None
    sent: str
    held: str | None

    def __str__(self) -> str:
        head = f"{self.word} {on_one_line(self.path)}" if self.path else self.word
        return f"{head} {file_name(self.model)} {self.sent} {self.held or NOTHING}"

    @staticmethod
    def read(line: str) -> Line | None:
        """What the line says; None where it is no such line."""
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        path = unquote(match["path"] or "") or None
        held = None if match["held"] == NOTHING else match["held"]
        return Line(match["word"], model_of(match["name"]), path, match["sent"], held)


@dataclass(frozen=True, slots=True)
class Recording:
    """One commit of the ref, as its message tells it."""

    commit: str
    time: datetime
    trailers: Mapping[str, str]
    lines: tuple[Line, ...]

    @property
    def run(self) -> str:
        return self.trailers.get("Run", "")

    @property
    def phase(self) -> str:
        return self.trailers.get("Phase", "")


def as_message(run: RunInfo, phase: Phase, *, subject: str, lines: Sequence[Line]) -> str:
    """A subject for people, a line for each model, and trailers for whoever searches."""
    command = on_one_line(run.command)
    body = "\n".join(map(str, lines))
    trailers = {
        "Run": run.id,
        "Phase": phase,
        "Source-Commit": run.source_commit or NOTHING,
        "Command": command,
    }
    foot = "\n".join(f"{key}: {value}" for key, value in trailers.items())
    return f"{command.partition(' ')[0]} {on_one_line(run.target)}: {subject}\n\n{body}\n\n{foot}\n"


def read_message(commit: str, time: datetime, message: str) -> Recording:
    """Take apart what `as_message` made; whatever else stands on the ref tells of no run."""
    _, _, rest = message.strip().partition("\n\n")
    body, _, foot = rest.rpartition("\n\n")
    trailers = dict(line.partition(": ")[::2] for line in foot.split("\n"))
    lines = filter(None, map(Line.read, body.split("\n"))) if "Run" in trailers else ()
    return Recording(commit, time, trailers, tuple(lines))
