"""Decide the outcome of a pull for each file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from sync.counts import format_count
from sync.descriptions.front_matter import is_model_name
from sync.descriptions.rewrite import CannotWrite, render_conflicted_file, render_file
from sync.model.text import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.descriptions.rewrite import DescriptionFile
    from sync.model.target_identity import TargetIdentity
    from sync.model.text import Text

    MergeFunction = Callable[[str, str, str], tuple[str, int]]
    """Merges ours, base and theirs; returns the text and the number of conflicts marked in it."""


PullResult: TypeAlias = Literal[
    "created",
    "updated",
    "merged",
    "conflict",
    "unchanged",
    "refused",
    "failed",
    "not_attempted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileOutcome:
    """The outcome for one file; `path` is relative to the folder, `reason` is for the user."""

    model: str
    path: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UntouchedFile(_FileOutcome):
    """A file that was not changed; `reason` says why: unnecessary, refused or failed.

    `is_disk_failure` says that the file could not be written, so that the next pull may succeed.
    """

    result: Literal["unchanged", "refused", "failed", "not_attempted"]
    is_disk_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _PulledFile(_FileOutcome):
    """`data` is the new content of the file, `remote` the text that it takes from Scenario."""

    data: bytes
    remote: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedFile(_PulledFile):
    """A new file with the remote text."""

    result: ClassVar[PullResult] = "created"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedFile(_PulledFile):
    """The file had not changed and gets the remote text; `ours` is its text before."""

    result: ClassVar[PullResult] = "updated"
    ours: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedFile(_PulledFile):
    """The file had changed, too, and was merged without a conflict.

    `text` is the text after the merge; `theirs` is the content of the file with only the remote
    text.
    """

    result: ClassVar[PullResult] = "merged"
    ours: Text
    text: Text
    theirs: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyMerged(_PulledFile):
    """The file had changed, too, and already contains the remote edit."""

    result: ClassVar[PullResult] = "unchanged"
    ours: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictedFile(_PulledFile):
    """Both sides changed the same place; the file has conflict markers for the user to resolve.

    `conflict_text` is the text with markers, without front matter; `theirs` is the content of the
    file with only the remote text.
    """

    result: ClassVar[PullResult] = "conflict"
    ours: Text
    conflict_text: str
    theirs: bytes


PullOutcome: TypeAlias = (
    CreatedFile | UpdatedFile | MergedFile | AlreadyMerged | ConflictedFile | UntouchedFile
)
ChangedFile: TypeAlias = CreatedFile | UpdatedFile | MergedFile | ConflictedFile


ProposalAction: TypeAlias = Literal[
    "opened", "updated", "unchanged", "closed", "left_open", "declined", "not_needed"
]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The pull or merge request of `propose`; `noun` is the forge's word for it.

    `declined`: a person closed it, and there are no other edits since. `left_open`: no edit is
    left, but somebody else committed to its branch. Without a request, number and URL are None.
    """

    action: ProposalAction
    noun: str
    number: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PullRun:
    """The outcomes of one target's pull, written to a branch or to the working tree.

    `notes` name what could not be read, or not be recorded (`is_recorded`). `proposal` is set
    by `propose` only.
    """

    target: TargetIdentity
    folder: str
    files: Sequence[PullOutcome]
    branch: str | None = None
    commit: str | None = None
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    proposal: Proposal | None = None
    is_recorded: bool = True

    @property
    def is_complete_on_disk(self) -> bool:
        """Return True if each file was written and the pull was recorded."""
        return self.is_recorded and not any(
            isinstance(file, UntouchedFile) and file.is_disk_failure for file in self.files
        )

    @property
    def summary(self) -> dict[PullResult, int]:
        return dict(Counter(file.result for file in self.files))


# --- decisions -----------------------------------------------------------------------------------


def create_file(remote: Text, place: DescriptionFile) -> CreatedFile | UntouchedFile:
    """Return a new file with the remote text, or the reason why no file can have it."""
    match render_file(remote.canonical, place):
        case CannotWrite() if not is_model_name(place.model):
            return UntouchedFile(
                result="refused", model=place.model, path=place.path, reason=_UNNAMEABLE_REASON
            )
        case CannotWrite(reason=reason):
            return _refuse_file(place, reason)
        case file if not file.text.is_same_as(remote):
            return _refuse_file(place, _ALIASES_REASON)
        case file:
            return CreatedFile(model=place.model, path=place.path, data=file.data, remote=remote)


def merge_into_file(
    remote: Text, place: DescriptionFile, *, ours: Text, base: Text, merge: MergeFunction
) -> PullOutcome:
    """Return the outcome of taking the remote text into a file that now has the text `ours`.

    `base` is the common ancestor of both.
    """
    as_it_is = _update_file(remote, place, ours=ours)
    if isinstance(as_it_is, UntouchedFile) or base.is_same_as(ours):
        return as_it_is
    sides = [place.body, place.apply_aliases(base), place.apply_aliases(remote)]
    if any("\0" in side for side in sides):
        return UntouchedFile(
            result="refused", model=place.model, path=place.path, reason=_NUL_REASON
        )
    body, conflicts = merge(*sides)
    if conflicts:
        return ConflictedFile(
            model=place.model,
            path=place.path,
            reason=format_count(conflicts, "conflict"),
            data=render_conflicted_file(body, place),
            remote=remote,
            ours=ours,
            conflict_text=canonical(body),
            theirs=as_it_is.data,
        )
    return _finish_merge(body, place, theirs=as_it_is)


def _update_file(
    remote: Text, place: DescriptionFile, *, ours: Text
) -> UpdatedFile | UntouchedFile:
    match render_file(place.apply_aliases(remote), place):
        case CannotWrite(reason=reason):
            return _refuse_file(place, reason)
        case file if not file.text.is_same_as(remote):
            return _refuse_file(place, _ALIASES_REASON)
        case file:
            return UpdatedFile(
                model=place.model, path=place.path, data=file.data, remote=remote, ours=ours
            )


def _finish_merge(
    body: str, place: DescriptionFile, *, theirs: UpdatedFile
) -> MergedFile | AlreadyMerged | UntouchedFile:
    match render_file(body, place):
        case CannotWrite(reason=reason):
            return _refuse_file(place, reason, what="merged")
        case file if file.text.is_same_as(theirs.ours):
            return AlreadyMerged(
                model=place.model,
                path=place.path,
                reason="the file already has this edit",
                data=file.data,
                remote=theirs.remote,
                ours=theirs.ours,
            )
        case file:
            return MergedFile(
                model=place.model,
                path=place.path,
                data=file.data,
                remote=theirs.remote,
                ours=theirs.ours,
                text=file.text,
                theirs=theirs.data,
            )


_UNNAMEABLE_REASON = (
    "front matter cannot name this model, because its id has a blank, a brace or a control "
    "character; create a file with exactly this name yourself"
)
_NUL_REASON = (
    "both texts changed, and git cannot merge a text with a NUL character: remove it from the file "
    "or from the text in Scenario and pull again, or replace the text in Scenario with "
    "`apply --on-drift overwrite`"
)
_ALIASES_REASON = "the text contains {asset:@…} or {model:@…}, and a file would replace it by an id"


def _refuse_file(place: DescriptionFile, reason: str, *, what: str = "remote") -> UntouchedFile:
    return UntouchedFile(
        result="refused",
        model=place.model,
        path=place.path,
        reason=f"a file cannot have the {what} text unchanged: {reason}",
    )
