"""How long commands take to start, as multiples of `python -c pass`.

python benchmarks/startup.py
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from measuring import interleaved, of_process, table
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

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        fill(root, "http://127.0.0.1:1", files=1, commits=1)
        ways = {name: partial(of_process, command, root) for name, command in COMMANDS.items()}
        took = interleaved(ways, rounds=9)
    python = took["python -c pass"]
    rows = [[name, f"{each.cpu / python.cpu:.1f}"] for name, each in took.items()]
    table(["command", "CPU, Python itself being 1"], rows)
