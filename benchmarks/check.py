"""How long `check` takes for a folder of 1,000 descriptions, and as a multiple of Python itself.

    python benchmarks/check.py [FILES]

A second is the limit for a hook. Times are the best of five runs, the whole process each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
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
    """A repository's folder with descriptions of some 2 kB each."""
    (root / "config.yaml").write_text(CONFIG)
    folder = root / "descriptions"
    folder.mkdir()
    for number in range(files):
        sections = "".join(SECTION.format(number=number * 10 + n) for n in range(4))
        front = f"---\nmodel: model_{number}\n---\n"
        (folder / f"{number}.md").write_text(f"{front}# Model {number}\n{sections}")


def best(command: list[str], folder: Path) -> float:
    """Seconds of the fastest run."""
    return min(_seconds(command, folder) for _ in range(RUNS))


def _seconds(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, files)
        python = best([sys.executable, "-c", "pass"], folder)
        check = best([sys.executable, "-m", "sync", "check"], folder)
        one = best([sys.executable, "-m", "sync", "check", "descriptions/0.md"], folder)
    print(f"python -c pass          {python:6.3f} s")
    print(f"check, {files:5,} files     {check:6.3f} s  {check / python:5.1f} x")
    print(f"check, one file of them {one:6.3f} s  {one / python:5.1f} x")


main()
