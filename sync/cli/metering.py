"""`--metrics`: what a run did and cost, in a file that Prometheus's node_exporter collects."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from sync.cli import exits
from sync.cli.output import write_file
from sync.cli.progress import Progress, Track
from sync.errors import SyncError
from sync.model import Plan
from sync.reports.prometheus import Measures, as_prometheus, last_successes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.model import Run
    from sync.scenario import Notice

READABLE = 0o644  # the collector is another user, and no text stands in the file


@dataclass(slots=True)
class Cost:
    """Requests made for a target, and the seconds that they waited, by the kind of notice."""

    requests: int = 0
    waits: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class Meter(Progress):
    """Keeps account of what each target costs, and shows progress as another does.

    `subjects` are the plans or runs that came of it, `code` is how the command ended.
    """

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self.costs: dict[str, Cost] = {}
        self.subjects: Sequence[Plan] | Sequence[Run] = ()
        self.code = exits.FAILED

    def track(self, name: str) -> Track:
        cost = self.costs.setdefault(name, Cost())
        return _MeteredTrack(self._shown.track(name), cost)

    def ended(self, code: int, subjects: Sequence[Plan] | Sequence[Run]) -> int:
        """The exit code, once all is done."""
        self.code, self.subjects = code, subjects
        return code


class _MeteredTrack(Track):
    def __init__(self, shown: Track, cost: Cost) -> None:
        self._shown = shown
        self._cost = cost

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[None]:
        with self._shown.step(label, total):
            yield

    def advance(self) -> None:
        self._shown.advance()

    def notice(self, notice: Notice) -> None:
        self._cost.waits[notice.kind] += notice.seconds
        self._shown.notice(notice)

    def spent(self, requests: int) -> None:
        self._cost.requests += requests


@contextmanager
def metered(command: str, metrics: Path | None, shown: Progress) -> Iterator[Meter]:
    """A meter whose account is written to the file `metrics`, however the command ends."""
    meter, started = Meter(shown), time.monotonic()
    try:
        yield meter
    except SyncError as error:
        meter.code = error.exit_code
        raise
    except (KeyboardInterrupt, click.Abort):
        meter.code = exits.INTERRUPTED
        raise
    finally:
        if metrics:
            earlier = _read(metrics)
            measures = _measures(meter, command, before=last_successes(earlier), started=started)
            write_file(metrics, as_prometheus(measures, earlier=earlier), mode=READABLE)


def _read(metrics: Path) -> str:
    """What earlier runs left there."""
    try:
        return metrics.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _measures(
    meter: Meter, command: str, *, before: Mapping[tuple[str, str], float], started: float
) -> list[Measures]:
    """Those of each target; of a run that came to none, those of the targets known from before."""
    subjects = {_plan_of(subject).target.name: subject for subject in meter.subjects}
    known = [target for of, target in before if of == command]
    now, duration = time.time(), time.monotonic() - started
    measures = []
    for target in {**meter.costs, **subjects} or known:
        subject, cost = subjects.get(target), meter.costs.get(target, Cost())
        succeeded = _code(subject, meter) == exits.DONE
        measures.append(
            Measures(
                command=command,
                target=target,
                ended=now,
                last_success=now if succeeded else before.get((command, target)),
                exit_code=meter.code,
                duration=duration,
                requests=cost.requests,
                waits=cost.waits,
                states=_plan_of(subject).summary if subject else None,
                results=None if subject is None or isinstance(subject, Plan) else subject.summary,
            )
        )
    return measures


def _code(subject: Plan | Run | None, meter: Meter) -> int:
    """How it ended for one target. That something is not in sync is no failure of a plan."""
    if subject is None:
        return meter.code
    return (
        exits.of_plan(subject, detailed=False)
        if isinstance(subject, Plan)
        else exits.of_run(subject)
    )


def _plan_of(subject: Plan | Run) -> Plan:
    return subject if isinstance(subject, Plan) else subject.plan
