"""The nouns: what a description is, what may become of it, and what became of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

State = Literal[
    "in_sync",
    "create",
    "update",
    "drift",
    "delete",
    "retired",
    "protected",
    "missing",
    "invalid",
    "failed",
    "unmanaged",
]
Result = Literal["applied", "unchanged", "refused", "failed", "altered", "not_attempted"]
DriftPolicy = Literal["block", "skip", "overwrite"]
# Edited elsewhere; known to the deploy branch alone; not to be told from a history with gaps.
DriftCause = Literal["edited", "behind", "unknown"]
ReferenceKind = Literal["asset", "model"]
SourceKind = Literal["worktree", "commit", "target", "snapshot"]


# --- texts ---------------------------------------------------------------------------------------


def canonical(text: str) -> str:
    """The one form in which texts are compared and hashed: LF, no blank lines at either end.

    A line is blank when it holds nothing but spaces and tabs, as in CommonMark, or byte order
    marks, which the text does not begin with either. A text of blank lines alone is the empty
    text; any other ends in exactly one newline.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first, last = 0, len(lines)
    while first < last and not lines[first].strip(_BLANK):
        first += 1
    while last > first and not lines[last - 1].strip(_BLANK):
        last -= 1
    return "\n".join([*lines[first:last], ""]).lstrip(_MARK)


_MARK = "\ufeff"
_BLANK = f" \t{_MARK}"


@dataclass(frozen=True, slots=True)
class Text:
    """A description exactly as one side holds it, with its identity.

    `raw` is what was read or will be sent; `sha256` is that of the canonical form's UTF-8, in hex.
    Two texts are the same description when their `sha256` are equal.
    """

    raw: str
    canonical: str = field(init=False, repr=False, compare=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        form = canonical(self.raw)
        object.__setattr__(self, "canonical", self.raw if form == self.raw else form)
        object.__setattr__(self, "sha256", hashlib.sha256(form.encode()).hexdigest())

    @property
    def is_empty(self) -> bool:
        return not self.canonical

    def same_as(self, other: Text) -> bool:
        return self.sha256 == other.sha256


EMPTY = Text("")


# --- what the files say --------------------------------------------------------------------------


class Thing(NamedTuple):
    """What a text may refer to: an asset or a model of one target."""

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
    def thing(self) -> Thing:
        return Thing(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Document:
    """What one model's description should be. `path` is relative to the descriptions folder."""

    model: str
    path: str | None
    text: Text
    protected: bool = False
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong at one place of one file; line and column count characters from 1.

    `rule` is the name that `check` has for it, empty for one of YAML.
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
    """A file that says nothing sure. `model` is empty where it cannot be told."""

    path: str
    model: str
    faults: tuple[Fault, ...]


# --- what the server holds -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """The server holds this text for the model; the empty text where it has no description."""

    text: Text


@dataclass(frozen=True, slots=True)
class NoSuchModel:
    """The server knows no such model, or does not show it to this key."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The model could not be read; `reason` is for a person."""

    reason: str


Retrieved: TypeAlias = Held | NoSuchModel | Unreadable


# --- what git knows ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """The remote text that git is asked for, by its hash, and what the files say of its model.

    `path` is where the model's document lives, or stood before it was removed; `desired` is the
    hash of the text it holds now, None where it holds none.
    """

    path: str | None
    sha256: str
    desired: str | None = None


@dataclass(frozen=True, slots=True)
class Deployed:
    """The newest commit that held the remote text, and how many newer versions its file has had.

    `versions_behind` is 0 for the text the files hold now.
    """

    commit: str
    versions_behind: int


@dataclass(frozen=True, slots=True)
class Known:
    """Where git still has a remote text.

    `commit`: in the history at hand; `snapshot`: in the target's snapshots; `deploy_branch`: only
    in the deploy branch, so that the checkout at hand is behind. `deployed` is None where no
    commit of the repository's own history holds the text.
    """

    where: Literal["commit", "snapshot", "deploy_branch"]
    deployed: Deployed | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the last run that wrote a model left there, by the hashes of canonical texts.

    `sent` differs from `held` where the server altered the text; `held` is None where the run
    was cut off before it could be recorded.
    """

    sent: str
    held: str | None


EMPTIED = Recorded(sent=EMPTY.sha256, held=EMPTY.sha256)
"""What a run left of a description that it deleted."""


# --- a plan --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every entry of a plan has: texts are None where there is none."""

    state: ClassVar[State]
    model: str
    path: str | None = None
    before: Text | None = None
    after: Text | None = None
    deployed: Deployed | None = None
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InSync(Item):
    """The server holds what the file says, or what it made of it."""

    state = "in_sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Item):
    """The model has no description yet."""

    state = "create"
    after: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Item):
    """The remote text is merely old: git has it, so replacing it loses nothing."""

    state = "update"
    before: Text
    after: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Item):
    """The remote text is in no commit, or history cannot tell."""

    state = "drift"
    before: Text
    policy: DriftPolicy = "block"
    cause: DriftCause = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Item):
    """The file was removed, git has the remote text, and the target prunes."""

    state = "delete"
    before: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired(Item):
    """The file was removed, and the target does not prune."""

    state = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected(Item):
    """The file differs from the remote text, and says that it is never to be written."""

    state = "protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(Item):
    """There is no such model."""

    state = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid(Item):
    """The file has faults, named in `notes`; `model` is empty where it cannot be told."""

    state = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Item):
    """The model could not be read; `notes` say why."""

    state = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmanaged(Item):
    """A model of the project with a description and no file."""

    state = "unmanaged"


