"""Nouns of the program: a description, a plan for it, and the outcome of a run."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeAlias, TypeGuard

from sync.config_names import ROOT_CONFIGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

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
Result = Literal["applied", "unchanged", "refused", "failed", "altered", "not_attempted"]
RunEnd = Literal["done", "refused", "failed", "interrupted"]
DriftPolicy = Literal["block", "skip", "overwrite"]
# edited: changed outside git. behind: the text is of a commit that the files do not contain yet.
# elsewhere: another branch, path or ref has the text. unknown: objects are missing here.
DriftCause = Literal["edited", "behind", "elsewhere", "unknown"]
# faults: the file has errors. untranslatable: the text refers to what the target does not have.
InvalidCause = Literal["faults", "untranslatable"]
# The config files that own the short refs, if they are in the root of the repository.
ReferenceKind = Literal["asset", "model"]
LimitRule = Literal["invalid_files", "dirty_folder", "mass_absence", "mass_change", "mass_delete"]
SourceKind = Literal["worktree", "commit", "target", "snapshot"]


# --- texts ---------------------------------------------------------------------------------------


def canonical(text: str) -> str:
    """Return the form in which texts are compared and hashed: LF, no blank lines at either end.

    A line is blank if it holds only spaces and tabs, as in CommonMark, or byte order marks. Byte
    order marks at the start of the text are removed as well. A text of only blank lines gives the
    empty text; any other text ends in exactly one newline.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first, last = 0, len(lines)
    while first < last and not lines[first].strip(_BLANK_CHARACTERS):
        first += 1
    while last > first and not lines[last - 1].strip(_BLANK_CHARACTERS):
        last -= 1
    return "\n".join([*lines[first:last], ""]).lstrip(_BOM)


_BOM = "\ufeff"
_BLANK_CHARACTERS = f" \t{_BOM}"


@dataclass(frozen=True, slots=True)
class Text:
    """A description exactly as one side holds it, with its hash.

    `raw` is the text as it was read or will be sent. `sha256` is the hex hash of the canonical
    form in UTF-8. Two texts are the same description if their `sha256` are equal.
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

    def is_same_as(self, other: Text) -> bool:
        return self.sha256 == other.sha256


EMPTY_TEXT = Text("")


# --- files ---------------------------------------------------------------------------------------


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

    It is `untranslatable` if all that is wrong are names that other targets have and this one not.
    """

    path: str
    model: str
    faults: tuple[Fault, ...]
    untranslatable: bool = False


# --- remote texts --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RemoteText:
    """The text that Scenario has for a model; an empty text if the model has no description.

    `unresolved` are its references that Scenario did not resolve, as far as the answer told.
    `is_denied` means that the answer had no text at all (404, null or no value), not an empty one.
    """

    text: Text
    unresolved: tuple[ReferenceTarget, ...] = ()
    is_denied: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class NoSuchModel:
    """Scenario has no such model, or does not show it to this key."""


@dataclass(frozen=True, slots=True)
class UnreadableModel:
    """The model could not be read; `reason` is a sentence for the user."""

    reason: str


RemoteState: TypeAlias = RemoteText | NoSuchModel | UnreadableModel


# --- git -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextLookup:
    """A remote text to look up in git by its hash, and what the files say about its model.

    `path` is the file of the model's document, or the last path of a removed file. `desired_sha256`
    is the hash of the text in that file now, None if the file was removed.
    """

    path: str | None
    sha256: str
    desired_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class DeployedCommit:
    """The newest commit that had the remote text, and how many versions of the file came later.

    `versions_behind` is 0 if the files have this text now.
    """

    commit: str
    versions_behind: int


@dataclass(frozen=True, slots=True)
class KnownText:
    """The place where git still has a remote text.

    `commit`: the history of the desired texts' commit. `snapshot`: the target's snapshots.
    `deploy_branch`: commits that this history does not contain, of the branch `ref`, so the files
    are behind. `later_run`: the snapshot of a run whose source commit this history does not
    contain; `ref` is that commit. `elsewhere`: another ref or path; `ref` and `path` name them.
    `deployed` is None if no commit of the repository's own history has the text.
    """

    location: Literal["commit", "snapshot", "deploy_branch", "later_run", "elsewhere"]
    deployed: DeployedCommit | None = None
    ref: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class LastWrite:
    """What the last recorded write of a model sent and left, as hashes of canonical texts.

    The two hashes differ if the server altered the text. `held_sha256` is None if the run was cut
    off before it could record the answer. `source_commit` is the commit that the run deployed.
    `replaced_sha256` is the text before the run, that of the empty text if there was none; None if
    the record does not say.
    """

    sent_sha256: str
    held_sha256: str | None
    source_commit: str | None = field(default=None, compare=False)
    replaced_sha256: str | None = field(default=None, compare=False)
    recorded_at: datetime | None = field(default=None, compare=False)


