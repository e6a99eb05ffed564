"""A report that is a list, before it is written: tables, lines to paste, a sum, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from sync.model import TargetIdentity
    from sync.reports.steps import Code, Step

Kind: TypeAlias = Literal["check", "doctor", "history", "import", "map", "pull", "status"]
Tone: TypeAlias = Literal["good", "change", "bad", "quiet", "plain"]
Cell: TypeAlias = "str | Code"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: `label` says in a word what it is, `tone` how good that is, `remark` why."""

    label: str
    tone: Tone
    cells: tuple[Cell, ...]
    remark: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Entries that are alike; `head` names their label, each of their cells, and their remark."""

    head: tuple[str, ...]
    entries: tuple[Entry, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Paste:
    """Lines to be copied as they are, and a word on where they go."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A whole report; `kind` is the command's name, `quiet` what is counted rather than listed.

    Every string may hold text from outside: each medium makes it inert.
    """

    kind: Kind
    title: str
    subtitle: str
    target: TargetIdentity | None = None
    time: datetime | None = None
    blocks: tuple[Table | Paste, ...] = ()
    quiet: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sum: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def headline(self) -> str:
        """The one thing to say where there is room for no more."""
        return self.sum or self.subtitle
