"""Find the commits that exist only in this clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.git.process import decode_printable

if TYPE_CHECKING:
    from sync.git.repository import Repository

# Refs that a fetch brought here; the last three are those that GitHub's and GitLab's runners fetch.
FETCHED_REFS = (
    "--remotes",
    *(f"--glob=refs/{name}" for name in ("pull", "merge-requests", "pipelines")),
)


def list_unshared_commits(repository: Repository) -> set[str]:
    """Return the commits of this clone that no remote had when it was last fetched from."""
    heads = ["--all"] if repository.find_head() is None else ["--all", "HEAD"]
    output = repository.git.read_output("rev-list", *heads, "--not", *FETCHED_REFS)
    return set(decode_printable(output).split())
