"""What `plan` takes for 100 to 10,000 models that are in sync, the whole process.

    python benchmarks/growth.py

The server answers at once, so that what is left is our own work.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import Took, mebibytes, of_process, table
from project import fill
from server import serving

SIZES = (100, 1_000, 10_000)
PLAN = [sys.executable, "-m", "sync", "plan", "--quiet"]


def planned(size: int, *, url: str) -> Took:
    """Measure one plan."""
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), url, files=size, commits=1)
        return of_process(PLAN, Path(name))


if __name__ == "__main__":
    with serving() as url:
        took = {size: planned(size, url=url) for size in SIZES}
    base = took[SIZES[0]]
    rows = [
        [
            f"{size:,}",
            f"{each.cpu / base.cpu:.1f}",
            f"{(each.cpu - base.cpu) / (size - SIZES[0]) * 1000:.2f} ms"
            if each is not base
            else "-",
            mebibytes(each.memory),
        ]
        for size, each in took.items()
    ]
    table(["models", "CPU, 100 being 1", "CPU for each further model", "memory"], rows)
