"""Find the texts that only this clone has, and refuse to replace them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.errors import GitError
from sync.forge.ci_job import is_ci_job
from sync.git import list_unshared_commits
from sync.model.changes import Drift
from sync.model.known_texts import TextLookup
from sync.workspace.text_history import TextHistory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model.changes import PlannedWrite
    from sync.model.plan import Plan, SnapshotSharing
    from sync.workspace.workspace import Target

PERMIT = "To replace it anyway, pass --allow-unshared."


def is_clone_temporary(target: Target) -> bool:
    """Return True if the clone is temporary: it is shallow, or this is a CI job."""
    return is_ci_job(os.environ) or target.workspace.repository.is_shallow()


def refuse_drift_in_temporary_clone(target: Target, plan: Plan) -> dict[str, str]:
    """Return the drifted models whose text only a temporary clone would keep, with the reason.

    Empty with `snapshots.push`: then the push decides.
    """
    drifted = [change for change in plan.writes if isinstance(change, Drift)]
    if not drifted or target.push_remote or not is_clone_temporary(target):
        return {}
    reason = (
        "not replaced: this text is in no commit that a remote is known to have, and this clone is "
        f"temporary (shallow, or of a CI job). Set snapshots.push in the config file. {PERMIT}"
    )
    return dict.fromkeys(_find_unshared_texts(target, plan, drifted), reason)


def describe_refused_drift(target: Target, plan: Plan) -> tuple[str, ...]:
    """Return a note for the plan if apply refuses drifted texts that are to be replaced."""
    count = len(refuse_drift_in_temporary_clone(target, plan))
    texts = format_count(count, "drifted text is", "drifted texts are")
    note = (
        f"{texts} replaced only with snapshots.push in the config file, or with --allow-unshared: "
        "they are in no commit that a remote is known to have, and this clone is temporary "
        "(shallow, or of a CI job)."
    )
    return (note,) if count else ()


def refuse_unshared_texts(target: Target, plan: Plan, sharing: SnapshotSharing) -> dict[str, str]:
    """Return the models whose text only this clone would keep, with the reason.

    Empty unless the snapshots made before the first write could not be shared.
    """
    if sharing.shared is not False:
        return {}
    reason = (
        "not replaced: this text is in no commit that a remote is known to have, and it could "
        f"not be shared with {sharing.remote}. {PERMIT}"
    )
    return dict.fromkeys(_find_unshared_texts(target, plan, plan.writes), reason)


def _find_unshared_texts(target: Target, plan: Plan, writes: Sequence[PlannedWrite]) -> list[str]:
    """Return the models whose present text is in no commit that a remote had when last fetched."""
    texts = {
        change.model: TextLookup(change.path, change.before.sha256)
        for change in writes
        if change.before and not change.before.is_empty
    }
    if not texts:
        return []
    try:
        unshared = list_unshared_commits(target.workspace.repository)
        found = TextHistory(target, plan.source.commit).find_texts(texts).texts
    except GitError:  # what could not be looked up counts as unshared
        return [*texts]
    deployed = {model: known.deployed for model, known in found.items() if known.deployed}
    deployed |= {change.model: change.deployed for change in writes if change.deployed}
    shared = {model for model, each in deployed.items() if each.commit not in unshared}
    return [model for model in texts if model not in shared]
