"""Record each run of a target on a git ref: the replaced texts, and the texts after the run."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from sync.errors import GitError
from sync.git.commits import Commit, write_commit
from sync.git.messages import (
    ABSENT,
    Phase,
    RunInfo,
    SnapshotCommit,
    SnapshotLine,
    format_message,
    parse_message,
)
from sync.git.process import decode_printable
from sync.git.snapshot_names import make_snapshot_file_name
from sync.model import LastWrite, RunRecord, State, Text, make_snapshot_ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sync.git.repository import Repository

FileChanges: TypeAlias = Mapping[str, bytes | None]

ATTEMPTS = 10
MERGED, CONFLICT = "merged", "conflict"


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that the run is about to make.

    `before` is the raw text that the server has, None or empty if the model has no description.
    `sent_sha256` is the hash of the text to send; deleting sends the empty text.
    """

    model: str
    path: str | None
    state: State
    before: str | None
    sent_sha256: str


@dataclass(frozen=True, slots=True)
class WrittenText:
    """The result of a write: the raw text sent, and the raw text that the server then had.

    The empty text means that there is no description. `held` is None if it is not known whether
    the write arrived.
    """

    sent: str
    held: str | None


@dataclass(frozen=True, slots=True)
class ReplacedText:
    """A text that a run replaced, with the hashes of the texts sent and held since.

    `before` is the raw text, None if there was no description. `held_sha256` is None if it is not
    known what the server had after the run.
    """

    path: str | None
    before: str | None
    sent_sha256: str
    held_sha256: str | None


@dataclass(frozen=True, slots=True)
class PulledText:
    """A raw text from Scenario that a pull merged into a file.

    `ours_sha256` is the hash of the file's text before, `result_sha256` of its text after the
    merge. If the merge left conflicts, `result_sha256` is None and `conflict_text` is the text with
    git's conflict markers.
    """

    model: str
    path: str | None
    remote_text: str
    ours_sha256: str
    result_sha256: str | None
    conflict_text: str | None = None


