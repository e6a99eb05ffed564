"""The target's history as a git ref: the texts before each run, and what the server then held."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from sync.errors import GitError
from sync.escaping import file_name, snapshot_ref
from sync.git.commits import Commit, write_commit
from sync.git.messages import NOTHING, Line, Phase, Recording, RunInfo, as_message, read_message
from sync.git.process import decoded
from sync.model import Recorded, RunRecord, State, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sync.git.repository import Repository

Changes: TypeAlias = Mapping[str, bytes | None]

ATTEMPTS = 10
MERGED, CONFLICT = "merged", "conflict"


@dataclass(frozen=True, slots=True)
class Entry:
    """A write to come: the text that the server holds, raw, and the hash of the one to be sent.

    `before` is None (or empty) where the model has no description; deleting sends the empty text.
    """

    model: str
    path: str | None
    state: State
    before: str | None
    sent: str


@dataclass(frozen=True, slots=True)
class Left:
    """What a write left: the raw text sent, and the one the server then held.

    The empty text stands for no description; `held` is None where nobody knows whether the write
    arrived.
    """

    sent: str
    held: str | None


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a run did to one model: the raw text it replaced, and the hashes sent and held since.

    `before` is None where there was no description; `held` is None where it is not known.
    """

    path: str | None
    before: str | None
    sent: str
    held: str | None


@dataclass(frozen=True, slots=True)
class Pulled:
    """A remote text, raw, that a pull took into a file whose text had the hash `ours`.

    `into` is the hash of the text that came of it; None where conflicts were left to a person, in
    `marked`, which is then the text with git's markers.
    """

    model: str
    path: str | None
    remote: str
    ours: str
    into: str | None
    marked: str | None = None


@dataclass(frozen=True, slots=True)
class PulledRecord:
    """A pull of a model, by hashes; `into` is None where it left conflicts in a file of `ours`.

    `commit` is that of the ref.
    """

    commit: str
    remote: str
    ours: str | None
    into: str | None


