"""How long commands take to start, as multiples of `python -c pass`.

python benchmarks/startup.py
python benchmarks/startup.py --against PATH   # also `plan` of the README's sandbox, beside the
                                              # same with another checkout of this repository
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from measuring import interleaved, of_process, run_checkout, table
from project import fill

SYNC = [sys.executable, "-m", "sync"]
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import httpx'": [sys.executable, "-c", "import httpx"],
    "description-sync --version": [*SYNC, "--version"],
    "description-sync --help": [*SYNC, "--help"],
    "description-sync plan --help": [*SYNC, "plan", "--help"],
    "description-sync check, 1 file": [*SYNC, "check"],
}

WORDS = "description-sync plan --model model_"
COMPLETE = [
    "env",
    "_DESCRIPTION_SYNC_COMPLETE=bash_complete",
    f"COMP_WORDS={WORDS}",
    "COMP_CWORD=3",
    *SYNC,
]

HERE = Path(__file__).resolve().parent.parent


def compare(other: Path, *, rounds: int) -> None:
    """Plan the README's sandbox with this checkout and another one, in turn, in one clone."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", HERE, root], check=True)
        ways = {
            title: partial(of_process, [*run_checkout(path), "plan", "--quiet"], root)
            for title, path in (("other", other), ("this", HERE))
        }
        interleaved(ways, rounds=1)  # compiles both
        took = interleaved(ways, rounds=rounds)
    rows = [[name, f"{each.cpu / took['other'].cpu:.2f}"] for name, each in took.items()]
    table(["checkout", "CPU of `plan --quiet`, the other being 1"], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", type=Path, metavar="PATH")
    if other := parser.parse_args().against:
        compare(other, rounds=9)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        fill(root, "http://127.0.0.1:1", files=1, commits=1)
        ways = {name: partial(of_process, command, root) for name, command in COMMANDS.items()}
        many = root / "many"
        fill(many, "http://127.0.0.1:1", files=1_000, commits=1)
        ways["Tab after --model, 1,000 files"] = partial(of_process, COMPLETE, many)
        took = interleaved(ways, rounds=9)
    python = took["python -c pass"]
    rows = [[name, f"{each.cpu / python.cpu:.1f}"] for name, each in took.items()]
    table(["command", "CPU, Python itself being 1"], rows)
