"""The entries of a plan: one state per model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from sync.model.document import Reference, ReferenceTarget
    from sync.model.known_texts import DeployedCommit
    from sync.model.text import Text

State = Literal[
    "in_sync",
    "create",
    "update",
    "drift",
    "held",
    "delete",
    "retired",
    "protected",
    "missing",
    "invalid",
    "failed",
    "unmanaged",
]
DriftPolicy = Literal["block", "skip", "overwrite"]
# edited: changed outside git. behind: the text is of a commit that the files do not contain yet.
# elsewhere: another branch, path or ref has the text. unknown: objects are missing here.
# changed: of a rollback, whose run left another text; nobody asked whether git has this one.
DriftCause = Literal["edited", "behind", "elsewhere", "unknown", "changed"]
# faults: the file has errors. untranslatable: the text refers to what the target does not have.
InvalidCause = Literal["faults", "untranslatable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """Base of all entries of a plan; a text is None if that side has no text.

    An entry that adds no field inherits everything: a decorated class takes a millisecond to make.
    `unresolved` are the references that Scenario did not resolve in its text.
    """

    state: ClassVar[State]
    model: str
    path: str | None = None
    before: Text | None = None
    after: Text | None = None
    deployed: DeployedCommit | None = None
    references: tuple[Reference, ...] = ()
    unresolved: tuple[ReferenceTarget, ...] = ()
    notes: tuple[str, ...] = ()


class InSync(PlanItem):
    """Scenario has the text of the file, or the form of it that the server made."""

    __slots__ = ()
    state = "in_sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(PlanItem):
    """The model has no description yet."""

    state = "create"
    after: Text
    had_text: bool = False  # git or the last run knows a text, so the answer may be wrong
    was_not_kept: bool = False  # the last run wrote a text, and Scenario has none again


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(PlanItem):
    """The remote text is an older text that git has, so replacing it loses nothing."""

    state = "update"
    before: Text
    after: Text
    was_not_kept: bool = False  # the last run replaced this text, and Scenario has it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(PlanItem):
    """The remote text is not an older version of the file; `cause` says what git knows about it."""

    state = "drift"
    before: Text
    policy: DriftPolicy = "block"
    cause: DriftCause = "edited"


class Held(PlanItem):
    """A rollback removed the text of the file from Scenario, and the file still has it."""

    __slots__ = ()
    state = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(PlanItem):
    """No file names the model now, git has the remote text, and the target has `prune`."""

    state = "delete"
    before: Text


class Retired(PlanItem):
    """No file names the model now; its description in Scenario will be left alone."""

    __slots__ = ()
    state = "retired"


class Protected(PlanItem):
    """The file differs from the remote text and forbids writing to its model."""

    __slots__ = ()
    state = "protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(PlanItem):
    """Scenario has no such model; `named_in` is another target whose names have this id."""

    state = "missing"
    named_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid(PlanItem):
    """The text cannot be used, as `notes` say; `model` is empty if it is unknown.

    `cause`: the file has faults, or the text cannot be translated for this target.
    """

    state = "invalid"
    cause: InvalidCause = "faults"


class Failed(PlanItem):
    """The model could not be read; `notes` give the reason."""

    __slots__ = ()
    state = "failed"


class Unmanaged(PlanItem):
    """A model of the project that has a description but no file."""

    __slots__ = ()
    state = "unmanaged"


Change: TypeAlias = (
    InSync
    | Create
    | Update
    | Drift
    | Held
    | Delete
    | Retired
    | Protected
    | Missing
    | Invalid
    | Failed
    | Unmanaged
)
PlannedWrite: TypeAlias = Create | Update | Drift | Delete


def is_write(change: Change) -> TypeGuard[PlannedWrite]:
    """Return True if applying the plan writes this change."""
    match change:
        case Create() | Update() | Delete():
            return True
        case Drift(policy=policy):
            return policy == "overwrite"
        case _:
            return False
