"""Record each run of a target on a git ref: the replaced texts, and the texts after the run."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.errors import GitError, RepositoryError
from sync.git import recorded_runs
from sync.git.commit_files import list_blobs
from sync.git.commits import Commit, write_commit
from sync.git.messages import (
    Phase,
    RecordedProject,
    RunInfo,
    SnapshotCommit,
    SnapshotLine,
    format_message,
)
from sync.git.recorded_runs import make_run_record
from sync.git.rollbacks import RolledBackModel, find_rolled_back_models
from sync.git.snapshot_changes import (
    ALTERED,
    make_outcome_changes,
    make_outcome_line,
    make_pending_line,
    make_pull_changes,
    make_pull_line,
    make_text_changes,
    merge_changes,
)
from sync.git.snapshot_log import find_snapshot_tip, read_snapshot_log
from sync.git.snapshot_names import make_snapshot_file_name
from sync.git.snapshot_records import ReplacedText
from sync.model.run_record import ForeignRuns
from sync.model.text import EMPTY_TEXT, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sync.git.repository import Repository
    from sync.git.snapshot_changes import FileChanges
    from sync.git.snapshot_records import PendingWrite, PulledText, PullRecord, WrittenText
    from sync.model.known_texts import LastWrite
    from sync.model.run_record import RunRecord
    from sync.model.target_identity import TargetIdentity


SNAPSHOT_REFS = "refs/description-sync/"
ATTEMPTS = 10


def make_run_id(time: datetime) -> str:
    """Make an id that sorts by time and is easy to type: `20261123-101500-3f2a`."""
    return f"{time.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class SnapshotStore:
    """The snapshots of one target, as commits on the git ref `ref`.

    The tree of a commit has these files per model; `git log -p` of `ref` is the target's history:

    * `texts/<model>.md`: the bytes that the server had
    * `sent/<model>.md`: the text sent, only if the server altered it
    * `pulled/<model>.md`: the text from Scenario that was pulled last
    * `marked/<model>.md`: the text with conflict markers, only if that pull left conflicts

    A recording names its project and its config file. Recordings of another project or config file
    may be on the same ref, for example if `base_url` was changed; only `list_foreign_runs` counts
    them.
    """

    repository: Repository
    target: TargetIdentity
    _commits: Sequence[SnapshotCommit] | None = field(default=None, repr=False, compare=False)

    @property
    def ref(self) -> str:
        return self.target.snapshot_ref

    def find_tip(self) -> str | None:
        """Return the newest commit of the ref, or None. Raises GitError if the ref is damaged."""
        return find_snapshot_tip(self.repository, self.ref)

    # --- writing ---

    def record_before(self, run: RunInfo, entries: Sequence[PendingWrite]) -> str:
        """Commit the texts that the run is about to replace; return the commit, flushed to disk."""
        lines = [make_pending_line(entry) for entry in entries]
        changes = merge_changes(
            make_text_changes(entry.model, stored=entry.before or "") for entry in entries
        )
        replaced = sum(1 for entry in entries if entry.before)
        subject = f"{len(entries)} to be written, {format_count(replaced, 'text')} to be replaced"
        return self._write_snapshot(run, "before", subject=subject, lines=lines, changes=changes)

    def record_after(self, run: RunInfo, outcomes: Mapping[str, WrittenText]) -> str:
        """Commit the texts that the server had after the run, for each model possibly written."""
        lines = [make_outcome_line(model, left) for model, left in outcomes.items()]
        changes = merge_changes(
            make_outcome_changes(model, left) for model, left in outcomes.items()
        )
        written = sum(1 for left in outcomes.values() if left.stored is not None)
        subject = f"{format_count(written, 'text')} written"
        return self._write_snapshot(run, "after", subject=subject, lines=lines, changes=changes)

    def record_pull(self, run: RunInfo, pulled: Sequence[PulledText]) -> str:
        """Commit the texts from Scenario that a pull merged into files.

        A pulled text counts as known only if git history has the merge result, because the user may
        never commit that file.
        """
        lines = [make_pull_line(each) for each in pulled]
        changes = merge_changes(make_pull_changes(each) for each in pulled)
        subject = f"{format_count(len(pulled), 'text')} taken into files"
        return self._write_snapshot(run, "pulled", subject=subject, lines=lines, changes=changes)

    def record_probe(self, run: RunInfo) -> str:
        """Commit nothing but the fact that `doctor` tried a push; no reader counts it as a run."""
        subject = "a push is tried"
        return self._write_snapshot(run, "probe", subject=subject, lines=[], changes={})

    def _write_snapshot(
        self,
        run: RunInfo,
        phase: Phase,
        *,
        subject: str,
        lines: Sequence[SnapshotLine],
        changes: FileChanges,
    ) -> str:
        message = format_message(run, phase, target=self.target, subject=subject, lines=lines)
        for _ in range(ATTEMPTS):
            tip = self.find_tip()
            known = self.list_files(tip)
            needed = {
                path: text for path, text in changes.items() if text is not None or path in known
            }
            commit = Commit(message, run.time, parents=[tip] if tip else [], changes=needed)
            if written := write_commit(self.repository.git, self.ref, commit=commit):
                return written
        raise GitError(
            f"{self.ref} could not be moved to a new snapshot: others move it, or it is locked.",
            hint="If no other run is under way, remove the lock that a killed one left: "
            f"{self.repository.common_dir / self.ref}.lock",
        )

    # --- reading ---

    def read_once(self) -> SnapshotStore:
        """Return a store that reads the ref only once, now."""
        return replace(self, _commits=self._read_commits())

    def list_files(self, commit: str | None) -> dict[str, str]:
        """Map the paths of the files in a snapshot to their blob ids; None has no files."""
        if commit is None:
            return {}
        return dict(list_blobs(self.repository, commit))

    def list_runs(self) -> list[RunRecord]:
        """List the recorded runs, newest first."""
        return recorded_runs.list_runs(self._read_commits())

    def list_foreign_runs(self) -> list[ForeignRuns]:
        """Count the runs on the ref that belong to another project or config file.

        With those for the same project on other refs: the config file may have been moved, or the
        target renamed.
        """
        every = list(read_snapshot_log(self.repository, self.ref))
        starts = [each for each in every if each.phase == "before"]
        foreign = Counter(
            each.project for each in starts if not self._belongs_to_target(each, every)
        )
        return [
            ForeignRuns(project.base_url, project.project_id, project.config, count)
            if project
            else ForeignRuns(None, None, None, count)
            for project, count in foreign.items()
        ] + self._list_runs_on_other_refs()

    def _list_runs_on_other_refs(self) -> list[ForeignRuns]:
        url, id_ = self.target.base_url, self.target.project_id
        refs = self.repository.git.read_line(
            "for-each-ref", "--format=%(refname)", SNAPSHOT_REFS
        ).splitlines()
        found = []
        for ref in refs:
            if ref == self.ref:
                continue
            with suppress(GitError):  # a ref that is damaged stops the commands of its own target
                projects = Counter(
                    each.project
                    for each in read_snapshot_log(self.repository, ref)
                    if each.phase == "before"
                )
                found += [
                    ForeignRuns(url, id_, project.config, count, ref)
                    for project, count in projects.items()
                    if project and (project.base_url, project.project_id) == (url, id_)
                ]
        return found

    def find_interrupted_runs(self) -> list[RunRecord]:
        """Find the runs without a recorded end, unless a later run wrote one of their models."""
        return recorded_runs.find_interrupted_runs(self._read_commits())

    def read_run(self, id_or_prefix: str) -> tuple[RunRecord, dict[str, ReplacedText]]:
        """Return one run and, by model, the texts that it replaced.

        Models that the run did not write are left out. Raises GitError if no run, or more than one,
        has this id or prefix.
        """
        recordings = self._read_commits()
        start = self._find_run_start(
            [each for each in recordings if each.phase == "before"], id_or_prefix
        )
        ends = (
            each for each in recordings if each.phase == "after" and each.run_id == start.run_id
        )
        end = next(ends, None)
        stored = {line.model: line.stored_sha256 for line in end.lines} if end else {}
        lines = [line for line in start.lines if end is None or line.model in stored]
        before = self._read_texts(start.commit, [line.model for line in lines])
        return make_run_record(start, end), {
            line.model: ReplacedText(
                line.path, before.get(line.model), line.sent_sha256, stored.get(line.model)
            )
            for line in lines
        }

    def read_written_texts(self, run: RunRecord, models: Sequence[str]) -> dict[str, str]:
        """Return the raw texts that Scenario had after the run; a model without one is left out."""
        return self._read_texts(run.after, models) if run.after else {}

    def find_last_writes(self) -> dict[str, LastWrite]:
        """Return the last write of every model that was ever written, by model."""
        return recorded_runs.find_last_writes(self._read_commits())

    def find_write_times(self) -> dict[str, datetime]:
        """Return when each model was written last, by a run that recorded its end."""
        return recorded_runs.find_write_times(self._read_commits())

    def find_rolled_back_models(self) -> dict[str, RolledBackModel]:
        """Return the models whose last recorded write was a rollback, by model."""
        return find_rolled_back_models(self._read_commits())

    def find_sources_by_hash(self) -> dict[str, set[str | None]]:
        """Map the hash of each text that a run replaced or wrote to the runs' source commits.

        A text that a run did not replace in the end is not included, because nobody has agreed yet
        to replace it.
        """
        recordings = self._read_commits()
        ends = {each.run_id: each for each in recordings if each.phase == "after"}
        found: defaultdict[str, set[str | None]] = defaultdict(set)
        for each in recordings:
            known: set[str] = set()
            if each.phase == "before":
                end = ends.get(each.run_id)
                written = {line.model for line in (end or each).lines}
                known = self._list_replaced_hashes(each, written)
            elif each.phase == "after":
                known = {line.stored_sha256 for line in each.lines if line.stored_sha256}
                known |= {line.sent_sha256 for line in each.lines if line.status == ALTERED}
            for sha256 in known - {EMPTY_TEXT.sha256}:
                found[sha256].add(each.source_commit)
        return dict(found)

    def _list_replaced_hashes(self, start: SnapshotCommit, models: Collection[str]) -> set[str]:
        lines = [line for line in start.lines if line.model in models]
        if start.project is None:  # early versions did not write down the hash
            texts = self._read_texts(start.commit, [line.model for line in lines])
            return {Text(text).sha256 for text in texts.values()}
        return {line.stored_sha256 for line in lines if line.stored_sha256}

    def list_pulls(self) -> dict[str, list[PullRecord]]:
        """Return the pulls of every model that was ever pulled, newest first, by model."""
        return recorded_runs.list_pulls(self._read_commits())

    def read_conflict_text(self, model: str, record: PullRecord) -> str | None:
        """Return the text with conflict markers that a pull left, or None if it left none."""
        return self._read_texts(record.commit, [model], folder="marked").get(model)

    def find_merge_bases(
        self, models: Collection[str], *, merged_pulls: Mapping[str, PullRecord]
    ) -> dict[str, Text]:
        """Return the merge base of each model: the last text that its file and Scenario shared.

        That is the text of the last write, or of a later pull if it is in `merged_pulls`, which
        holds the pull whose result is in the file, by model.
        """
        bases: dict[str, Text] = {}
        for each in (each for each in self._read_commits() if each.phase != "before"):
            pulled = each.phase == "pulled"
            new = [
                line.model
                for line in each.lines
                if line.stored_sha256 and line.model in models and line.model not in bases
                if not pulled or _is_same_pull(each, merged_pulls.get(line.model))
            ]
            for folder in ("pulled",) if pulled else ("texts", "sent"):
                found = self._read_texts(each.commit, new, folder=folder) if new else {}
                bases |= {model: Text(text) for model, text in found.items()}
        return bases

    def _find_run_start(self, starts: Sequence[SnapshotCommit], prefix: str) -> SnapshotCommit:
        found = [each for each in starts if each.run_id.startswith(prefix)]
        exact = [each for each in found if each.run_id == prefix]
        match exact or found:
            case [only]:
                return only
            case []:
                raise RepositoryError(
                    f'no run "{prefix}" is recorded for {self.target.name}',
                    hint="`description-sync history` lists the runs.",
                )
            case several:
                names = ", ".join(each.run_id for each in several)
                raise RepositoryError(
                    f'"{prefix}" can be any of these runs: {names}', hint="Write the whole id."
                )

    def _read_texts(
        self, commit: str, models: Sequence[str], *, folder: str = "texts"
    ) -> dict[str, str]:
        files = self.list_files(commit)
        paths = {model: f"{folder}/{make_snapshot_file_name(model)}" for model in models}
        found = {model: files[path] for model, path in paths.items() if path in files}
        contents = self.repository.git.read_blobs(found.values())
        return {
            model: self._decode_text(model, data)
            for model, (_, data) in zip(found, contents, strict=True)
        }

    def _decode_text(self, model: str, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise GitError(
                f"What {self.ref} holds for {model} is not UTF-8: it was put there by something "
                "else than description-sync.",
                hint=f"Look at it with `git log -p {self.ref}`.",
            ) from None

    def _read_commits(self) -> Sequence[SnapshotCommit]:
        """Return the commits that count for this target, newest first."""
        if self._commits is not None:
            return self._commits
        every = list(read_snapshot_log(self.repository, self.ref))
        return [each for each in every if self._belongs_to_target(each, every)]

    def _belongs_to_target(self, each: SnapshotCommit, every: Sequence[SnapshotCommit]) -> bool:
        """Return True if the commit is about this project and config file.

        Commits of early versions do not name a project. They count if all others name this one.
        """
        if each.project is None:
            return all(other.project in (None, self._project) for other in every)
        return each.project == self._project

    @property
    def _project(self) -> RecordedProject:
        return RecordedProject.of(self.target)


def _is_same_pull(recording: SnapshotCommit, record: PullRecord | None) -> bool:
    return record is not None and record.commit == recording.commit