@dataclass(frozen=True, slots=True)
class PullRecord:
    """One recorded pull of a model, as hashes of texts.

    `commit` is the commit of the snapshot ref. Of the other two, one is None: a merge without
    conflicts has a `result_sha256`, a merge with conflicts has the `ours_sha256` of the file.
    """

    commit: str
    remote_sha256: str
    ours_sha256: str | None
    result_sha256: str | None


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
    """

    repository: Repository
    target: str

    @property
    def ref(self) -> str:
        return make_snapshot_ref(self.target)

    def find_tip(self) -> str | None:
        return self.repository.find_commit(self.ref)

    # --- writing ---

    def record_before(self, run: RunInfo, entries: Sequence[PendingWrite]) -> str:
        """Commit the texts that the run is about to replace; return the commit, flushed to disk."""
        lines = [
            SnapshotLine(e.state, e.model, e.path, sent_sha256=e.sent_sha256, held_sha256=None)
            for e in entries
        ]
        changes = _merge_changes(
            _make_text_changes(entry.model, held=entry.before or "") for entry in entries
        )
        replaced = sum(1 for entry in entries if entry.before)
        subject = f"{len(entries)} to be written, {_format_text_count(replaced)} to be replaced"
        return self._write_snapshot(run, "before", subject=subject, lines=lines, changes=changes)

    def record_after(self, run: RunInfo, outcomes: Mapping[str, WrittenText]) -> str:
        """Commit the texts that the server had after the run, for each model possibly written."""
        lines = [_make_outcome_line(model, left) for model, left in outcomes.items()]
        changes = _merge_changes(
            _make_outcome_changes(model, left) for model, left in outcomes.items()
        )
        written = sum(1 for left in outcomes.values() if left.held is not None)
        subject = f"{_format_text_count(written)} written"
        return self._write_snapshot(run, "after", subject=subject, lines=lines, changes=changes)

    def record_pull(self, run: RunInfo, pulled: Sequence[PulledText]) -> str:
        """Commit the texts from Scenario that a pull merged into files.

        A pulled text counts as known only if git history has the merge result, because the user may
        never commit that file.
        """
        lines = [_make_pull_line(each) for each in pulled]
        changes = _merge_changes(_make_pull_changes(each) for each in pulled)
        subject = f"{_format_text_count(len(pulled))} taken into files"
        return self._write_snapshot(run, "pulled", subject=subject, lines=lines, changes=changes)

    def _write_snapshot(
        self,
        run: RunInfo,
        phase: Phase,
        *,
        subject: str,
        lines: Sequence[SnapshotLine],
        changes: FileChanges,
    ) -> str:
        message = format_message(run, phase, subject=subject, lines=lines)
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

    def list_files(self, commit: str | None) -> dict[str, str]:
        """Map the paths of the files in a snapshot to their blob ids; None has no files."""
        if commit is None:
            return {}
        fields = map(
            decode_printable, self.repository.git.stream_fields("ls-tree", "-r", "-z", commit)
        )
        return {path: about.split(" ")[2] for about, _, path in (f.partition("\t") for f in fields)}

    def list_runs(self) -> list[RunRecord]:
        """List the recorded runs, newest first."""
        recordings = list(self._read_commits())
        ends = {each.run_id: each for each in recordings if each.phase == "after"}
        return [
            _make_run_record(each, ends.get(each.run_id))
            for each in recordings
            if each.phase == "before"
        ]

    def find_interrupted_runs(self) -> list[RunRecord]:
        """Find the runs that recorded no end, newest first.

        A run is left out if a later run wrote one of its models.
        """
        recordings = list(self._read_commits())
        ended = {each.run_id for each in recordings if each.phase == "after"}
        since: set[str] = set()
        found = []
        for each in (each for each in recordings if each.phase == "before"):
            models = {line.model for line in each.lines}
            if each.run_id not in ended and models.isdisjoint(since):
                found.append(_make_run_record(each, None))
            since |= models
        return found

    def read_run(self, id_or_prefix: str) -> tuple[RunRecord, dict[str, ReplacedText]]:
        """Return one run and, by model, the texts that it replaced.

        Models that the run did not write are left out. Raises GitError if no run, or more than one,
        has this id or prefix.
        """
        recordings = list(self._read_commits())
        start = self._find_run_start(
            [each for each in recordings if each.phase == "before"], id_or_prefix
        )
        ends = (
            each for each in recordings if each.phase == "after" and each.run_id == start.run_id
        )
        end = next(ends, None)
        held = {line.model: line.held_sha256 for line in end.lines} if end else {}
        lines = [line for line in start.lines if end is None or line.model in held]
        before = self._read_texts(start.commit, [line.model for line in lines])
        return _make_run_record(start, end), {
            line.model: ReplacedText(
                line.path, before.get(line.model), line.sent_sha256, held.get(line.model)
            )
            for line in lines
        }

    def find_last_writes(self) -> dict[str, LastWrite]:
        """Return the last write of every model that was ever written, by model.

        An interrupted run counts as a write, with an unknown result.
        """
        recordings = list(self._read_commits())
        ended = {each.run_id for each in recordings if each.phase == "after"}
        last: dict[str, LastWrite] = {}
        for each in recordings:
            if each.phase == "after" or (each.phase == "before" and each.run_id not in ended):
                for line in each.lines:
                    last.setdefault(line.model, LastWrite(line.sent_sha256, line.held_sha256))
        return last

    def list_pulls(self) -> dict[str, list[PullRecord]]:
        """Return the pulls of every model that was ever pulled, newest first, by model.

        The user may have discarded the result of any of them, also of the newest one.
        """
        found: defaultdict[str, list[PullRecord]] = defaultdict(list)
        for each in self._read_commits():
            for line in each.lines if each.phase == "pulled" else ():
                ours, into = (
                    (line.sent_sha256, None)
                    if line.status == CONFLICT
                    else (None, line.sent_sha256)
                )
                found[line.model].append(
                    PullRecord(each.commit, line.held_sha256 or "", ours, into)
                )
        return found

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
        for each in self._read_commits():
            pulled = each.phase == "pulled"
            new = [
                line.model
                for line in each.lines
                if line.held_sha256 and line.model in models and line.model not in bases
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
                raise GitError(
                    f'No run "{prefix}" is recorded for {self.target}.',
                    hint="`description-sync history` lists the runs.",
                )
            case several:
                names = ", ".join(each.run_id for each in several)
                raise GitError(f'"{prefix}" may be any of {names}.', hint="Name it in full.")

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

    def _read_commits(self) -> Iterator[SnapshotCommit]:
        """Yield the commits of the ref, newest first, without merges of two machines' commits."""
        tip = self.find_tip()
        if tip is None:
            return
        log = ("-c", "log.showSignature=false", "log", "-z", "--date-order", "--no-merges")
        fields = self.repository.git.stream_fields(
            *log, "--encoding=UTF-8", "--format=%H %ct%x00%B", tip, "--"
        )
        for about in fields:
            commit, seconds = decode_printable(about).split(" ")
            time = datetime.fromtimestamp(int(seconds), UTC)
            yield parse_message(commit, time, decode_printable(next(fields)))


