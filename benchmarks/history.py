"""What the local work takes when everything is pending: reading, history, differences, the report.

    python benchmarks/history.py [FILES] [COMMITS]

`plan --format json` of the last commit, in which every file differs from the server's text, less
the same of the first commit, in which none does and no history is asked for.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from measuring import Took, interleaved, mebibytes, of_process, table
from project import fill
from server import serving

PLAN = [sys.executable, "-m", "sync", "plan", "--quiet", "--format", "json", "--commit"]


def measured(files: int, commits: int, *, url: str) -> dict[str, Took]:
    """Measure a plan for the first commit and for the last."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        fill(root, url, files=files, commits=commits)
        listing = ["git", "rev-list", "--max-parents=0", "HEAD"]
        first = subprocess.run(listing, cwd=root, check=True, stdout=subprocess.PIPE).stdout
        ends = {"in sync": first.decode().strip(), "pending": "HEAD"}
        ways = {name: partial(of_process, [*PLAN, commit], root) for name, commit in ends.items()}
        return interleaved(ways, rounds=3)


def row(files: int, commits: int, *, url: str) -> list[str]:
    """One repository."""
    took = measured(files, commits, url=url)
    synced, pending = took["in sync"], took["pending"]
    extra = pending.cpu - synced.cpu
    return [
        f"{files:,}",
        f"{commits:,}",
        f"{pending.cpu / synced.cpu:.2f}",
        f"{1000 * extra / files:.2f} ms",
        f"{mebibytes(pending.memory)}",
        f"{mebibytes(synced.memory)}",
    ]


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    files, commits = (*numbers, *(5000, 500)[len(numbers) :])
    with serving() as url:
        rows = [row(files // share, commits // share, url=url) for share in (10, 2, 1)]
    head = ["files", "commits", "CPU, in sync being 1", "more a file", "memory", "in sync"]
    table(head, rows)
