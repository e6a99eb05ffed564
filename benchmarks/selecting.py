"""What a plan takes in a large repository: of one model, of a branch with one change, of all.

    python benchmarks/selecting.py [FILES] [COMMITS]

Each beside the plan of a repository with one file and one commit, in turn. The texts are 2.8 kB
long, with tags and code; every file has had four of them, and the server has the first.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from measuring import interleaved, mebibytes, of_process, table
from project import LONG, fill
from server import serving

PLAN = [sys.executable, "-m", "sync", "plan", "--quiet"]
VERSIONS = 3  # with the first, four
SELECTIONS = {
    "plan --model X": ["--model", "model_00000"],
    "plan --since HEAD~1": ["--since", "HEAD~1"],
    "plan, everything pending": ["--allow-mass-change"],
}


def commit_all(root: Path) -> None:
    """Commit what was changed, config.yaml included."""
    who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com"]
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "Change"], cwd=root, check=True)


def prepare(root: Path, url: str, *, files: int, commits: int) -> Path:
    """Make a repository whose last commit changes one file."""
    fill(root, url, files=files, commits=commits, versions=VERSIONS, more=LONG)
    commit_all(root)
    with (root / "descriptions" / "00" / "model_00000.md").open("a") as file:
        file.write("\nOne more line.\n")
    commit_all(root)
    return root


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    files, commits = (*numbers, *(5000, 300)[len(numbers) :])
    with tempfile.TemporaryDirectory() as name, serving() as url:
        small = prepare(Path(name) / "small", url, files=1, commits=2)
        large = prepare(Path(name) / "large", url, files=files, commits=commits)
        ways = {"plan of one file": partial(of_process, PLAN, small)}
        ways |= {
            title: partial(of_process, [*PLAN, *words], large)
            for title, words in SELECTIONS.items()
        }
        took = interleaved(ways, rounds=3)
    base = took["plan of one file"]
    rows = [
        [
            title,
            f"{each.wall / base.wall:.2f}",
            f"{each.cpu / base.cpu:.2f}",
            mebibytes(each.memory),
        ]
        for title, each in took.items()
    ]
    table(["command", "wall, one file being 1", "CPU", "memory"], rows)
