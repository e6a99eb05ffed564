"""The document of several targets: one document per target, and those that failed as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeAlias

from pydantic import Field

from sync.reports.documents.base import JsonDocument, JsonPart
from sync.reports.documents.check import CheckDocument
from sync.reports.documents.doctor import DoctorDocument
from sync.reports.documents.history import HistoryDocument
from sync.reports.documents.import_ import ImportDocument
from sync.reports.documents.map import MapDocument
from sync.reports.documents.plan import PlanDocument
from sync.reports.documents.pull import PullDocument
from sync.reports.documents.run import RunDocument
from sync.reports.documents.show import ShowDocument
from sync.reports.documents.undocumented import UndocumentedDocument

if TYPE_CHECKING:
    from sync.errors import SyncError


class TargetName(JsonPart):
    """A target of which only the name is known."""

    name: str


class FailureDocument(JsonDocument):
    """A target that failed as a whole; `exit_code` is what the command would exit with."""

    kind: Literal["failure"] = "failure"
    target: TargetName
    error: str
    hint: str
    exit_code: int

    @classmethod
    def from_error(cls, target: str, error: SyncError) -> Self:
        return cls(
            target=TargetName(name=target),
            error=error.message,
            hint=error.hint,
            exit_code=error.exit_code,
        )


TargetDocument: TypeAlias = (
    PlanDocument
    | RunDocument
    | PullDocument
    | HistoryDocument
    | CheckDocument
    | MapDocument
    | ImportDocument
    | DoctorDocument
    | ShowDocument
    | UndocumentedDocument
)


class TargetsDocument(JsonDocument):
    """The documents of all targets, failures last."""

    kind: Literal["targets"] = "targets"
    targets: list[Annotated[TargetDocument | FailureDocument, Field(discriminator="kind")]]
