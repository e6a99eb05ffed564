"""Look texts up in git: their place, and if they are older or newer than the files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sync.decisions.drift import GitKnowledge
from sync.descriptions.document import hash_possible_texts
from sync.descriptions.model_of_file import guess_model_name
from sync.errors import RepositoryError
from sync.git import (
    EVERY_REF,
    Branch,
    TextSearchResult,
    find_newer_texts,
    find_squashed_subtree,
    find_texts_elsewhere,
)
from sync.model.known_texts import KnownText, TextLookup
from sync.model.text import EMPTY_TEXT
from sync.workspace.former_configs import (
    find_texts_by_configs,
    list_former_folders,
    make_text_hasher,
    read_former_configs,
)
from sync.workspace.held_texts import find_rollbacks_in_force
from sync.workspace.merged_pulls import MergedPulls

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.git import FolderHistory, Repository, SnapshotStore
    from sync.workspace.workspace import Target


@dataclass(frozen=True)
class TextHistory:
    """The texts of one target in git, up to a commit; for None, up to HEAD.

    What runs have recorded is read once, at the first use.
    """

    target: Target
    commit: str | None

    @property
    def _history(self) -> FolderHistory:
        return self.target.workspace.get_history(self.commit)

    @cached_property
    def _snapshots(self) -> SnapshotStore:
        return self.target.snapshots.read_once()

    @cached_property
    def merged_pulls(self) -> MergedPulls:
        return MergedPulls(self.target, self._history, self._snapshots)

    def collect_knowledge(self, lookups: Mapping[str, TextLookup]) -> GitKnowledge:
        """Return the knowledge of git about the texts: their places, and their last writes."""
        found = self.find_texts(lookups)
        knowledge = GitKnowledge(
            found.texts,
            self._snapshots.find_last_writes(),
            rollbacks=find_rollbacks_in_force(
                self.target, lookups, self._history.tip, snapshots=self._snapshots
            ),
            earlier_texts=self._find_earlier_texts(lookups),
        )
        if found.is_complete:
            unknown = _leave_out(_leave_out_absent(lookups), found.texts)
            return replace(knowledge, unknown_hint=self._explain_squash() if unknown else "")
        reason = f"nobody can tell: the history is not complete here. {found.hint}"
        return replace(knowledge, unknown_note=reason, cause_if_unknown="unknown")

    def _explain_squash(self) -> str:
        """Return where a missing text may be if the folder is in a squashed subtree."""
        workspace, tip = self.target.workspace, self._history.tip
        subtree = (
            find_squashed_subtree(workspace.repository, workspace.folder, tip=tip) if tip else None
        )
        if subtree is None:
            return ""
        return (
            f"{subtree} was merged with `git subtree --squash`: its earlier texts may be in the "
            "repository that it comes from. To search them, fetch its branch: "
            "`git fetch REPOSITORY BRANCH:refs/remotes/subtree/BRANCH`"
        )

    def _find_earlier_texts(self, lookups: Mapping[str, TextLookup]) -> frozenset[str]:
        """Find the models without a remote text that once had one, if git has a trace of it.

        That is so if a pull took a text, or if the file once had another text than now and was for
        this model then. A file that always had its text says nothing: it may never have been
        deployed.
        """
        paths = {
            model: each.path
            for model, each in lookups.items()
            if each.sha256 == EMPTY_TEXT.sha256 and each.desired_sha256 and each.path
        }
        changed = self._history.select_changed_files(paths.values()) if paths else set()
        past = (
            self._history.read_versions(changed, hash_texts=make_text_hasher(self.target))
            if changed and self._history.is_complete
            else {}
        )
        records = self._snapshots.list_pulls() if paths else {}
        found = {
            model
            for model in paths
            if any(each.remote_sha256 != EMPTY_TEXT.sha256 for each in records.get(model, ()))
        }
        for model, path in paths.items():
            same = {lookups[model].desired_sha256, EMPTY_TEXT.sha256}
            if self._had_another_text(model, path, past.get(path, ()), same=same):
                found.add(model)
        return frozenset(found)

    def _had_another_text(
        self, model: str, path: str, versions: Sequence[bytes], *, same: AbstractSet[str | None]
    ) -> bool:
        """Return True if one of the versions, newest first, was for the model and is not `same`.

        The newest one is the file as it is; a copy from another target can differ from it.
        """
        aliases = self.target.aliases
        now = hash_possible_texts(versions[0], aliases) if versions else ()
        for data in versions[1:]:
            name = guess_model_name(path, data, target=aliases.target)
            hashes = hash_possible_texts(data, aliases)
            is_same = not same.isdisjoint(hashes) or not set(now).isdisjoint(hashes)
            if hashes and not is_same and name and aliases.get_model_id(name) == model:
                return True
        return False

    def find_texts(self, lookups: Mapping[str, TextLookup]) -> TextSearchResult:
        """Find the texts in git, by the present and all former configs.

        A text of a newer commit counts as that, even if the history has it as an older version as
        well. Other refs are searched only for texts that are found nowhere else. An empty text is
        looked up only where a file has it, too: to replace nothing loses nothing.
        """
        lookups = _leave_out_absent(lookups)
        own = find_texts_by_configs(self.target, self._history, lookups)
        known = {**own.texts, **self._find_later_writes(lookups, own.texts)}
        known |= self._find_newer_texts(lookups, unknown=_leave_out(lookups, known))
        known |= self._find_recorded_texts(_leave_out(lookups, known))
        known |= self.merged_pulls.find_texts(_leave_out(lookups, known))
        unknown = _leave_out(lookups, known)
        if not unknown:
            return TextSearchResult(known, own.is_complete, own.hint)
        elsewhere = find_texts_elsewhere(
            self._history,
            unknown,
            hash_texts=make_text_hasher(self.target, read_former_configs(self.target, EVERY_REF)),
        )
        hint = own.hint if elsewhere.hint in own.hint else elsewhere.hint
        return TextSearchResult({**elsewhere.texts, **known}, is_complete=not hint, hint=hint)

    def _find_newer_texts(
        self, lookups: Mapping[str, TextLookup], *, unknown: Mapping[str, TextLookup]
    ) -> dict[str, KnownText]:
        """Find the texts that a branch has in newer commits: the deploy branch, or the checkout.

        A newer config can give a text to an older file; that counts for `unknown` ones only.
        """
        found: dict[str, KnownText] = {}
        tip = self._history.tip
        for branch in self._list_newer_branches() if lookups else ():
            former = read_former_configs(self.target, [branch.commit])
            newer = find_newer_texts(
                self._history,
                {m: each for m, each in lookups.items() if each.sha256 != each.desired_sha256},
                branch,
                hash_texts=make_text_hasher(self.target, former),
                former_folders=list_former_folders(self.target, former),
            )
            found = {**newer.texts, **found}
            if configs := read_former_configs(self.target, [branch.commit, f"^{tip}"]):
                by_config = find_newer_texts(
                    self._history,
                    _leave_out(unknown, found),
                    branch,
                    hash_texts=make_text_hasher(self.target, configs),
                    former_folders=list_former_folders(self.target, configs),
                    whole=True,
                )
                found = {**by_config.texts, **found}
        return found

    def _list_newer_branches(self) -> list[Branch]:
        """List the branches that may be ahead of the files, except those that are not."""
        repository, tip = self.target.workspace.repository, self._history.tip
        deploy, head = _find_deploy_branch(self.target), repository.find_head()
        checkout = Branch("HEAD", head) if self.commit and head else None
        return [
            branch
            for branch in (deploy, checkout)
            if branch and tip and branch.commit != tip
            if not repository.is_ancestor(branch.commit, tip)
        ]

    def _find_later_writes(
        self, lookups: Mapping[str, TextLookup], known: Mapping[str, KnownText]
    ) -> dict[str, KnownText]:
        """Find the known texts that a run from a newer commit wrote again."""
        repository, tip = self.target.workspace.repository, self._history.tip
        found: dict[str, KnownText] = {}
        last_writes = self._snapshots.find_last_writes() if known and tip else {}
        is_newer: dict[str, bool] = {}
        for model, text in known.items():
            wanted, last = lookups[model], last_writes.get(model)
            if last is None or tip is None or wanted.sha256 == wanted.desired_sha256:
                continue
            if (source := last.source_commit) and last.stored_sha256 == wanted.sha256:
                if source not in is_newer:
                    is_newer[source] = _is_newer_commit(repository, source, tip=tip)
                if is_newer[source]:
                    found[model] = KnownText("later_run", text.deployed, source)
        return found

    def _find_recorded_texts(self, lookups: Mapping[str, TextLookup]) -> dict[str, KnownText]:
        """Find the texts that a run wrote or replaced, and tell if its commit is in the history.

        In a shallow clone nobody can tell so of a commit that is missing.
        """
        sources = self._snapshots.find_sources_by_hash() if lookups else {}
        repository, tip = self.target.workspace.repository, self._history.tip
        found: dict[str, KnownText] = {}
        for model, wanted in lookups.items():
            commits = sources.get(wanted.sha256, set())
            if not commits:
                continue
            others = sorted(each for each in commits if each)
            if None in commits or (tip and any(repository.is_ancestor(c, tip) for c in others)):
                found[model] = KnownText("snapshot")
            elif not repository.is_shallow() or all(map(repository.find_commit, others)):
                found[model] = KnownText("later_run", ref=others[0])
        return found


def _is_absent_text(lookup: TextLookup) -> bool:
    """Return True if Scenario has no text, and the file is not about to empty it either."""
    return lookup.sha256 == EMPTY_TEXT.sha256 != lookup.desired_sha256


def _leave_out_absent(lookups: Mapping[str, TextLookup]) -> dict[str, TextLookup]:
    return {model: each for model, each in lookups.items() if not _is_absent_text(each)}


def _leave_out(lookups: Mapping[str, TextLookup], known: Container[str]) -> dict[str, TextLookup]:
    return {model: wanted for model, wanted in lookups.items() if model not in known}


def _find_deploy_branch(target: Target) -> Branch | None:
    """Find the deploy branch: the one of the config, otherwise the HEAD branch of the remote.

    Raises GitError if config.yaml names a branch that does not exist.
    """
    repository, name = target.workspace.repository, target.config.deploy_branch
    if name is None:
        head = repository.find_remote_head()
        return Branch(*head) if head else None
    if commit := repository.find_branch(name):
        return Branch(name, commit)
    raise RepositoryError(
        f'deploy_branch: "{name}" is no branch of {repository.root}.',
        hint="Fetch it (in CI, check out with `fetch-depth: 0`), or correct it in config.yaml.",
    )


def _is_newer_commit(repository: Repository, commit: str, *, tip: str) -> bool:
    """Return True if `commit` is newer than `tip`, or is missing although the clone is complete."""
    if repository.find_commit(commit):
        return commit != tip and repository.is_ancestor(tip, commit)
    return not repository.is_shallow()
