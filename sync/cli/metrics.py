"""`--metrics`: the results and costs of a run, in a file for Prometheus's node_exporter."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.output import write_file
from sync.errors import SyncError
from sync.model.plan import Plan
from sync.model.run import Run, get_plan
from sync.operations.events import Events, Track
from sync.reports.formats.prometheus import RunMetrics, parse_last_successes, render_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.scenario import Notice


WORLD_READABLE = 0o644  # the collector runs as another user, and the file holds no private text


@dataclass(slots=True)
class TargetCost:
    """The requests made for a target, and the seconds they waited by kind of notice."""

    requests: int = 0
    waits: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class MetricsRecorder(Events):
    """Events that count the cost of each target, and pass every call on to `inner`.

    `subjects` are the resulting plans or runs, `code` is the exit code of the command.
    """

    def __init__(self, inner: Events) -> None:
        self._inner = inner
        self.costs: dict[str, TargetCost] = {}
        self.subjects: Sequence[Plan] | Sequence[Run] = ()
        self.code = exit_codes.FAILED

    def add_track(self, name: str) -> Track:
        cost = self.costs.setdefault(name, TargetCost())
        return _MeteredTrack(self._inner.add_track(name), cost)

    def inform(self, message: str) -> None:
        self._inner.inform(message)

    def warn(self, message: str) -> None:
        self._inner.warn(message)

    def report_failure(self, target: str, error: SyncError) -> None:
        self._inner.report_failure(target, error)

    def record_end(self, code: int, subjects: Sequence[Plan] | Sequence[Run]) -> int:
        """Record how the command ended; return the exit code unchanged."""
        self.code, self.subjects = code, subjects
        return code


class _MeteredTrack(Track):
    def __init__(self, inner: Track, cost: TargetCost) -> None:
        self._inner = inner
        self._cost = cost

    @contextmanager
    def start_step(self, label: str, total: int) -> Iterator[None]:
        with self._inner.start_step(label, total):
            yield

    def advance(self) -> None:
        self._inner.advance()

    def handle_notice(self, notice: Notice) -> None:
        if notice.kind != "remark":
            self._cost.waits[notice.kind] += notice.seconds
        self._inner.handle_notice(notice)

    def add_requests(self, requests: int) -> None:
        self._cost.requests += requests


@contextmanager
def record_metrics(command: str, metrics: Path | None, inner: Events) -> Iterator[MetricsRecorder]:
    """Record the metrics of a command; write them to the file `metrics` even if it fails."""
    meter, started = MetricsRecorder(inner), time.monotonic()
    try:
        yield meter
    except SyncError as error:
        meter.code = error.exit_code
        raise
    except (KeyboardInterrupt, click.Abort):
        meter.code = exit_codes.INTERRUPTED
        raise
    finally:
        if metrics:
            _write_metrics(metrics, meter, command, started=started)


def _write_metrics(metrics: Path, meter: MetricsRecorder, command: str, *, started: float) -> None:
    """Write the file; if that fails, log a warning, or raise if the command did nothing else."""
    earlier = _read_earlier_metrics(metrics)
    measures = _collect_metrics(
        meter, command, before=parse_last_successes(earlier), started=started
    )
    try:
        write_file(metrics, render_metrics(measures, earlier=earlier), mode=WORLD_READABLE)
    except SyncError as error:
        has_written = any(
            isinstance(each, Run) and "applied" in each.summary for each in meter.subjects
        )
        if meter.code == exit_codes.DONE and not has_written:
            raise
        meter.warn(error.message)


def _read_earlier_metrics(metrics: Path) -> str:
    """Return the text that earlier runs wrote; empty if the file cannot be read."""
    try:
        return metrics.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _collect_metrics(
    meter: MetricsRecorder, command: str, *, before: Mapping[tuple[str, str], float], started: float
) -> list[RunMetrics]:
    """Collect the metrics of each target.

    `before` maps (command, target) to the time of the last success. If the command failed before
    it reached any target, the targets of `before` get the failure.
    """
    subjects = {get_plan(subject).target.name: subject for subject in meter.subjects}
    known = [target for of, target in before if of == command]
    now, duration = time.time(), time.monotonic() - started
    measures = []
    for target in {**meter.costs, **subjects} or known:
        subject, cost = subjects.get(target), meter.costs.get(target, TargetCost())
        succeeded = _get_target_exit_code(subject, meter) == exit_codes.DONE
        measures.append(
            RunMetrics(
                command=command,
                target=target,
                ended_at=now,
                last_success=now if succeeded else before.get((command, target)),
                exit_code=meter.code,
                duration=duration,
                requests=cost.requests,
                waits=cost.waits,
                states=get_plan(subject).summary if subject else None,
                results=subject.summary if isinstance(subject, Run) else None,
                shared=subject.sharing.shared if isinstance(subject, Run) else None,
            )
        )
    return measures


def _get_target_exit_code(subject: Plan | Run | None, meter: MetricsRecorder) -> int:
    """Return the exit code of one target; a plan that is not in sync is not a failure."""
    if subject is None:
        return meter.code
    return (
        exit_codes.get_plan_exit_code(subject, detailed=False)
        if isinstance(subject, Plan)
        else exit_codes.get_run_exit_code(subject)
    )
