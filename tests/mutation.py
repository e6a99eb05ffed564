"""How many small mistakes in the core its tests notice: `python tests/mutation.py [PATTERN ...]`.

mutmut makes the mistakes, one at a time, as its section of pyproject.toml says; docs/testing.md
says which ones nobody could notice. A pattern such as `sync.decisions.*` means only these modules.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

AT_LEAST = 95
FOLDER = Path(__file__).parent.parent


def mutmut(*words, **environment):
    command = [sys.executable, "-m", "mutmut", *words]
    subprocess.run(command, cwd=FOLDER, env=os.environ | environment, check=True)


def main():
    shutil.rmtree(FOLDER / "mutants", ignore_errors=True)  # it would go by the tests of last time
    with tempfile.TemporaryDirectory() as folder:  # another pytest would tidy up a shared one
        mutmut("run", *sys.argv[1:], PYTEST_DEBUG_TEMPROOT=folder)
    mutmut("export-cicd-stats")
    counts = json.loads((FOLDER / "mutants" / "mutmut-cicd-stats.json").read_text())
    noticed = counts["killed"] + counts["timeout"]
    total = noticed + sum(
        counts[each] for each in ("survived", "no_tests", "suspicious", "segfault")
    )
    score = 100 * noticed / total
    sys.stdout.write(f"{noticed} of {total} noticed: {score:.1f} %\n")
    sys.exit(score < AT_LEAST)


if __name__ == "__main__":
    main()
