"""Collect facts about a whole repository, for the commands `doctor` and `init`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from sync.decisions.doctor import GitFacts
from sync.git.process import REFETCH_HINT, UNSHALLOW_HINT, decode_printable
from sync.git.snapshots import SnapshotStore

if TYPE_CHECKING:
    from sync.git.repository import Repository


def collect_git_facts(
    repository: Repository,
    target: str,
    *,
    deploy_branch: str | None,
    remote: str | None,
    locked: bool,
) -> GitFacts:
    """Collect what `doctor` reports about the repository and the snapshot remote; write nothing."""
    snapshots = SnapshotStore(repository, target)
    return GitFacts(
        version=_read_git_version(repository),
        incomplete=_explain_incomplete(repository),
        deploy_branch=(deploy_branch, bool(repository.find_commit(deploy_branch)))
        if deploy_branch
        else None,
        snapshot_ref=snapshots.ref,
        runs=len(snapshots.list_runs()),
        cut_off=() if locked else snapshots.find_interrupted_runs(),
        exchange=(remote, _explain_unreachable(repository, remote)) if remote else None,
        hooks=_list_hooks(repository),
        locked=locked,
    )


def has_remote(repository: Repository, name: str) -> bool:
    """Return True if the repository has a remote of that name."""
    return repository.git.run_command("remote", "get-url", "--", name).exit_code == 0


def find_default_branch(repository: Repository) -> str:
    """Return the default branch: origin's HEAD, otherwise main, master or the current branch."""
    git = repository.git
    theirs = git.run_command("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    if theirs.exit_code == 0:
        return decode_printable(theirs.stdout).strip().removeprefix("origin/")
    for name in ("main", "master"):
        if git.run_command("show-ref", "--verify", "--quiet", f"refs/heads/{name}").exit_code == 0:
            return name
    here = git.run_command("symbolic-ref", "--quiet", "--short", "HEAD")
    return decode_printable(here.stdout).strip() if here.exit_code == 0 else "main"


def _read_git_version(repository: Repository) -> tuple[int, ...]:
    """Return the numbers of `git version 2.39.5 (Apple Git-154)`: (2, 39, 5)."""
    words = repository.git.read_line("version")
    found = re.search(r"\d+(?:\.\d+)+", words)
    return tuple(map(int, found[0].split("."))) if found else ()


def _explain_incomplete(repository: Repository) -> str:
    if repository.is_shallow():
        return UNSHALLOW_HINT
    return REFETCH_HINT if repository.is_partial() else ""


def _explain_unreachable(repository: Repository, remote: str) -> str:
    """Return why the remote cannot be read, or an empty text if it can."""
    answer = repository.git.run_command("ls-remote", "--quiet", "--", remote, "HEAD", online=True)
    return repository.git.explain_failure(answer.stderr).message if answer.exit_code else ""


def _list_hooks(repository: Repository) -> list[str]:
    """Return the sorted names of the hooks that git would run."""
    folder = repository.root / repository.git.read_line("rev-parse", "--git-path", "hooks")
    if not folder.is_dir():
        return []
    return sorted(
        hook.name
        for hook in folder.iterdir()
        if hook.suffix != ".sample" and hook.is_file() and os.access(hook, os.X_OK)
    )
