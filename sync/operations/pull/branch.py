"""Commit pulled files to a new branch without changing the working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.decisions.pull import ConflictedFile, CreatedFile, MergedFile, UntouchedFile, UpdatedFile
from sync.git import BranchCommit, commit_on_branch, normalize_path
from sync.reports.pull import format_commit_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.decisions.pull import ChangedFile, PullOutcome
    from sync.workspace.workspace import Target


def commit_pulled_files(
    target: Target, files: Sequence[PullOutcome], *, branch: str, start: str
) -> tuple[list[PullOutcome], str | None]:
    """Commit the files to the branch; commit nothing if a file has conflicts.

    Returns the outcomes and the tip of the branch, None if nothing was committed. The first
    commit has the texts of Scenario and the second the merged texts, so that a merge of the
    branch brings both into the history.
    """
    if any(isinstance(file, ConflictedFile) for file in files):
        return [_withhold_file(file) for file in files], None
    steps = make_commits(target, files)
    if not steps:
        return list(files), None
    repository = target.workspace.repository
    return list(files), commit_on_branch(repository, branch, start=start, commits=steps)


def make_commits(
    target: Target, files: Sequence[PullOutcome], *, trailers: str = ""
) -> list[BranchCommit]:
    """Make the commits of the changed files; none if no file changed.

    The first has the texts of Scenario, the second the merged texts, with conflict markers if
    there are conflicts. `trailers` are lines for the end of each message.
    """
    kinds = CreatedFile | UpdatedFile | MergedFile | ConflictedFile
    written = [file for file in files if isinstance(file, kinds)]
    merged = [file for file in written if isinstance(file, MergedFile | ConflictedFile)]
    steps = [
        BranchCommit(
            format_commit_message(target.identity, written) + trailers,
            _key_by_path(target, {file: _get_remote_bytes(file) for file in written}),
        ),
        BranchCommit(
            format_commit_message(target.identity, merged, merged=True) + trailers,
            _key_by_path(target, {file: file.data for file in merged}),
        ),
    ]
    return [step for step in steps if step.files]


def _get_remote_bytes(file: ChangedFile) -> bytes:
    return file.theirs if isinstance(file, MergedFile | ConflictedFile) else file.data


def _key_by_path(target: Target, contents: Mapping[ChangedFile, bytes]) -> dict[str, bytes]:
    folder = target.workspace.folder
    return {normalize_path(folder, file.path or ""): data for file, data in contents.items()}


def _withhold_file(file: PullOutcome) -> PullOutcome:
    if isinstance(file, CreatedFile | UpdatedFile | MergedFile):
        reason = "nothing is committed to the branch while there are conflicts"
        return UntouchedFile(
            result="not_attempted", model=file.model, path=file.path, reason=reason
        )
    return file
