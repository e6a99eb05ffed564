"""What `check` takes for a folder of 1,000 descriptions, and as a multiple of Python itself.

    python benchmarks/check.py [FILES]

A second is the limit for a hook. What is printed are medians of interleaved rounds.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from measuring import interleaved, mebibytes, of_process, table

ROUNDS = 7
CHECK = [sys.executable, "-m", "sync", "check"]
CONFIG = """\
version: 1
target: one
targets:
  one: {project_id: proj_1, assets: {logo: asset_4kr6JEUgrsdZ8zj8RzuUiE}}
  two: {project_id: proj_2, assets: {logo: asset_eK2qKrTcd9CdJBxjVbxxAh}}
"""
SECTION = """
## Prompting {number}

Start with the trigger `saltlight_{number}`, then the pose, then the *light*. See
[the guide](https://example.com/guide/{number}) and {{model:flux.1-dev}}: 41 paintings, no text.

> saltlight_{number}, blue jumper, climbing a spiral stair, lamp light from above

| Setting | Value |
| --- | --- |
| Guidance | 3.5 |

{{asset:@logo}} {{asset:asset_4kr6JEUgrsdZ8zj8RzuUiE}}
"""


def fill(root: Path, files: int) -> None:
    """Create a repository with descriptions of about 2 kB each."""
    (root / "config.yaml").write_text(CONFIG)
    folder = root / "descriptions"
    folder.mkdir()
    for number in range(files):
        sections = "".join(SECTION.format(number=number * 10 + n) for n in range(4))
        front = f"---\nmodel: model_{number}\n---\n"
        (folder / f"{number}.md").write_text(f"{front}# Model {number}\n{sections}")


if __name__ == "__main__":
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        fill(root, files)
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            f"description-sync check, {files:,} files": CHECK,
            f"one of the {files:,} files": [*CHECK, "descriptions/0.md"],
        }
        ways = {name: partial(of_process, command, root) for name, command in commands.items()}
        took = interleaved(ways, rounds=ROUNDS)
    python = took["python -c pass"]
    rows = [
        [name, f"{each.cpu / python.cpu:.0f}", f"{each.cpu:.2f} s", mebibytes(each.memory)]
        for name, each in took.items()
    ]
    table(["command", "CPU, Python itself being 1", "CPU", "memory"], rows)
