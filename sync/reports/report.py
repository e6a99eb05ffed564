"""The one model of a report: every command builds a `Report`, and every format writes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.diff.lines_and_words import classify_difference, diff_lines
from sync.reports.diff_rows import describe_layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sync.diff.values import DiffLine
    from sync.model.target_identity import TargetIdentity
    from sync.model.text import Text
    from sync.reports.diff_rows import DiffSides

ReportKind: TypeAlias = Literal[
    "apply", "check", "doctor", "history", "import", "map", "plan", "pull", "show", "status"
]
Symbol: TypeAlias = Literal["+", "~", "-", "!", "=", "·"]
Tone: TypeAlias = Literal["good", "change", "bad", "quiet", "plain"]
MAX_NAMED_SUBJECTS = 3  # if there are more, they are counted and not named


@dataclass(frozen=True, slots=True)
class CodeSpan:
    """Text to copy without changes: a command, a flag, a setting, a path or a ref.

    `is_file` marks the path of an existing description, which formats can link.
    """

    text: str
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class ModelSpan:
    """The id of a model; a format that knows the model's name adds it."""

    text: str


Cell: TypeAlias = str | CodeSpan | ModelSpan


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command to copy; `purpose` says in a few words what it does."""

    purpose: str
    command: CodeSpan


@dataclass(frozen=True, slots=True)
class Advice:
    """A next step for the subjects (paths or model ids); without subjects, for all.

    `is_refusal` marks the reason why apply will write nothing.
    """

    subjects: tuple[str, ...]
    words: tuple[str | CodeSpan, ...]
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """Two texts with the names of their sides, and the lines in which they differ.

    `layout` says that only line breaks or blanks differ; otherwise it is empty.
    """

    before: Text
    after: Text
    sides: DiffSides
    layout: str = ""

    @classmethod
    def between(cls, before: Text, after: Text, sides: DiffSides) -> Difference:
        """Compare two texts."""
        return cls(before, after, sides, describe_layout(classify_difference(before, after)))

    @property
    def is_empty(self) -> bool:
        """Return True if the texts are the same."""
        return self.before.is_same_as(self.after)

    @property
    def lines(self) -> tuple[DiffLine, ...]:
        """Compare the texts by words: slow, and only formats that show the lines ask for them."""
        return _compare_words(self.before, self.after)


@lru_cache(maxsize=4)  # a format asks several times for the lines of a row, and then for the next
def _compare_words(before: Text, after: Text) -> tuple[DiffLine, ...]:
    return diff_lines(before, after)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `label` is its state in one word, `tone` rates the state, `remark` is the reason.

    `commands` are the possible next steps for this row, each ready to copy.
    """

    label: str
    tone: Tone
    cells: tuple[Cell, ...]
    remark: str = ""
    notes: tuple[str, ...] = ()
    symbol: Symbol | None = None
    difference: Difference | None = None
    commands: tuple[CommandLine, ...] = ()

    @property
    def mark(self) -> str:
        """Return the label after its symbol."""
        return f"{self.symbol} {self.label}" if self.symbol else self.label

    @property
    def is_problem(self) -> bool:
        """Return True if a person has to see this row first."""
        return self.symbol == "!" or (self.symbol is None and self.tone == "bad")

    @property
    def lines(self) -> tuple[DiffLine, ...]:
        """Return the lines of the difference."""
        return self.difference.lines if self.difference else ()

    @property
    def has_lines(self) -> bool:
        """Return True if there is a difference, without comparing the lines."""
        return self.difference is not None and not self.difference.is_empty


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind; `columns` names the label, each cell and the remark.

    If `has_details` is set, formats with enough room give each row a section of its own.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""
    has_details: bool = False


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines to copy without changes; `title` says where they go."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class DescriptionBlock:
    """A complete description, as its readers see it where the format can show that."""

    title: str
    text: Text


Block: TypeAlias = Table | CodeBlock | DescriptionBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A complete report; `kind` is that of its document.

    `subtitle` says what the report covers. `quiet_rows` are counted in the summary and shown only
    on request. `nothing_to_do` is the whole report in a few words, if there is nothing to do.
    `sides` is the default for differences without their own sides. `alert` is the part of the
    summary that a terminal shows in red. `config` is the path of the config, if there is no target
    because the command failed before it knew one.

    Every string may contain text from outside: each output format escapes it.
    """

    kind: ReportKind
    title: str
    subtitle: str
    target: TargetIdentity | None = None
    config: str = ""
    time: datetime | None = None
    blocks: tuple[Block, ...] = ()
    quiet_rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    summary: str = ""
    alert: str = ""
    nothing_to_do: str = ""
    next_steps: tuple[Advice, ...] = ()
    sides: DiffSides | None = None

    @property
    def headline(self) -> str:
        """Return a single line for media without more room."""
        return self.nothing_to_do or self.summary or self.subtitle

    @property
    def legend(self) -> str:
        """Return the legend of the differences; return "" if no row has one with these sides."""
        rows = (row for table in self.tables for row in table.rows if row.has_lines)
        has_difference = any(row.difference and row.difference.sides == self.sides for row in rows)
        return self.sides.legend if self.sides and has_difference else ""

    @property
    def tables(self) -> Iterator[Table]:
        """Yield the blocks that are tables."""
        return (block for block in self.blocks if isinstance(block, Table))
