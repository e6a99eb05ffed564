"""What a run did and cost, for Prometheus to collect.

https://prometheus.io/docs/instrumenting/exposition_formats is the format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from sync.model import Result, State

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
}
_SUCCESS = "last_success_timestamp_seconds"
_SAMPLE = re.compile(
    r'^description_sync_(\w+)\{command="(\w+)",target="([^"\\]+)".*\} (\S+)$', re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """One target's share of a run; times are seconds since 1970, spans seconds.

    `states` and `results` are None where it did not come to them.
    """

    command: str
    target: str
    ended: float
    last_success: float | None
    exit_code: int
    duration: float
    requests: int = 0
    waits: Mapping[str, float] = field(default_factory=dict)
    states: Mapping[State, int] | None = None
    results: Mapping[Result, int] | None = None


def as_prometheus(measures: Sequence[Measures], *, earlier: str = "") -> str:
    """The measures as text; a state or result that does not occur is a zero.

    Of an earlier text of ours stays what is of other commands and targets.
    """
    told = {(each.command, each.target) for each in measures}
    samples = [
        (found[1], found[0])
        for found in _SAMPLE.finditer(earlier)
        if (found[2], found[3]) not in told
    ]
    samples += [sample for each in measures for sample in _samples(each)]
    lines = []
    for name, meaning in _HELP.items():
        values = [line for of, line in samples if of == name]
        if values:
            metric = f"description_sync_{name}"
            lines += [f"# HELP {metric} {meaning}", f"# TYPE {metric} gauge", *values]
    return "".join(f"{line}\n" for line in lines)


def last_successes(text: str) -> dict[tuple[str, str], float]:
    """When each command last succeeded for each target, as an earlier text of ours says."""
    found = _SAMPLE.findall(text)
    return {(command, target): float(at) for name, command, target, at in found if name == _SUCCESS}


def _samples(each: Measures) -> Iterator[tuple[str, str]]:
    yield _sample("last_run_timestamp_seconds", each, each.ended)
    if each.last_success is not None:
        yield _sample(_SUCCESS, each, each.last_success)
    yield _sample("last_run_exit_code", each, each.exit_code)
    yield _sample("last_run_duration_seconds", each, each.duration)
    yield _sample("last_run_requests", each, each.requests)
    for reason, seconds in sorted(each.waits.items()):
        yield _sample("last_run_wait_seconds", each, seconds, reason=reason)
    if each.states is not None:
        for state in get_args(State):
            yield _sample("descriptions", each, each.states.get(state, 0), state=state)
    if each.results is not None:
        for result in get_args(Result):
            yield _sample("results", each, each.results.get(result, 0), result=result)


def _sample(name: str, each: Measures, value: float, **labels: str) -> tuple[str, str]:
    pairs = {"command": each.command, "target": each.target, **labels}
    written = ",".join(f'{label}="{_escaped(word)}"' for label, word in pairs.items())
    return name, f"description_sync_{name}{{{written}}} {value:.15g}"


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
