"""Read the commits of a snapshot ref; raise an error if the ref is damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.messages import parse_message
from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.git.messages import SnapshotCommit
    from sync.git.repository import Repository

LOG = ("-c", "log.showSignature=false", "log", "-z", "--date-order", "--no-merges")


def find_snapshot_tip(repository: Repository, ref: str) -> str | None:
    """Return the newest commit of the ref, or None if nothing was ever recorded on it.

    Raises GitError if the ref exists without a commit: its file is garbage, or the commit is
    missing.
    """
    form = "--format=%(refname) %(objecttype) %(objectname)"
    answer = repository.git.run_command("for-each-ref", form, ref)
    lines = map(str.split, decode_printable(answer.stdout).splitlines())
    type_, tip = next(((type_, tip) for name, type_, tip in lines if name == ref), ("", None))
    # Git skips a ref that it cannot read with a warning that ends in its name.
    is_skipped = any(line.endswith(f" {ref}") for line in answer.stderr.splitlines())
    if is_skipped or type_ not in {"", "commit"} or (not tip and _is_symbolic(repository, ref)):
        raise make_damage_error(repository, ref, "it leads to no commit of this clone")
    return tip


def _is_symbolic(repository: Repository, ref: str) -> bool:
    """Return True if the file of the ref names another ref; without that one, git is silent."""
    try:
        return (repository.common_dir / ref).read_bytes().startswith(b"ref:")
    except OSError:
        return False


def read_snapshot_log(repository: Repository, ref: str) -> Iterator[SnapshotCommit]:
    """Yield the commits of the ref, newest first, without merges of two machines' commits.

    Raises GitError if the ref is damaged, or if a shallow fetch has cut off its older commits.
    """
    tip = find_snapshot_tip(repository, ref)
    if tip is None:
        return
    cut_off = _read_shallow_commits(repository)
    fields = repository.git.stream_fields(
        *LOG, "--encoding=UTF-8", "--format=%H %ct%x00%B", tip, "--"
    )
    try:
        for about in fields:
            commit, seconds = decode_printable(about).split(" ")
            if commit in cut_off:
                raise _make_cut_off_error(repository, ref)
            time = datetime.fromtimestamp(int(seconds), UTC)
            yield parse_message(commit, time, decode_printable(next(fields)))
    except GitError as error:
        if ref in error.message:
            raise
        reason = f"its history cannot be read ({error.message.removesuffix('.')})"
        raise make_damage_error(repository, ref, reason) from error


def make_damage_error(repository: Repository, ref: str, reason: str) -> GitError:
    """Make the error for a ref that cannot be read, with the way to repair it."""
    file = repository.common_dir / ref
    remove = f"delete the file {file}" if file.is_file() else f"run `git update-ref -d {ref}`"
    if last := _find_last_good_commit(repository, ref):
        restore = f"then restore the last commit of its reflog: `git update-ref {ref} {last}`"
    else:
        restore = (
            f"then fetch it from a remote that has it: `git fetch REMOTE {ref}:{ref}`. "
            "If none has it, the recorded runs are lost, and the next run starts a new history"
        )
    return GitError(
        f"The snapshot ref {ref} is damaged: {reason}. Nothing was written.",
        hint=f"To repair it, {remove}, {restore}.",
    )


def _make_cut_off_error(repository: Repository, ref: str) -> GitError:
    return GitError(
        f"The snapshot ref {ref} is incomplete: a shallow fetch has cut off its older commits.",
        hint=f"Fetch the rest with `git fetch --unshallow REMOTE {ref}`, REMOTE being one of "
        f"`git -C {repository.root} remote`.",
    )


def _read_shallow_commits(repository: Repository) -> set[str]:
    """Return the commits whose parents a shallow clone or fetch has left out."""
    try:
        return set((repository.common_dir / "shallow").read_text(encoding="ascii").split())
    except FileNotFoundError:
        return set()


def _find_last_good_commit(repository: Repository, ref: str) -> str | None:
    """Return the newest commit in the ref's reflog whose whole history is here, or None."""
    ids = read_reflog(repository, ref)
    return next((id_ for id_ in ids if _has_history(repository, id_)), None)


def read_reflog(repository: Repository, ref: str) -> list[str]:
    """Return the commits that the ref had, newest first, as far as git keeps its reflog."""
    try:
        lines = (repository.common_dir / "logs" / ref).read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [line.split(" ", 2)[1] for line in reversed(lines) if line.count(" ") > 1]


def _has_history(repository: Repository, commit: str) -> bool:
    if repository.find_commit(commit) is None:
        return False
    return repository.git.run_command("rev-list", "--count", commit, "--").exit_code == 0
