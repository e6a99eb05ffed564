"""Create a new branch with commits on it, without touching the working tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import GitError, UsageError
from sync.git.commits import Blob, Commit, write_commit
from sync.git.conversions import store_filtered_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.git.process import Git
    from sync.git.repository import Repository


@dataclass(frozen=True, slots=True)
class BranchCommit:
    """One commit to write: its message, and the new bytes of each file.

    `files` maps paths, relative to the root of the repository, to bytes; None removes the file.
    """

    message: str
    files: Mapping[str, bytes | None]


def check_new_branch(repository: Repository, name: str) -> None:
    """Raise UsageError if `name` is not a valid branch name, or the branch exists already."""
    ref = f"refs/heads/{name}"
    git = repository.git
    if name == "HEAD" or name.startswith("-") or git.run_command("check-ref-format", ref).exit_code:
        raise UsageError(f'"{name}" is not a valid branch name')
    if git.run_command("show-ref", "--verify", "--quiet", ref).exit_code == 0:
        raise UsageError(
            f"the branch {name} is there already",
            hint=f"Choose another name, or delete it: git branch --delete {name}",
        )


def commit_on_branch(
    repository: Repository, name: str, *, start: str, commits: Sequence[BranchCommit]
) -> str:
    """Create the branch at `start`, write these commits on it, and return the last commit's id.

    Raises GitError if somebody created the branch meanwhile, or if another branch blocks its name
    (git cannot have both `pull` and `pull/hero`).
    """
    tip = write_branch_commits(repository.git, f"refs/heads/{name}", start=start, commits=commits)
    if tip is None:
        raise GitError(
            f"the branch {name} could not be made: it, or one that is in its way, is there.",
            hint="Choose another name.",
        )
    return tip


def write_branch_commits(
    git: Git, ref: str, *, start: str, commits: Sequence[BranchCommit]
) -> str | None:
    """Write the commits on top of `start`, the ref at the last one; None if somebody moves it."""
    tip = start
    for step in commits:
        written_files = {path: data for path, data in step.files.items() if data is not None}
        filtered = store_filtered_files(git, written_files)
        changes: dict[str, bytes | Blob | None] = {**step.files, **filtered}
        commit = Commit(step.message, datetime.now(UTC), parents=[tip], changes=changes)
        written = write_commit(git, ref, commit=commit)
        if written is None:
            return None
        tip = written
    return tip
