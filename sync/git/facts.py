"""Collect facts about a whole repository, for the commands `doctor` and `init`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.decisions.doctor import GitFacts
from sync.errors import GitError
from sync.git.events import read_events_of_every_ref
from sync.git.exchange import fetch_snapshots, push_snapshots
from sync.git.messages import RunInfo
from sync.git.process import REFETCH_HINT, UNSHALLOW_HINT, decode_printable
from sync.git.snapshots import SnapshotStore, make_run_id
from sync.model.run_record import RunRecord

if TYPE_CHECKING:
    from sync.git.repository import Repository
    from sync.model.target_identity import TargetIdentity


def collect_git_facts(
    repository: Repository,
    target: TargetIdentity,
    *,
    deploy_branch: str | None,
    remote: str | None,
    locked: bool,
) -> GitFacts:
    """Collect what `doctor` reports about the repository and the snapshot remote.

    If snapshots are shared, an empty commit is recorded on the snapshot ref and pushed, because
    nothing less shows whether the remote takes it; not so while another run holds the lock.
    """
    from git import Git as GitPython  # noqa: PLC0415 - it cannot be imported without git

    snapshots = SnapshotStore(repository, target)
    damage, runs, cut_off = None, 0, list[RunRecord]()
    try:
        runs = len(snapshots.list_runs())
        cut_off = [] if locked else snapshots.find_interrupted_runs()
    except GitError as error:
        damage = error
    exchange = None
    if remote and not locked and not damage:
        exchange = (remote, _try_push(snapshots, remote))
    return GitFacts(
        version=GitPython(repository.root).version_info,
        has_commit=repository.find_head() is not None,
        incomplete=_explain_incomplete(repository),
        deploy_branch=(deploy_branch, bool(repository.find_commit(deploy_branch)))
        if deploy_branch
        else None,
        snapshot_ref=snapshots.ref,
        damage=damage,
        runs=runs,
        cut_off=cut_off,
        exchange=exchange,
        hooks=_list_hooks(repository),
        locked=locked,
    )


def _try_push(snapshots: SnapshotStore, remote: str) -> str:
    """Push a new commit of the snapshot ref; return why that failed, empty if it arrived."""
    now = datetime.now(UTC)
    head = snapshots.repository.find_head()
    try:
        fetch_snapshots(snapshots, remote)
        run = RunInfo(make_run_id(now), "doctor", snapshots.target.name, head, now)
        snapshots.record_probe(run)
        push_snapshots(snapshots, remote)
    except GitError as error:
        return error.message
    return ""


def has_remote(repository: Repository, name: str) -> bool:
    """Return True if the repository has a remote of that name."""
    return repository.git.run_command("remote", "get-url", "--", name).exit_code == 0


def find_default_branch(repository: Repository) -> str:
    """Return the default branch: origin's HEAD, otherwise main, master or the current branch."""
    run = repository.git.run_command
    theirs = run("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    if theirs.exit_code == 0:
        return decode_printable(theirs.stdout).strip().removeprefix("origin/")
    for name in ("main", "master"):
        if run("show-ref", "--verify", "--quiet", f"refs/heads/{name}").exit_code == 0:
            return name
    head = run("symbolic-ref", "--quiet", "--short", "HEAD")
    return decode_printable(head.stdout).strip() if head.exit_code == 0 else "main"


def _explain_incomplete(repository: Repository) -> str:
    """Say how to complete the history; empty if every version of every Markdown file is here."""
    if repository.is_shallow():
        return UNSHALLOW_HINT
    return REFETCH_HINT if repository.is_partial and _lacks_texts(repository) else ""


def _lacks_texts(repository: Repository) -> bool:
    try:
        events = list(read_events_of_every_ref(repository, folder=""))
    except GitError:  # trees are missing
        return True
    texts = {event.new for event in events if event.new}
    return len(repository.git.find_local_objects(texts)) < len(texts)


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
