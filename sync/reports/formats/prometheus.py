"""Metrics of a run (what it did and cost) for Prometheus to collect.

The format is https://prometheus.io/docs/instrumenting/exposition_formats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from sync.model.changes import State
from sync.model.run import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_HELP = {
    "last_run_timestamp_seconds": "When the last run ended.",
    "last_success_timestamp_seconds": "When the last run ended that did all it was to do.",
    "last_run_exit_code": "The exit code of the command that the last run was part of.",
    "last_run_duration_seconds": "How long that command took.",
    "last_run_requests": "Requests that the last run made.",
    "last_run_wait_seconds": "How long its requests waited, all of them added up, by reason.",
    "descriptions": "Descriptions that the last run was about, by state.",
    "results": "What became of the descriptions in the last run, by result.",
    "snapshots_shared": "Whether the git remote of snapshots.push has all snapshots: 1 or 0.",
}
_LAST_SUCCESS = "last_success_timestamp_seconds"
_SAMPLE = re.compile(
    r'^description_sync_(\w+)\{command="(\w+)",target="([^"\\]+)".*\} (\S+)$', re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMetrics:
    """Metrics of one target in a run; times are seconds since 1970, durations are seconds.

    `states` and `results` are None if the run ended before it had them, `shared` also if there is
    no remote to share snapshots with.
    """

    command: str
    target: str
    ended_at: float
    last_success: float | None
    exit_code: int
    duration: float
    requests: int = 0
    waits: Mapping[str, float] = field(default_factory=dict)
    states: Mapping[State, int] | None = None
    results: Mapping[Result, int] | None = None
    shared: bool | None = None


def render_metrics(metrics: Sequence[RunMetrics], *, earlier: str = "") -> str:
    """Render the metrics as text; a state or result that does not occur is 0.

    Samples of other commands and targets are kept from `earlier`, an earlier text of ours.
    """
    replaced_keys = {(each.command, each.target) for each in metrics}
    samples = [
        (found[1], found[0])
        for found in _SAMPLE.finditer(earlier)
        if (found[2], found[3]) not in replaced_keys
    ]
    samples += [sample for each in metrics for sample in _make_samples(each)]
    lines = []
    for name, meaning in _HELP.items():
        values = [line for of, line in samples if of == name]
        if values:
            metric = f"description_sync_{name}"
            lines += [f"# HELP {metric} {meaning}", f"# TYPE {metric} gauge", *values]
    return "".join(f"{line}\n" for line in lines)


def parse_last_successes(text: str) -> dict[tuple[str, str], float]:
    """Parse when each command last succeeded, by command and target, from a text of ours."""
    found = _SAMPLE.findall(text)
    return {
        (command, target): float(at) for name, command, target, at in found if name == _LAST_SUCCESS
    }


def _make_samples(metrics: RunMetrics) -> Iterator[tuple[str, str]]:
    yield _format_sample("last_run_timestamp_seconds", metrics, metrics.ended_at)
    if metrics.last_success is not None:
        yield _format_sample(_LAST_SUCCESS, metrics, metrics.last_success)
    yield _format_sample("last_run_exit_code", metrics, metrics.exit_code)
    yield _format_sample("last_run_duration_seconds", metrics, metrics.duration)
    yield _format_sample("last_run_requests", metrics, metrics.requests)
    for reason, seconds in sorted(metrics.waits.items()):
        yield _format_sample("last_run_wait_seconds", metrics, seconds, reason=reason)
    if metrics.states is not None:
        for state in get_args(State):
            yield _format_sample("descriptions", metrics, metrics.states.get(state, 0), state=state)
    if metrics.results is not None:
        for result in get_args(Result):
            yield _format_sample("results", metrics, metrics.results.get(result, 0), result=result)
    if metrics.shared is not None:
        yield _format_sample("snapshots_shared", metrics, float(metrics.shared))


def _format_sample(name: str, metrics: RunMetrics, value: float, **labels: str) -> tuple[str, str]:
    pairs = {"command": metrics.command, "target": metrics.target, **labels}
    written = ",".join(f'{label}="{_escape_label_value(word)}"' for label, word in pairs.items())
    return name, f"description_sync_{name}{{{written}}} {value:.15g}"


def _escape_label_value(word: str) -> str:
    return word.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
