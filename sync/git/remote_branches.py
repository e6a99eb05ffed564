"""Fetch and push one branch of a git remote, without losing a commit of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.branches import write_branch_commits
from sync.git.process import decode_printable
from sync.git.remote_refs import fetch_ref, list_ref, parse_tip, push_ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.git.branches import BranchCommit
    from sync.git.repository import Repository

# Git makes commits on a ref only. Refs of this name are apart for each working tree.
PENDING_REF = "refs/worktree/description-sync/proposal"
LEASE_SIGNS = ("stale info", "[rejected]", "already exists", "cannot lock ref")


def fetch_branch(repository: Repository, remote: str, name: str) -> str | None:
    """Fetch a branch; return its tip, or None if the remote has no such branch.

    Raises GitError if the remote cannot be read.
    """
    ref = f"refs/heads/{name}"
    answer = list_ref(repository.git, remote, ref)
    if answer.exit_code:
        raise _make_remote_error(f"{remote} could not be read", answer.stderr)
    tip = parse_tip(answer)
    if tip and not repository.find_commit(tip):
        answer = fetch_ref(repository.git, remote, f"+{ref}:refs/remotes/{remote}/{name}")
        if answer.exit_code or not repository.find_commit(tip):
            raise _make_remote_error(f"{name} could not be fetched from {remote}", answer.stderr)
    return tip


def write_commits(repository: Repository, start: str, commits: Sequence[BranchCommit]) -> str:
    """Write the commits on top of `start`, on no branch; return the last one."""
    git = repository.git
    git.run_command("update-ref", "-d", PENDING_REF)
    tip = write_branch_commits(git, PENDING_REF, start=start, commits=commits)
    if tip is None:
        raise GitError("another run of `propose` is under way.", hint="Try again later.")
    git.run_command("update-ref", "-d", PENDING_REF)
    return tip


def push_branch(
    repository: Repository, remote: str, name: str, *, commit: str, replacing: str | None
) -> None:
    """Push the commit as the branch, if it is still at `replacing` (None: does not exist).

    Raises GitError if the remote refuses it, or if somebody pushed meanwhile.
    """
    ref = f"refs/heads/{name}"
    lease = f"--force-with-lease={ref}:{replacing or ''}"
    answer = push_ref(repository.git, remote, f"{commit}:{ref}", lease)
    if answer.exit_code == 0:
        return
    if any(sign in answer.stderr for sign in LEASE_SIGNS):
        raise GitError(
            f"Somebody pushed to the branch {name} meanwhile; nothing was pushed over it.",
            hint="Run the command again.",
        )
    raise _make_remote_error(f"{name} could not be pushed to {remote}", answer.stderr)


def list_commits_without_trailer(
    repository: Repository, tip: str, *, base: str, trailer: str
) -> list[str]:
    """List the commits of `tip` that `base` does not contain and that lack the trailer."""
    form = f"--format=%H %(trailers:key={trailer},valueonly,separator=%x2C)"
    log = repository.git.read_line("-c", "log.showSignature=false", "log", form, f"{base}..{tip}")
    lines = (line.partition(" ") for line in log.splitlines())
    return [commit for commit, _, value in lines if not value.strip()]


def has_same_changes(repository: Repository, one: str, other: str, *, base: str) -> bool:
    """Return True if two commits change the same files since `base` to the same contents."""
    changed = [_list_changes(repository, base, commit) for commit in (one, other)]
    return changed[0] == changed[1]


def _list_changes(repository: Repository, base: str, commit: str) -> set[tuple[str, str]]:
    start = repository.git.read_line("merge-base", base, commit)
    fields: Iterable[bytes] = repository.git.stream_fields(
        "diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", start, commit
    )
    about = iter(fields)
    pairs = zip(about, about, strict=True)
    return {(decode_printable(path), decode_printable(each).split(" ")[3]) for each, path in pairs}


def _make_remote_error(what: str, complaint: str) -> GitError:
    words = " ".join(complaint.split()) or "git did not say why"
    return GitError(
        f"{what}: {words}",
        hint="Is the remote right, and may this key or token push? In GitHub Actions the job needs "
        "`permissions: contents: write`.",
    )
