"""What a plan takes in a large repository: of one model, of a branch with one change, of all.

    python benchmarks/selecting.py [FILES] [COMMITS]
    python benchmarks/selecting.py --against PATH   # beside another checkout of this repository

Each beside the plan of a repository with one file and one commit, in turn. The texts are 2.8 kB
long, with tags and code; every file has had four of them, and the server has the first.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from measuring import interleaved, mebibytes, of_process, run_checkout, table
from project import LONG, fill
from server import serving

HERE = Path(__file__).resolve().parent.parent
VERSIONS = 3  # with the first, four
SELECTIONS = {
    "plan --model X": ["--model", "model_00000"],
    "plan --since HEAD~1": ["--since", "HEAD~1"],
    "plan, everything pending": [],
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


def measure(small: Path, large: Path, checkouts: dict[str, Path], *, rounds: int) -> None:
    """Run each plan with each checkout, in turn, and print what it took."""
    ways = {}
    for name, path in checkouts.items():
        plan = [*run_checkout(path), "plan", "--quiet"]
        ways["plan of one file", name] = partial(of_process, plan, small)
        for title, words in SELECTIONS.items():
            ways[title, name] = partial(of_process, [*plan, *words], large)
    took = interleaved(ways, rounds=rounds)
    base = took["plan of one file", "this"]
    rows = [
        [
            title,
            name,
            f"{each.wall / base.wall:.2f}",
            f"{each.cpu / base.cpu:.2f}",
            mebibytes(each.memory),
        ]
        for (title, name), each in took.items()
    ]
    head = ["command", "checkout", "wall, this of one file being 1", "CPU", "memory"]
    table(head, sorted(rows, key=lambda row: row[0]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="?", type=int, default=5000)
    parser.add_argument("commits", nargs="?", type=int, default=300)
    parser.add_argument("--against", type=Path, metavar="PATH")
    given = parser.parse_args()
    checkouts = {"this": HERE} | ({"other": given.against} if given.against else {})
    with tempfile.TemporaryDirectory() as name, serving() as url:
        small = prepare(Path(name) / "small", url, files=1, commits=2)
        large = prepare(Path(name) / "large", url, files=given.files, commits=given.commits)
        measure(small, large, checkouts, rounds=3)
