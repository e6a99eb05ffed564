"""What a process took, and how to say it: medians of interleaved runs, and ratios."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

CREDENTIALS = {"SCENARIO_SDK_API_KEY": "key", "SCENARIO_SDK_API_SECRET": "secret"}
# Without it, Python compiles an installed command once; with it, at each start.
WITHOUT_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the clock, seconds of CPU, and bytes of memory at the peak."""

    wall: float
    cpu: float
    memory: float


def of_process(command: Sequence[str], cwd: Path | None = None) -> Took:
    """Measure a process from its start to its end; it must succeed."""
    environment = {name: os.environ[name] for name in os.environ if name != WITHOUT_BYTECODE}
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment | CREDENTIALS,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    wall = time.perf_counter() - started
    return Took(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def run_checkout(path: Path) -> list[str]:
    """Return the start of a command of the checkout at this path."""
    return ["env", f"PYTHONPATH={path.resolve()}", sys.executable, "-P", "-m", "sync"]


def interleaved(ways: Mapping[str, Callable[[], Took]], *, rounds: int) -> dict[str, Took]:
    """Return the median of each way; a machine that is slow for a while slows down all of them."""
    runs = [{name: way() for name, way in ways.items()} for _ in range(rounds)]
    return {name: median([run[name] for run in runs]) for name in ways}


def median(runs: Sequence[Took]) -> Took:
    """Return the median of each measure."""
    return Took(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        statistics.median(run.memory for run in runs),
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table, so that it can be copied as it is."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {' | '.join(cells)} |", flush=True)
    print(flush=True)


def mebibytes(count: float) -> str:
    """Bytes, for a person."""
    return f"{count / 1024**2:.0f} MiB"
