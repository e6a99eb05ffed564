"""Open the workspace of an older commit, with the config of that commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.config.settings import parse_config
from sync.counts import shorten_commit
from sync.git import find_blobs
from sync.workspace.find_config import decode_config
from sync.workspace.former_configs import find_config_of_commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.workspace.former_configs import FormerConfig
    from sync.workspace.workspace import Target, Workspace


def get_targets_at_commit(targets: Sequence[Target], revision: str | None) -> Sequence[Target]:
    """Return the targets of one workspace as `read_workspace_at_commit` reads them.

    Without a revision, the targets are returned unchanged.
    """
    if revision is None or not targets:
        return targets
    workspace = read_workspace_at_commit(targets[0].workspace, revision)
    return [workspace.get_target(target.name) for target in targets]


def read_workspace_at_commit(workspace: Workspace, revision: str) -> Workspace:
    """Return the workspace with the folder, `exclude`, models and assets of a commit's config.

    Servers, credentials and policies are those of today. So are targets that the old config does
    not have; a note says so. Raises GitError for an unknown revision, and ConfigError if the
    config of that commit has faults.
    """
    commit = workspace.repository.resolve_commit(revision)
    short = shorten_commit(commit)
    _check_config(workspace, commit)
    former = {
        name: find_config_of_commit(workspace.get_target(name), commit)
        for name in workspace.config.targets
    }
    known = {name: each for name, each in former.items() if each}
    if not known:
        note = f"{short} has no config for these targets: its files are read as those of today"
        return replace(workspace, notes=(*workspace.notes, note), histories={})
    unknown = sorted(former.keys() - known.keys())
    notes = tuple(
        f"the config of {short} does not name {name}: names of models and assets mean there "
        "what they mean today"
        for name in unknown
        if name in workspace.target_names
    )
    return _replace_meaning(workspace, known, notes)


def _check_config(workspace: Workspace, commit: str) -> None:
    path = workspace.relative_config
    blob = find_blobs(workspace.repository, [commit], path).get(commit)
    if blob:
        [(_, data)] = workspace.repository.git.read_blobs([blob])
        text = decode_config(workspace.config_path, data)
        parse_config(text, path=f"{path} at {shorten_commit(commit)}")


def _replace_meaning(
    workspace: Workspace, former: dict[str, FormerConfig], notes: tuple[str, ...]
) -> Workspace:
    first = next(iter(former.values()))
    targets = {
        name: section.model_copy(
            update={
                "models": dict(former[name].aliases.models),
                "assets": dict(former[name].aliases.assets),
            }
        )
        if name in former
        else section
        for name, section in workspace.config.targets.items()
    }
    config = workspace.config.model_copy(
        update={"exclude": list(first.exclude), "targets": targets}
    )
    return replace(
        workspace,
        config=config,
        folder=first.folder,
        notes=(*workspace.notes, *notes),
        histories={},
    )
