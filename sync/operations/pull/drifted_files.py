"""Decide the outcome of a pull for files whose text was changed outside git."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.decisions.pull import (
    AlreadyMerged,
    ConflictedFile,
    CreatedFile,
    MergedFile,
    UntouchedFile,
    UpdatedFile,
    create_file,
    merge_into_file,
)
from sync.descriptions.rewrite import DescriptionFile
from sync.git import PulledText, merge_three_way
from sync.model.changes import Drift, Failed, Invalid, Missing
from sync.model.text import EMPTY_TEXT
from sync.workspace.text_history import TextHistory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sync.decisions.desired import SourceFiles
    from sync.decisions.pull import PullOutcome
    from sync.git import PullRecord
    from sync.model.plan import Plan
    from sync.model.text import Text
    from sync.workspace.workspace import Target


_UNCOMMITTED_REASON = "it has changes that are not committed: commit or undo them, then pull again"


@dataclass(frozen=True, slots=True)
class _MergeContext:
    """The merge bases, earlier pulls and uncommitted files that the decisions need."""

    merge_bases: Mapping[str, Text]
    pull_records: Mapping[str, Sequence[PullRecord]]
    dirty_paths: Collection[str]


def decide_drifted_files(
    target: Target, plan: Plan, files: SourceFiles, *, dirty_paths: Collection[str]
) -> Iterator[PullOutcome]:
    """Decide the outcome of each file that drifted, is invalid or could not be compared.

    Writes nothing. `dirty` files, which have uncommitted changes, are left alone.
    """
    past = _read_merge_context(target, plan, dirty_paths=dirty_paths)
    for change in plan.changes:
        match change:
            case Drift(path=str(path)):
                yield _decide_drifted_file(target, change, files.contents.get(path), context=past)
            case Invalid(notes=notes):
                yield UntouchedFile(
                    result="refused", model=change.model, path=change.path, reason="; ".join(notes)
                )
            case Failed(notes=notes):
                yield UntouchedFile(
                    result="failed", model=change.model, path=change.path, reason="; ".join(notes)
                )
            case Missing(notes=notes, named_in=other):
                advice = (f"Run `description-sync map {other} {target.name} --write --rewrite`.",)
                words = ["there is no such model", " ".join((*notes, *(advice if other else ())))]
                reason = ". ".join(filter(None, words))
                yield UntouchedFile(
                    result="failed", model=change.model, path=change.path, reason=reason
                )
            case _:
                pass


def _read_merge_context(
    target: Target, plan: Plan, *, dirty_paths: Collection[str]
) -> _MergeContext:
    changes = [change for change in plan.changes if isinstance(change, Drift)]
    if not changes:
        return _MergeContext({}, {}, dirty_paths)
    found = TextHistory(target, plan.source.commit).merged_pulls.find_merge_bases(changes)
    return _MergeContext(found, target.snapshots.list_pulls(), dirty_paths)


def _decide_drifted_file(
    target: Target, change: Drift, data: bytes | None, *, context: _MergeContext
) -> PullOutcome:
    path, ours, remote = change.path or "", change.after, change.before
    if path in context.dirty_paths:
        return _decide_uncommitted_file(change, context.pull_records.get(change.model, ()))
    place = DescriptionFile(path, change.model, target.aliases, target.workspace.folder, data)
    if ours is None:
        return create_file(remote, place)
    base = context.merge_bases.get(change.model)
    if base is None or change.cause == "behind":
        return UntouchedFile(
            result="refused", model=change.model, path=path, reason=" ".join(change.notes)
        )
    labels = (path, "last common text", target.name)

    def merge(ours: str, base: str, theirs: str) -> tuple[str, int]:
        sides = ours.encode(), base.encode()
        merged, conflicts = merge_three_way(*sides, theirs=theirs.encode(), labels=labels)
        return merged.decode(), conflicts

    return merge_into_file(remote, place, ours=ours, base=base, merge=merge)


def _decide_uncommitted_file(change: Drift, pull_records: Sequence[PullRecord]) -> PullOutcome:
    """Leave the file alone: unchanged if an earlier pull merged the text, otherwise refused."""
    now = change.after.sha256 if change.after else None
    if any(
        (each.remote_sha256, each.result_sha256) == (change.before.sha256, now)
        for each in pull_records
    ):
        return UntouchedFile(
            result="unchanged",
            model=change.model,
            path=change.path,
            reason="merged already: commit it",
        )
    return UntouchedFile(
        result="refused", model=change.model, path=change.path, reason=_UNCOMMITTED_REASON
    )


def list_pulled_texts(files: Iterable[PullOutcome]) -> Iterator[PulledText]:
    """Yield the texts to record, so that later pulls know which texts were merged."""
    for file in files:
        match file:
            case UpdatedFile(remote=into) | MergedFile(text=into) | AlreadyMerged(ours=into):
                yield _make_pulled_text(file, result_sha256=into.sha256)
            case CreatedFile(remote=into):
                yield PulledText(file.model, file.path, into.raw, EMPTY_TEXT.sha256, into.sha256)
            case ConflictedFile(conflict_text=marked):
                yield _make_pulled_text(file, conflict_text=marked)
            case _:
                pass


def _make_pulled_text(
    file: UpdatedFile | MergedFile | AlreadyMerged | ConflictedFile,
    *,
    result_sha256: str | None = None,
    conflict_text: str | None = None,
) -> PulledText:
    return PulledText(
        file.model, file.path, file.remote.raw, file.ours.sha256, result_sha256, conflict_text
    )
