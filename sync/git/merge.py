"""Merge three versions of one text with `git merge-file`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from sync.git.process import Git

MAX_CONFLICTS = 127  # git counts no further; a higher exit code is an error


def merge_three_way(
    ours: bytes, base: bytes, *, theirs: bytes, labels: tuple[str, str, str]
) -> tuple[bytes, int]:
    """Return the merged text, with conflict markers, and the number of conflicts in it.

    `labels` name ours, base and theirs beside the markers. Raises GitError if git fails.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        sides = zip(("ours", "base", "theirs"), (ours, base, theirs), strict=True)
        for side, text in sides:
            (folder / side).write_bytes(text)
        command = ["merge-file", "-p", "--zdiff3"]
        command += [word for label in labels for word in ("-L", label)]
        command += ["ours", "base", "theirs"]
        answer = Git(folder).run_command(*command)
        if answer.exit_code > MAX_CONFLICTS or answer.exit_code < 0:
            raise Git(folder).explain_failure(answer.stderr)
        return answer.stdout, answer.exit_code
