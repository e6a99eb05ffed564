"""A table report before it is written: tables, code blocks, a summary and next steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from sync.model import TargetIdentity
    from sync.reports.next_steps import Advice, CodeSpan

ReportKind: TypeAlias = Literal["check", "doctor", "history", "import", "map", "pull", "status"]
Tone: TypeAlias = Literal["good", "change", "bad", "quiet", "plain"]
Cell: TypeAlias = "str | CodeSpan"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: `label` is its state in a word, `tone` how good that is, `remark` the reason."""

    label: str
    tone: Tone
    cells: tuple[Cell, ...]
    remark: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind; `columns` names the label, each cell and the remark."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines to copy without changes; `title` says where they go."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReport:
    """A complete report; `kind` is the command, `quiet_counts` count rows that are not listed.

    Every string may contain text from outside: each output format escapes it.
    """

    kind: ReportKind
    title: str
    subtitle: str
    target: TargetIdentity | None = None
    time: datetime | None = None
    blocks: tuple[Table | CodeBlock, ...] = ()
    quiet_counts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summary: str = ""
    next_steps: tuple[Advice, ...] = ()

    @property
    def headline(self) -> str:
        """Return the one line to show if there is no room for more."""
        return self.summary or self.subtitle
