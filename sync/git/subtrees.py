"""Detect that `git subtree --squash` left the history of a folder out of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.git.process import decode_printable

if TYPE_CHECKING:
    from sync.git.repository import Repository

_TRAILERS = "%(trailers:key=git-subtree-dir,valueonly)%n%(trailers:key=git-subtree-split,valueonly)"


def find_squashed_subtree(repository: Repository, folder: str, *, tip: str) -> str | None:
    """Return the subtree around the folder whose own commits no ref of this clone contains.

    `git subtree --squash` merges a commit that names the commit it stands for.
    """
    squashes = repository.git.stream_fields(
        *("-c", "log.showSignature=false", "log", "-z", "--grep=^git-subtree-split: "),
        *(f"--format={_TRAILERS}", tip, "--"),
    )
    seen = set()
    for squash in squashes:
        subtree, split = (decode_printable(squash).split() + [""] * 2)[:2]
        is_around = f"{folder}/".startswith(f"{subtree.rstrip('/')}/")
        if not (subtree and split and is_around) or subtree in seen:
            continue
        seen.add(subtree)  # the newest commit that was merged has the older ones in its history
        refs = repository.git.run_command("for-each-ref", "--count=1", "--contains", split)
        if refs.exit_code or not refs.stdout.strip():
            return subtree
    return None
