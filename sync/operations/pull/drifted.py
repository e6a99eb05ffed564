"""What becomes of the files whose remote text was edited elsewhere, for pull to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.decisions.pull import (
    AlreadyMerged,
    ConflictedFile,
    MergedFile,
    UntouchedFile,
    UpdatedFile,
    create_file,
    merge_into_file,
)
from sync.descriptions.rewrite import DescriptionFile
from sync.git import PulledText, merge_three_way
from sync.model import Drift, Failed, Invalid, Missing
from sync.workspace.text_history import TextHistory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sync.decisions.desired import SourceFiles
    from sync.decisions.pull import PullOutcome
    from sync.git import PullRecord
    from sync.model import Plan, Text
    from sync.workspace.workspace import Target


_UNCOMMITTED = "it has changes that are not committed: commit or undo them, then pull again"


@dataclass(frozen=True, slots=True)
class _Past:
    """What git tells of the files: their common texts with the server, and their last pulls."""

    bases: Mapping[str, Text]
    pulled: Mapping[str, Sequence[PullRecord]]
    dirty: Collection[str]


def drifted(
    chosen: Target, plan: Plan, files: SourceFiles, *, dirty: Collection[str]
) -> Iterator[PullOutcome]:
    """What becomes of each file with drift, or that nothing can be said of. Writes nothing.

    `dirty` files are not to be touched.
    """
    past = _past(chosen, plan, dirty=dirty)
    for change in plan.changes:
        match change:
            case Drift(path=str(path)):
                yield _drift(chosen, change, files.contents.get(path), past=past)
            case Invalid(notes=notes):
                yield UntouchedFile(
                    result="refused", model=change.model, path=change.path, reason="; ".join(notes)
                )
            case Failed(notes=notes):
                yield UntouchedFile(
                    result="failed", model=change.model, path=change.path, reason="; ".join(notes)
                )
            case Missing():
                yield UntouchedFile(
                    result="failed",
                    model=change.model,
                    path=change.path,
                    reason="there is no such model",
                )
            case _:
                pass


def _past(chosen: Target, plan: Plan, *, dirty: Collection[str]) -> _Past:
    changes = [change for change in plan.changes if isinstance(change, Drift)]
    if not changes:
        return _Past({}, {}, dirty)
    found = TextHistory(chosen, plan.source.commit).find_merge_bases(changes)
    return _Past(found, chosen.snapshots.list_pulls(), dirty)


def _drift(chosen: Target, change: Drift, data: bytes | None, *, past: _Past) -> PullOutcome:
    path, ours, remote = change.path or "", change.after, change.before
    if path in past.dirty:
        return _uncommitted(change, past.pulled.get(change.model, ()))
    place = DescriptionFile(path, change.model, chosen.aliases, chosen.workspace.folder, data)
    if ours is None:
        return create_file(remote, place)
    base = past.bases.get(change.model)
    if base is None or change.cause == "behind":
        return UntouchedFile(
            result="refused", model=change.model, path=path, reason=" ".join(change.notes)
        )
    labels = (path, "last common text", chosen.name)

    def merge(ours: str, base: str, theirs: str) -> tuple[str, int]:
        sides = ours.encode(), base.encode()
        merged, conflicts = merge_three_way(*sides, theirs=theirs.encode(), labels=labels)
        return merged.decode(), conflicts

    return merge_into_file(remote, place, ours=ours, base=base, merge=merge)


def _uncommitted(change: Drift, pulled: Sequence[PullRecord]) -> PullOutcome:
    """Left alone; nothing is wrong with what an earlier pull merged."""
    now = change.after.sha256 if change.after else None
    if any(
        (each.remote_sha256, each.result_sha256) == (change.before.sha256, now) for each in pulled
    ):
        return UntouchedFile(
            result="unchanged",
            model=change.model,
            path=change.path,
            reason="merged already: commit it",
        )
    return UntouchedFile(
        result="refused", model=change.model, path=change.path, reason=_UNCOMMITTED
    )


def to_record(files: Iterable[PullOutcome]) -> Iterator[PulledText]:
    """What is to be kept of the pull, so that what was merged is known to be."""
    for file in files:
        match file:
            case UpdatedFile(remote=into) | MergedFile(text=into) | AlreadyMerged(ours=into):
                yield _record(file, into=into.sha256)
            case ConflictedFile(conflict_text=marked):
                yield _record(file, marked=marked)
            case _:
                pass


def _record(
    file: UpdatedFile | MergedFile | AlreadyMerged | ConflictedFile,
    *,
    into: str | None = None,
    marked: str | None = None,
) -> PulledText:
    return PulledText(file.model, file.path, file.remote.raw, file.ours.sha256, into, marked)