Change: TypeAlias = (
    InSync
    | Create
    | Update
    | Drift
    | Delete
    | Retired
    | Protected
    | Missing
    | Invalid
    | Failed
    | Unmanaged
)
Write: TypeAlias = Create | Update | Drift | Delete


@dataclass(frozen=True, slots=True)
class TargetIdentity:
    """Which project of which server; a plan is good for no other."""

    name: str
    base_url: str
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the desired texts come from.

    `commit` is a full commit id, None in a repository without one; for kind `target` and
    `snapshot` it is the commit at hand. `label` names the other target or the run.
    """

    kind: SourceKind
    commit: str | None = None
    dirty: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What apply would do, item by item; data, so that apply never decides anything again.

    `documents` counts all that the source has for the target, planned for or not: the limits are
    shares of it. What is `offline` was made from git alone, as a preview that nobody may apply.
    """

    target: TargetIdentity
    source: Source
    created_at: datetime
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    documents: int = 0
    offline: bool = False

    @property
    def summary(self) -> dict[State, int]:
        return dict(Counter(change.state for change in self.changes))

    @property
    def writes(self) -> tuple[Write, ...]:
        """The changes that apply will write, in the order of the plan."""
        return tuple(change for change in self.changes if is_write(change))


def is_write(change: Change) -> TypeGuard[Write]:
    """Whether applying the plan writes this change."""
    match change:
        case Create() | Update() | Delete():
            return True
        case Drift(policy=policy):
            return policy == "overwrite"
        case _:
            return False


# --- what became of it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change.

    `held` is the text the server then held, as it returned it; None where nothing was written, or
    where it is `in_doubt` what was. `attempts` counts the requests made for it, reads included.
    """

    change: Change
    result: Result
    reason: str = ""
    attempts: int = 0
    held: Text | None = None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The commits that a run made on the snapshot ref, before its first write and after it.

    `run` is its id there. All three are None for a run that had nothing to write.
    """

    ref: str
    before: str | None = None
    after: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of apply or rollback and what became of each change of its plan, in plan order.

    `refusals` say why nothing at all was written, each with the way past it.
    """

    plan: Plan
    outcomes: Sequence[Outcome]
    snapshot: Snapshot
    interrupted: bool = False
    refusals: tuple[str, ...] = ()

    @property
    def summary(self) -> dict[Result, int]:
        return dict(Counter(outcome.result for outcome in self.outcomes))


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as recorded; `after` is None where it was cut off before it could record its end.

    `written` counts the texts known to be written, `replaced` those of them that were there before,
    or were to be replaced where the run was cut off; of `unsure` ones nobody knows.
    """

    id: str
    time: datetime
    command: str
    source_commit: str | None
    replaced: int
    written: int
    before: str
    after: str | None
    unsure: int = 0

    @property
    def may_have_written(self) -> bool:
        return self.after is None or bool(self.written or self.unsure)
