"""Commits on a new branch, made without a look at the working tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import GitError, UsageError
from sync.git.commits import Commit, write_commit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Step:
    """One commit to be made: its message, and the new contents of files, by path from the root."""

    message: str
    files: Mapping[str, bytes]


def check_new_branch(repository: Repository, name: str) -> None:
    """Raise UsageError unless a branch of that name can be made."""
    ref = f"refs/heads/{name}"
    git = repository.git
    if name.startswith("-") or git.answer("check-ref-format", ref).status:
        raise UsageError(f'"{name}" is no name for a branch')
    if git.answer("show-ref", "--verify", "--quiet", ref).status == 0:
        raise UsageError(
            f"the branch {name} is there already",
            hint=f"Choose another name, or delete it: git branch --delete {name}",
        )


def commit_on_branch(
    repository: Repository, name: str, *, start: str, steps: Sequence[Step]
) -> str:
    """Make the branch at `start` with these commits on it; return the last one.

    GitError where somebody made it meanwhile, or a branch of its first part is in the way.
    """
    tip = start
    for step in steps:
        commit = Commit(step.message, datetime.now(UTC), parents=[tip], changes=step.files)
        written = write_commit(repository.git, f"refs/heads/{name}", commit=commit)
        if written is None:
            raise GitError(
                f"the branch {name} could not be made: it, or one that is in its way, is there.",
                hint="Choose another name.",
            )
        tip = written
    return tip