def new_run_id(time: datetime) -> str:
    """An id that sorts by time and can be typed: `20261123-101500-3f2a`."""
    return f"{time.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class Snapshots:
    """What is recorded of one target.

    A commit's tree has `texts/<model>.md`, the bytes that the server held, and `sent/<model>.md`
    where it had made something else of the text sent, and `pulled/<model>.md`, what was last
    taken into a file, with `marked/<model>.md` where that left conflicts there. `git log -p` on
    `ref` is the target's history.
    """

    repository: Repository
    target: str

    @property
    def ref(self) -> str:
        return snapshot_ref(self.target)

    def tip(self) -> str | None:
        return self.repository.find(self.ref)

    # --- writing ---

    def record_before(self, run: RunInfo, entries: Sequence[Entry]) -> str:
        """Keep the texts that the run is about to replace; they are on disk when this returns."""
        lines = [Line(e.state, e.model, e.path, sent=e.sent, held=None) for e in entries]
        changes = _merged(_texts(entry.model, held=entry.before or "") for entry in entries)
        replaced = sum(1 for entry in entries if entry.before)
        subject = f"{len(entries)} to be written, {_texts_count(replaced)} to be replaced"
        return self._record(run, "before", subject=subject, lines=lines, changes=changes)

    def record_after(self, run: RunInfo, outcomes: Mapping[str, Left]) -> str:
        """Keep what the server held after the run, for the models that were, or may be, written."""
        lines = [_outcome_line(model, left) for model, left in outcomes.items()]
        changes = _merged(_left_texts(model, left) for model, left in outcomes.items())
        written = sum(1 for left in outcomes.values() if left.held is not None)
        subject = f"{_texts_count(written)} written"
        return self._record(run, "after", subject=subject, lines=lines, changes=changes)

    def record_pulled(self, run: RunInfo, pulled: Sequence[Pulled]) -> str:
        """Keep the remote texts that a pull took into files, to which they are from now on known.

        They count as known where the history has what came of them, as nobody may commit that.
        """
        lines = [_pulled_line(each) for each in pulled]
        changes = _merged(_pulled_texts(each) for each in pulled)
        subject = f"{_texts_count(len(pulled))} taken into files"
        return self._record(run, "pulled", subject=subject, lines=lines, changes=changes)

    def _record(
        self,
        run: RunInfo,
        phase: Phase,
        *,
        subject: str,
        lines: Sequence[Line],
        changes: Changes,
    ) -> str:
        message = as_message(run, phase, subject=subject, lines=lines)
        for _ in range(ATTEMPTS):
            tip = self.tip()
            known = self.files(tip)
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

    def files(self, commit: str | None) -> dict[str, str]:
        """The files of a snapshot and their blobs."""
        if commit is None:
            return {}
        fields = map(decoded, self.repository.git.fields("ls-tree", "-r", "-z", commit))
        return {path: about.split(" ")[2] for about, _, path in (f.partition("\t") for f in fields)}

    def runs(self) -> list[RunRecord]:
        """The recorded runs, newest first."""
        recordings = list(self._recordings())
        ends = {each.run: each for each in recordings if each.phase == "after"}
        return [_run(each, ends.get(each.run)) for each in recordings if each.phase == "before"]

    def cut_off(self) -> list[RunRecord]:
        """The runs without an end, newest first, none of whose models was written since."""
        recordings = list(self._recordings())
        ended = {each.run for each in recordings if each.phase == "after"}
        since: set[str] = set()
        found = []
        for each in (each for each in recordings if each.phase == "before"):
            models = {line.model for line in each.lines}
            if each.run not in ended and models.isdisjoint(since):
                found.append(_run(each, None))
            since |= models
        return found

    def run(self, id_or_prefix: str) -> tuple[RunRecord, dict[str, Replacement]]:
        """One run, and by model what it replaced; models that it never wrote are left out."""
        recordings = list(self._recordings())
        start = self._only([each for each in recordings if each.phase == "before"], id_or_prefix)
        ends = (each for each in recordings if each.phase == "after" and each.run == start.run)
        end = next(ends, None)
        held = {line.model: line.held for line in end.lines} if end else {}
        lines = [line for line in start.lines if end is None or line.model in held]
        before = self._texts_at(start.commit, [line.model for line in lines])
        return _run(start, end), {
            line.model: Replacement(
                line.path, before.get(line.model), line.sent, held.get(line.model)
            )
            for line in lines
        }

    def recorded(self) -> dict[str, Recorded]:
        """What the last run that wrote a model left there, for every model ever written."""
        recordings = list(self._recordings())
        ended = {each.run for each in recordings if each.phase == "after"}
        last: dict[str, Recorded] = {}
        for each in recordings:
            if each.phase == "after" or (each.phase == "before" and each.run not in ended):
                for line in each.lines:
                    last.setdefault(line.model, Recorded(line.sent, line.held))
        return last

    def pulled(self) -> dict[str, list[PulledRecord]]:
        """The pulls of every model ever pulled, newest first.

        Any of them may have been thrown away since; the older ones are good all the same.
        """
        found: defaultdict[str, list[PulledRecord]] = defaultdict(list)
        for each in self._recordings():
            for line in each.lines if each.phase == "pulled" else ():
                ours, into = (line.sent, None) if line.word == CONFLICT else (None, line.sent)
                found[line.model].append(PulledRecord(each.commit, line.held or "", ours, into))
        return found

    def marked(self, model: str, record: PulledRecord) -> str | None:
        """The text with conflict markers that a pull left; None where it left none."""
        return self._texts_at(record.commit, [model], folder="marked").get(model)

    def bases(
        self, models: Collection[str], *, taken_in: Mapping[str, PulledRecord]
    ) -> dict[str, Text]:
        """What the files of the models last had in common with the server.

        That is what was last sent there, or what a pull brought that was `taken_in`.
        """
        bases: dict[str, Text] = {}
        for each in self._recordings():
            pulled = each.phase == "pulled"
            new = [
                line.model
                for line in each.lines
                if line.held and line.model in models and line.model not in bases
                if not pulled or _is_of(each, taken_in.get(line.model))
            ]
            for folder in ("pulled",) if pulled else ("texts", "sent"):
                found = self._texts_at(each.commit, new, folder=folder) if new else {}
                bases |= {model: Text(text) for model, text in found.items()}
        return bases

    def _only(self, starts: Sequence[Recording], prefix: str) -> Recording:
        found = [each for each in starts if each.run.startswith(prefix)]
        exact = [each for each in found if each.run == prefix]
        match exact or found:
            case [only]:
                return only
            case []:
                raise GitError(
                    f'No run "{prefix}" is recorded for {self.target}.',
                    hint="`description-sync history` lists the runs.",
                )
            case several:
                names = ", ".join(each.run for each in several)
                raise GitError(f'"{prefix}" may be any of {names}.', hint="Name it in full.")

    def _texts_at(
        self, commit: str, models: Sequence[str], *, folder: str = "texts"
    ) -> dict[str, str]:
        files = self.files(commit)
        paths = {model: f"{folder}/{file_name(model)}" for model in models}
        found = {model: files[path] for model, path in paths.items() if path in files}
        contents = self.repository.git.blobs(found.values())
        return {
            model: self._text(model, data) for model, (_, data) in zip(found, contents, strict=True)
        }

    def _text(self, model: str, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise GitError(
                f"What {self.ref} holds for {model} is not UTF-8: it was put there by something "
                "else than description-sync.",
                hint=f"Look at it with `git log -p {self.ref}`.",
            ) from None

    def _recordings(self) -> Iterator[Recording]:
        """The commits of the ref, newest first; merges of two machines' commits left out."""
        tip = self.tip()
        if tip is None:
            return
        log = ("-c", "log.showSignature=false", "log", "-z", "--date-order", "--no-merges")
        fields = self.repository.git.fields(
            *log, "--encoding=UTF-8", "--format=%H %ct%x00%B", tip, "--"
        )
        for about in fields:
            commit, seconds = decoded(about).split(" ")
            time = datetime.fromtimestamp(int(seconds), UTC)
            yield read_message(commit, time, decoded(next(fields)))


def _texts(model: str, *, held: str, sent: str = "") -> Changes:
    """The files of one model, None where there is to be none."""
    name = file_name(model)
    return {f"texts/{name}": held.encode() or None, f"sent/{name}": sent.encode() or None}


def _pulled_texts(pulled: Pulled) -> Changes:
    name, marked = file_name(pulled.model), pulled.marked
    return {
        f"pulled/{name}": pulled.remote.encode(),
        f"marked/{name}": None if marked is None else marked.encode(),
    }


def _is_of(recording: Recording, record: PulledRecord | None) -> bool:
    return record is not None and record.commit == recording.commit


def _left_texts(model: str, left: Left) -> Changes:
    if left.held is None:
        return {}
    altered = not Text(left.held).same_as(Text(left.sent))
    return _texts(model, held=left.held, sent=left.sent if altered else "")


def _merged(changes: Iterator[Changes]) -> Changes:
    return {path: text for each in changes for path, text in each.items()}


def _outcome_line(model: str, left: Left) -> Line:
    sent = Text(left.sent).sha256
    held = None if left.held is None else Text(left.held).sha256
    word = "unsure" if held is None else "written" if held == sent else "altered"
    return Line(word, model, None, sent, held)


def _pulled_line(pulled: Pulled) -> Line:
    word = MERGED if pulled.into else CONFLICT
    held = Text(pulled.remote).sha256
    return Line(word, pulled.model, pulled.path, pulled.into or pulled.ours, held)


def _texts_count(count: int) -> str:
    return f"{count} text" if count == 1 else f"{count} texts"


def _run(start: Recording, end: Recording | None) -> RunRecord:
    source = start.trailers.get("Source-Commit", NOTHING)
    written = {line.model for line in end.lines if line.held} if end else set()
    there = [line.model for line in start.lines if line.word != "create"]
    return RunRecord(
        id=start.run,
        time=start.time,
        command=unquote(start.trailers.get("Command", "")),
        source_commit=None if source == NOTHING else source,
        replaced=len(written.intersection(there)) if end else len(there),
        written=len(written),
        before=start.commit,
        after=end.commit if end else None,
        unsure=len(end.lines) - len(written) if end else 0,
    )
