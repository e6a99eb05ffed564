"""Log the ends of the runs of this clone, and the first sight of drift, in git's own folder.

The log is for people: no decision depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from sync.model.run_record import LoggedRun, RunEnd
from sync.workspace.private_folder import get_private_path, write_private_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from sync.git import Repository
    from sync.model.target_identity import TargetIdentity

MAX_RUNS = 200
_MAX_REASON_SIZE = 2000  # characters


class _LogEntry(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, from_attributes=True)


class _RunEntry(_LogEntry):
    command: str
    source_commit: str | None
    end: RunEnd
    reason: str
    first_time: AwareDatetime
    time: AwareDatetime
    run: str | None
    times: int

    def to_logged_run(self) -> LoggedRun:
        return LoggedRun(**dict(self))


class _DriftEntry(_LogEntry):
    """The hash of a drifted text, and the time when this clone first saw it."""

    model: str
    remote_sha256: str
    since: AwareDatetime


class _Log(_LogEntry):
    """The runs, newest first, and the drifted texts."""

    runs: tuple[_RunEntry, ...] = ()
    drift: tuple[_DriftEntry, ...] = ()


def read_logged_runs(repository: Repository, target: TargetIdentity) -> tuple[LoggedRun, ...]:
    """Return the runs of this clone, newest first; a log that cannot be read counts as empty."""
    return tuple(
        run.to_logged_run() for run in _read(get_private_path(repository, target, "runs")).runs
    )


def log_run(repository: Repository, target: TargetIdentity, run: LoggedRun) -> None:
    """Add a run to the log, or count it if the last run ended alike. Ignore a failure to write."""
    path = get_private_path(repository, target, "runs")
    log = _read(path)
    entry, earlier = _RunEntry.model_validate(run), log.runs
    entry = entry.model_copy(update={"reason": run.reason[:_MAX_REASON_SIZE]})
    if earlier and run.run is None and _ended_alike(entry, earlier[0]):
        first = earlier[0]
        counted = {"first_time": first.first_time, "times": first.times + 1}
        entry, earlier = entry.model_copy(update=counted), earlier[1:]
    _write(repository, path, log.model_copy(update={"runs": (entry, *earlier)[:MAX_RUNS]}))


def log_drift(
    repository: Repository,
    target: TargetIdentity,
    remote_hashes: Mapping[str, str | None],
    now: datetime,
) -> dict[str, datetime]:
    """Record the drifted models; return when this clone first saw each of them drifted.

    `remote_hashes` has the hash of the remote text of each drifted model, and None for each other
    model that was looked at. Ignores a failure to write.
    """
    path = get_private_path(repository, target, "runs")
    log = _read(path)
    since = {(each.model, each.remote_sha256): each.since for each in log.drift}
    seen = [
        _DriftEntry(model=model, remote_sha256=sha256, since=since.get((model, sha256), now))
        for model, sha256 in remote_hashes.items()
        if sha256
    ]
    others = [each for each in log.drift if each.model not in remote_hashes]
    drift = tuple(sorted([*seen, *others], key=lambda each: each.model))
    if drift != log.drift:
        _write(repository, path, log.model_copy(update={"drift": drift}))
    return {each.model: each.since for each in seen}


def _ended_alike(one: _RunEntry, other: _RunEntry) -> bool:
    times = {"first_time", "time", "times"}
    return one.model_dump(exclude=times) == other.model_dump(exclude=times)


def _read(path: Path) -> _Log:
    try:
        return _Log.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return _Log.model_construct()  # cheap: builds no validator


def _write(repository: Repository, path: Path, log: _Log) -> None:
    write_private_file(repository, path, log.model_dump_json().encode())
