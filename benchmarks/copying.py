"""What a plan with `--from-target` takes, beside plans of the two projects one after the other.

    python benchmarks/copying.py [MODELS]

Both projects are embedded sandboxes, and each is asked PACE times a minute at most. At the API's
100 a minute the times are longer and their ratio is about the same.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import of_process, table

PACE = 600
SYNC = [sys.executable, "-m", "sync"]
CONFIG = f"""\
version: 1
target: old
targets:
  old: {{sandbox: .sandboxes/old.sqlite3, requests_per_minute: {PACE}}}
  new: {{sandbox: .sandboxes/new.sqlite3, requests_per_minute: {PACE}}}
"""


def fill(root: Path, models: int) -> None:
    """Create a repository with a file per model, and a project of these models for each target."""
    (root / "config.yaml").write_text(CONFIG)
    (root / ".gitignore").write_text("/.sandboxes\n")
    (root / "descriptions").mkdir()
    for number in range(models):
        head = f"---\nmodels: {{old: old_{number}, new: new_{number}}}\n---\n"
        (root / "descriptions" / f"{number}.md").write_text(f"{head}# Model {number}\n")
    for target in ("old", "new"):
        entries = "".join(
            f"  {target}_{n}: {{description: '# Model {n}'}}\n" for n in range(models)
        )
        (root / f"{target}.yaml").write_text(f"models:\n{entries}")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", *author, "commit", "--quiet", "-m", "Write"], cwd=root, check=True)
    for target in ("old", "new"):
        reset = [*SYNC, "sandbox", "reset", "--target", target, "--seed", f"{target}.yaml"]
        subprocess.run(reset, cwd=root, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        fill(root, models)
        alone = [
            of_process([*SYNC, "plan", "--target", each], root).wall for each in ("old", "new")
        ]
        copy = [*SYNC, "plan", "--from-target", "old", "--target", "new"]
        together = of_process(copy, root).wall
    rows = [
        ("plan of each, one after the other", f"{sum(alone):.1f} s", "1.00"),
        ("plan --from-target", f"{together:.1f} s", f"{together / sum(alone):.2f}"),
    ]
    table(("", f"{models} models each", "ratio"), rows)
