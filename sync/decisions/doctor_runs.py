"""Judge the last run, the age of drift and the next apply, for a person on call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sync.counts import MAX_NAMED, format_age, format_count
from sync.decisions.doctor_verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sync.decisions.doctor_verdict import VerdictLevel
    from sync.model.run_record import LoggedRun, RunRecord


@dataclass(frozen=True, slots=True)
class StandingDrift:
    """A drifted description: when this clone first saw the drift, and when a run last wrote it.

    `is_new` is True if this clone sees the drift for the first time.
    """

    name: str
    since: datetime
    written: datetime | None
    is_new: bool


def judge_last_run(
    recorded: RunRecord | None, logged: LoggedRun | None, now: datetime, *, recorded_end: str
) -> Verdict:
    """Judge the last run: the newest on the snapshot ref or in the log of this clone.

    `recorded_end` says in words how the run on the ref ended.
    """
    if recorded and (logged is None or (logged.run != recorded.id and logged.time < recorded.time)):
        level: VerdictLevel = "warn" if recorded.unwritten or recorded.after is None else "ok"
        age = format_age(now - recorded.time)
        return Verdict("last run", level, f"{recorded.command}, {age} ago: {recorded_end}")
    if logged is None:
        return Verdict("last run", "ok", "no run is recorded in this clone")
    message = f"{logged.command}, {format_age(now - logged.time)} ago: {logged.reason}"
    if logged.times > 1:
        age = format_age(now - logged.first_time)
        message = f"{message} {format_count(logged.times, 'run')} ended like this in {age}."
    if logged.end == "done":
        return Verdict("last run", "ok", message)
    advice = (
        "`description-sync history` lists the runs, `description-sync plan` shows the open changes."
    )
    return Verdict("last run", "warn", f"{logged.end}: {message}", advice)


def judge_drift(
    drifts: Sequence[StandingDrift], now: datetime, *, overwritten: int = 0, unread: int = 0
) -> Verdict:
    """Judge the age of the drift that this clone knows, oldest first.

    `overwritten` counts further drifted texts that the next apply overwrites, `unread` the models
    that could not be read.
    """
    if not drifts:
        texts = "text that was read" if unread else "text"
        found = f"no {texts} drifted"
        if overwritten:
            found = f"{format_count(overwritten, 'drifted text')}, which the next apply overwrites"
        more = f"; {format_count(unread, 'model')} could not be read" if unread else ""
        return Verdict("drift", "warn" if unread else "ok", found + more)
    ordered = sorted(drifts, key=lambda each: each.since)
    named = "; ".join(_describe_drift(each, now) for each in ordered[:MAX_NAMED])
    rest = f"; and {len(drifts) - MAX_NAMED:,} more" if len(drifts) > MAX_NAMED else ""
    advice = "`description-sync plan` shows each of them, with the two commands to choose from."
    return Verdict(
        "drift", "warn", f"{format_count(len(drifts), 'description')}: {named}{rest}", advice
    )


def judge_next_apply(sentence: str, obstacles: Sequence[str], *, held: int = 0) -> Verdict:
    """Judge the writes of the next apply.

    `obstacles` are the limits that would refuse it; `held` counts the rolled back texts that
    it leaves alone.
    """
    if obstacles:
        message = f"would be refused: {' '.join(obstacles)}"
        return Verdict("next apply", "warn", message, "`description-sync plan` shows the plan.")
    if held:
        advice = "To write the rolled back texts again: `description-sync apply --resume`"
        return Verdict("next apply", "warn", sentence, advice)
    return Verdict("next apply", "ok", sentence)


def _describe_drift(drift: StandingDrift, now: datetime) -> str:
    written = ""
    if drift.written:
        written = f", after the run of {drift.written.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if drift.is_new:
        return f"{drift.name}, seen now for the first time in this clone{written}"
    time = f"{drift.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{drift.name}, for at least {format_age(now - drift.since)} (seen {time}{written})"
