"""Read what the files of an older commit said about a target, by the config of that commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.decisions.since import BaseState, TargetPolicy
from sync.descriptions.document import read_documents
from sync.workspace.former_configs import find_config_of_commit

if TYPE_CHECKING:
    from sync.workspace.workspace import Target


def get_target_policy(target: Target) -> TargetPolicy:
    """Return the policy of the target as the config says it now."""
    return TargetPolicy(target.config, target.workspace.config.limits)


def read_base_state(target: Target, commit: str) -> BaseState:
    """Read the documents of the commit; none if its config did not name the target."""
    former = find_config_of_commit(target, commit)
    if former is None:
        return BaseState(commit, {}, (), None)
    tracked = target.workspace.repository.read_tracked_files(
        former.folder, commit, include=former.rules.accepts
    )
    documents, invalid = read_documents(tracked.files, former.aliases, folder=former.folder)
    policy = TargetPolicy(former.section, former.limits)
    return BaseState(commit, {each.model: each for each in documents}, invalid, policy)