def _make_text_changes(model: str, *, held: str, sent: str = "") -> FileChanges:
    """Return the files to write for one model; None removes a file."""
    name = make_snapshot_file_name(model)
    return {f"texts/{name}": held.encode() or None, f"sent/{name}": sent.encode() or None}


def _make_pull_changes(pulled: PulledText) -> FileChanges:
    name, marked = make_snapshot_file_name(pulled.model), pulled.conflict_text
    return {
        f"pulled/{name}": pulled.remote_text.encode(),
        f"marked/{name}": None if marked is None else marked.encode(),
    }


def _is_same_pull(recording: SnapshotCommit, record: PullRecord | None) -> bool:
    return record is not None and record.commit == recording.commit


def _make_outcome_changes(model: str, left: WrittenText) -> FileChanges:
    if left.held is None:
        return {}
    altered = not Text(left.held).is_same_as(Text(left.sent))
    return _make_text_changes(model, held=left.held, sent=left.sent if altered else "")


def _merge_changes(changes: Iterator[FileChanges]) -> FileChanges:
    return {path: text for each in changes for path, text in each.items()}


def _make_outcome_line(model: str, left: WrittenText) -> SnapshotLine:
    sent = Text(left.sent).sha256
    held = None if left.held is None else Text(left.held).sha256
    word = "unsure" if held is None else "written" if held == sent else "altered"
    return SnapshotLine(word, model, None, sent, held)


def _make_pull_line(pulled: PulledText) -> SnapshotLine:
    word = MERGED if pulled.result_sha256 else CONFLICT
    held = Text(pulled.remote_text).sha256
    return SnapshotLine(
        word, pulled.model, pulled.path, pulled.result_sha256 or pulled.ours_sha256, held
    )


def _format_text_count(count: int) -> str:
    return f"{count} text" if count == 1 else f"{count} texts"


def _make_run_record(start: SnapshotCommit, end: SnapshotCommit | None) -> RunRecord:
    source = start.trailers.get("Source-Commit", ABSENT)
    written = {line.model for line in end.lines if line.held_sha256} if end else set()
    there = [line.model for line in start.lines if line.status != "create"]
    return RunRecord(
        id=start.run_id,
        time=start.time,
        command=unquote(start.trailers.get("Command", "")),
        source_commit=None if source == ABSENT else source,
        replaced=len(written.intersection(there)) if end else len(there),
        written=len(written),
        before=start.commit,
        after=end.commit if end else None,
        unsure=len(end.lines) - len(written) if end else 0,
    )