DELETED_WRITE = LastWrite(sent_sha256=EMPTY_TEXT.sha256, held_sha256=EMPTY_TEXT.sha256)
"""The record of a run that deleted the description."""


# --- plans ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """Base of all entries of a plan; a text is None if that side has no text.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class InSync(PlanItem):
    """Scenario has the text of the file, or the form of it that the server made."""

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
    """The remote text is an older one that git has, so replacing it loses nothing.

    `was_not_kept` means that the last run replaced this text, and Scenario has it again.
    """

    state = "update"
    before: Text
    after: Text
    was_not_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(PlanItem):
    """The remote text is not an older version of the file: `cause` says what git knows of it."""

    state = "drift"
    before: Text
    policy: DriftPolicy = "block"
    cause: DriftCause = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(PlanItem):
    """A rollback took the text of the file out of Scenario, and the file still has it."""

    state = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(PlanItem):
    """No file names the model any more, git has the remote text, and the target prunes."""

    state = "delete"
    before: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired(PlanItem):
    """No file names the model any more; its description in Scenario will be left alone."""

    state = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected(PlanItem):
    """The file differs from the remote text and forbids writing to its model."""

    state = "protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(PlanItem):
    """Scenario has no such model; `named_in` is another target whose names have this id."""

    state = "missing"
    named_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid(PlanItem):
    """The text cannot be used, as `notes` say; `model` is empty if it is unknown.

    `cause` tells if the file has faults, or if only this target cannot have the text.
    """

    state = "invalid"
    cause: InvalidCause = "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(PlanItem):
    """The model could not be read; `notes` give the reason."""

    state = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmanaged(PlanItem):
    """A model of the project that has a description but no file."""

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


@dataclass(frozen=True, slots=True)
class TargetIdentity:
    """The project and the server that a plan is made for; it is not valid for any other.

    `config` is the path of the config file, relative to the root of the repository.
    """

    name: str
    base_url: str
    project_id: str | None = None
    config: str = ROOT_CONFIGS[0]

    @property
    def snapshot_ref(self) -> str:
        """Return the git ref of the target's snapshots: one per config file and target."""
        return make_snapshot_ref(self.name, self.config)


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of the desired texts.

    `commit` is a full commit id, None in a repository without commits; for the kinds `target` and
    `snapshot` it is the commit of the checkout. `label` names the other target or the run.
    """

    kind: SourceKind
    commit: str | None = None
    dirty: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A limit that a plan exceeds, so that apply refuses the plan.

    `count` is the number that exceeds the limit: files, replaced or deleted descriptions; `total`
    is the number that a percentage refers to. `limit` is the value in config.yaml: a percentage or
    a number. `flag` is the option of apply that lifts the limit, None if no option does.
    """

    rule: LimitRule
    message: str
    count: int | None = None
    total: int | None = None
    limit: float | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class SnapshotSharing:
    """How far the snapshots of a run reached: into this clone only, or to a git remote.

    `shared` is True if the remote was asked afterwards and has all recordings of this clone, False
    if it could not be made to have them, and None if no remote is configured or nothing was ever
    recorded. `failure` says why the exchange with `remote` failed. `is_clone_temporary` means that
    the clone will not last: it is shallow, or this is a CI job.
    """

    shared: bool | None = None
    remote: str | None = None
    failure: str = ""
    is_clone_temporary: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes that apply will make; plain data, so that apply decides nothing again.

    `documents` counts everything that the source has for the target, selected or not: the limits
    are percentages of it. A plan that is `offline` was made from git alone and cannot be applied.
    Apply refuses a plan with `violations`, unless they are lifted by options. `on_drift`,
    `allow_older` and `resume` are the options that it was made with, `made_by` says who made it.
    `sharing` tells where a run would keep the texts that it replaces; saved plans leave it out.
    """

    target: TargetIdentity
    source: Source
    created_at: datetime
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    documents: int = 0
    offline: bool = False
    violations: tuple[Violation, ...] = ()
    on_drift: DriftPolicy | None = None
    allow_older: bool = False
    resume: bool = False
    made_by: str = ""
    sharing: SnapshotSharing = field(default_factory=SnapshotSharing)

    @property
    def summary(self) -> dict[State, int]:
        return dict(Counter(change.state for change in self.changes))

    @property
    def writes(self) -> tuple[PlannedWrite, ...]:
        """Return the changes that apply will write, in the order of the plan."""
        return tuple(change for change in self.changes if is_write(change))


def is_write(change: Change) -> TypeGuard[PlannedWrite]:
    """Return True if applying the plan writes this change."""
    match change:
        case Create() | Update() | Delete():
            return True
        case Drift(policy=policy):
            return policy == "overwrite"
        case _:
            return False


# --- runs ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one change.

    `remote_text` is the text that the server returned after the write; it is None if nothing was
    written or if the outcome is `in_doubt`. `attempts` counts all requests for it, reads included.
    `notes` say more about the text that Scenario has.
    """

    change: Change
    result: Result
    reason: str = ""
    attempts: int = 0
    remote_text: Text | None = None
    in_doubt: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The commits that a run made on the snapshot ref, before its first write and after its last.

    `run` is the id of the run there. All three are None if the run had nothing to write.
    """

    ref: str
    before: str | None = None
    after: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesAfterRollback:
    """What the files say after a rollback; paths are relative to the descriptions folder.

    `held` files still have the texts that were rolled back, and apply does not write them;
    `commits` brought these texts, as far as the history tells, newest first. The next apply writes
    the `other` files, which have another text. If a `branch` was asked for, `restored` files have
    the restored texts in its `commit`; `unrestored` maps the others to the reason.
    """

    held: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    branch: str | None = None
    commit: str | None = None
    restored: tuple[str, ...] = ()
    unrestored: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of apply or rollback, with the outcome of each change, in the order of the plan.

    `refusals` say why nothing at all was written, and which option allows it. `key_refused` is True
    if the run was aborted because Scenario refused the key, the project or the address.
    `unkept_models` were not written because no lasting copy of their text would have been left.
    `files_after` is set for a rollback.
    """

    plan: Plan
    outcomes: Sequence[Outcome]
    snapshot: Snapshot
    interrupted: bool = False
    refusals: tuple[str, ...] = ()
    key_refused: bool = False
    sharing: SnapshotSharing = field(default_factory=SnapshotSharing)
    unkept_models: frozenset[str] = frozenset()
    files_after: FilesAfterRollback | None = None

    @property
    def summary(self) -> dict[Result, int]:
        return dict(Counter(outcome.result for outcome in self.outcomes))


