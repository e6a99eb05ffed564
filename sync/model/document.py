"""A description file: its text, its references and its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from sync.model.text import Text

ReferenceKind = Literal["asset", "model"]


def get_stem(path: str) -> str:
    """Return the file name of a path without its folders and its ending."""
    return path.rpartition("/")[2].rpartition(".")[0]


class ReferenceTarget(NamedTuple):
    """An asset or a model of one target that a text can refer to."""

    kind: ReferenceKind
    id: str


@dataclass(frozen=True, slots=True)
class Reference:
    """An `{asset:ID}` or `{model:ID}` tag outside code; line and column count characters from 1."""

    kind: ReferenceKind
    id: str
    line: int
    column: int

    @property
    def target(self) -> ReferenceTarget:
        return ReferenceTarget(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Document:
    """The description that one model should have; `path` is relative to the descriptions folder."""

    model: str
    path: str | None
    text: Text
    protected: bool = False
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """An error at one position of one file; line and column count characters from 1.

    `rule` is the name of the rule in `check`; it is empty for an error in the YAML.
    """

    path: str
    line: int
    column: int
    message: str
    rule: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class InvalidFile:
    """A file that cannot be used because of its faults; `model` is empty if it is unknown.

    It is `untranslatable` if its only faults are names that this target lacks and others have.
    """

    path: str
    model: str
    faults: tuple[Fault, ...]
    untranslatable: bool = False
