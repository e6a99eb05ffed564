"""Three versions of one text made into one, by git's own three-way merge."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from sync.git.process import Git

MOST_CONFLICTS = 127  # git counts no further; above that its exit code is an error


def merge_three_way(
    ours: bytes, base: bytes, *, theirs: bytes, labels: tuple[str, str, str]
) -> tuple[bytes, int]:
    """The merged text, with conflict markers, and the number of conflicts in it.

    `labels` name ours, base and theirs beside the markers.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        sides = zip(("ours", "base", "theirs"), (ours, base, theirs), strict=True)
        for side, text in sides:
            (folder / side).write_bytes(text)
        command = ["merge-file", "-p", "--zdiff3"]
        command += [word for label in labels for word in ("-L", label)]
        command += ["ours", "base", "theirs"]
        answer = Git(folder).answer(*command)
        if answer.status > MOST_CONFLICTS or answer.status < 0:
            raise Git(folder).failure(answer.complaint)
        return answer.out, answer.status