@dataclass(frozen=True, slots=True)
class ForeignRuns:
    """The number of runs on a target's snapshot ref that belong to another project or config file.

    The names are None for runs of early versions, which did not write them down.
    """

    base_url: str | None
    project_id: str | None
    config: str | None
    count: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as recorded in the snapshots; `after` is None if it was cut off before its end.

    `written` counts the texts that were certainly written. `replaced` counts how many of them
    replaced another text, or how many would have been replaced if the run was cut off. `unsure`
    counts the texts of which it is unknown whether they were written, and `unwritten` those that
    were to be written and were refused or failed.
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
    unwritten: int = 0

    @property
    def may_have_written(self) -> bool:
        return self.after is None or bool(self.written or self.unsure)


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """How a run of this clone ended, and why; runs that ended alike in a row are one.

    `run` is its id on the snapshot ref, None if the run came to no write. `times` counts the runs
    that ended alike, the first at `first_time`, the last at `time`.
    """

    command: str
    source_commit: str | None
    end: RunEnd
    reason: str
    first_time: datetime
    time: datetime
    run: str | None = None
    times: int = 1


_MAX_REF_PART = 200


def make_snapshot_ref(target: str, config: str = ROOT_CONFIGS[0]) -> str:
    """Return the git ref of a target's snapshots.

    The path of the config file follows after `@`, unless it is the one in the root of the
    repository. No target's name contains `@`, and no file is inside another one, so git can have
    all these refs at once.

    >>> make_snapshot_ref("production"), make_snapshot_ref("production", "teams/a/config.yaml")
    ('refs/description-sync/production', 'refs/description-sync/production@teams/a/config.yaml')
    """
    ref = f"refs/description-sync/{_percent_encode(target, r'[^A-Za-z0-9_-]')}"
    if config in ROOT_CONFIGS:
        return ref
    return f"{ref}@{'/'.join(map(_encode_ref_part, config.split('/')))}"


def _encode_ref_part(name: str) -> str:
    """Encode one part of a path as git allows it in a ref; shorten what no file system can hold."""
    encoded = _percent_encode(name, r"^\.|\.(?=\.|$)|\.(?=lock$)|[^A-Za-z0-9._-]")
    if len(encoded) <= _MAX_REF_PART:
        return encoded
    return f"{encoded[:100]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _percent_encode(text: str, pattern: str) -> str:
    return re.sub(
        pattern, lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), text
    )
