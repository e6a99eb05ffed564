"""A plan of 600 files in sync, from the start of its process to its end, beside the ideal.

    python benchmarks/whole_process.py
    python benchmarks/whole_process.py --against PATH   # beside another checkout of this repository

The server takes 100 ms for each answer, and 16 requests are in flight. The ideal is what the
answers take alone: models x latency / concurrency.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from measuring import interleaved, of_process, run_checkout, table
from project import fill
from server import serving

HERE = Path(__file__).resolve().parent.parent
LATENCY = 0.1  # seconds
CONCURRENCY = 16  # what `fill` configures
FILES = 600
IDEAL = FILES * LATENCY / CONCURRENCY


def measure(checkouts: dict[str, Path], *, rounds: int) -> None:
    """Run the plan of all files and of one, with each checkout, in turn."""
    with tempfile.TemporaryDirectory() as name, serving(latency=LATENCY) as url:
        roots = {files: Path(name) / str(files) for files in (FILES, 1)}
        for files, root in roots.items():
            fill(root, url, files=files, commits=1)
        ways = {
            (title, files): partial(of_process, [*run_checkout(path), "plan", "--quiet"], root)
            for title, path in checkouts.items()
            for files, root in roots.items()
        }
        interleaved(ways, rounds=1)  # compiles
        took = interleaved(ways, rounds=rounds)
    rows = [
        [title, *(f"{took[title, files].wall / IDEAL:.2f}" for files in (FILES, 1))]
        for title in checkouts
    ]
    table(["checkout", "wall / ideal", "of that, a plan of one file"], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", type=Path, metavar="PATH")
    other = parser.parse_args().against
    measure({"this": HERE} | ({"other": other} if other else {}), rounds=3)
