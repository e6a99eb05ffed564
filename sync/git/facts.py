"""What git tells about a repository as a whole, for a checkup of it or a start in it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from sync.checkup import GitFacts
from sync.git.process import REFETCH, UNSHALLOW, decoded
from sync.git.snapshots import Snapshots

if TYPE_CHECKING:
    from sync.git.repository import Repository


def observe(
    repository: Repository,
    target: str,
    *,
    deploy_branch: str | None,
    remote: str | None,
    locked: bool,
) -> GitFacts:
    """Look at the repository, and at the remote that snapshots are shared with; write nothing."""
    snapshots = Snapshots(repository, target)
    return GitFacts(
        version=_version(repository),
        incomplete=_incomplete(repository),
        deploy_branch=(deploy_branch, bool(repository.find(deploy_branch)))
        if deploy_branch
        else None,
        snapshot_ref=snapshots.ref,
        runs=len(snapshots.runs()),
        cut_off=() if locked else snapshots.cut_off(),
        exchange=(remote, _unreachable(repository, remote)) if remote else None,
        hooks=_hooks(repository),
        locked=locked,
    )


def has_remote(repository: Repository, name: str) -> bool:
    """Whether the repository has a remote of that name."""
    return repository.git.answer("remote", "get-url", "--", name).status == 0


def usual_branch(repository: Repository) -> str:
    """The branch that others merge into: that of origin, else main or master, else this one."""
    git = repository.git
    theirs = git.answer("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    if theirs.status == 0:
        return decoded(theirs.out).strip().removeprefix("origin/")
    for name in ("main", "master"):
        if git.answer("show-ref", "--verify", "--quiet", f"refs/heads/{name}").status == 0:
            return name
    here = git.answer("symbolic-ref", "--quiet", "--short", "HEAD")
    return decoded(here.out).strip() if here.status == 0 else "main"


def _version(repository: Repository) -> tuple[int, ...]:
    """The numbers of `git version 2.39.5 (Apple Git-154)`."""
    words = repository.git.line("version")
    found = re.search(r"\d+(?:\.\d+)+", words)
    return tuple(map(int, found[0].split("."))) if found else ()


def _incomplete(repository: Repository) -> str:
    if repository.shallow():
        return UNSHALLOW
    return REFETCH if repository.partial() else ""


def _unreachable(repository: Repository, remote: str) -> str:
    """Why the remote cannot be read; empty where it can."""
    answer = repository.git.answer("ls-remote", "--quiet", "--", remote, "HEAD", online=True)
    return repository.git.failure(answer.complaint).message if answer.status else ""


def _hooks(repository: Repository) -> list[str]:
    """The names of the hooks that git would run."""
    folder = repository.root / repository.git.line("rev-parse", "--git-path", "hooks")
    if not folder.is_dir():
        return []
    return sorted(
        hook.name
        for hook in folder.iterdir()
        if hook.suffix != ".sample" and hook.is_file() and os.access(hook, os.X_OK)
    )
