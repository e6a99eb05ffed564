"""Fetch and push one branch of a git remote; nobody's commit on it is ever lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.commits import Blob, Commit, write_commit
from sync.git.conversions import store_filtered_files
from sync.git.process import decode_printable

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
    answer = repository.git.run_command("ls-remote", "--quiet", "--", remote, ref, online=True)
    if answer.exit_code:
        raise _make_remote_error(f"{remote} could not be read", answer.stderr)
    tip = decode_printable(answer.stdout).partition("\t")[0].strip()
    if not tip:
        return None
    if not repository.find_commit(tip):
        place = f"refs/remotes/{remote}/{name}"
        command = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--")
        answer = repository.git.run_command(*command, remote, f"+{ref}:{place}", online=True)
        if answer.exit_code or not repository.find_commit(tip):
            raise _make_remote_error(f"{name} could not be fetched from {remote}", answer.stderr)
    return tip


def write_commits(repository: Repository, start: str, commits: Sequence[BranchCommit]) -> str:
    """Write the commits on top of `start`, on no branch; return the last one."""
    git, tip = repository.git, start
    git.run_command("update-ref", "-d", PENDING_REF)
    for step in commits:
        written_files = {path: data for path, data in step.files.items() if data is not None}
        filtered = store_filtered_files(git, written_files)
        changes: dict[str, bytes | Blob | None] = {**step.files, **filtered}
        commit = Commit(step.message, datetime.now(UTC), parents=[tip], changes=changes)
        written = write_commit(git, PENDING_REF, commit=commit)
        if written is None:
            raise GitError("another run of `propose` is under way.", hint="Try again later.")
        tip = written
    git.run_command("update-ref", "-d", PENDING_REF)
    return tip


def push_branch(
    repository: Repository, remote: str, name: str, *, commit: str, replacing: str | None
) -> None:
    """Push the commit as the branch, if the branch is still at `replacing`; None: not there.

    Raises GitError if the remote refuses it, or if somebody pushed meanwhile.
    """
    ref = f"refs/heads/{name}"
    lease = f"--force-with-lease={ref}:{replacing or ''}"
    command = ("push", "--quiet", "--no-verify", "--no-follow-tags", lease, "--", remote)
    answer = repository.git.run_command(*command, f"{commit}:{ref}", online=True)
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
