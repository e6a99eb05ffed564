"""Read, fetch and push one ref of a git remote; no setting of the user widens or redirects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.git.process import decode_printable

if TYPE_CHECKING:
    from sync.git.process import Git, GitResult

# `--refmap=` and `--no-prune` keep a configured fetch refspec from overwriting refs with those of
# the remote; `--no-filter` brings all texts also into a partial clone.
_FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-filter", "--refmap="),
    *("--no-prune", "--no-recurse-submodules"),
)
# `--no-verify` skips the user's pre-push hook: the commits are ours, not the user's.
_PUSH = ("push", "--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")


def list_ref(git: Git, place: str, ref: str) -> GitResult:
    """Ask a remote or address for a ref."""
    return git.run_command("ls-remote", "--quiet", "--", place, ref, online=True)


def parse_tip(listed: GitResult) -> str | None:
    """Return the commit in the answer to `list_ref`, None if there is no such ref."""
    return decode_printable(listed.stdout).partition("\t")[0].strip() or None


def fetch_ref(git: Git, remote: str, refspec: str, *, place: str | None = None) -> GitResult:
    """Fetch from the remote, or from a place of it that has an address of its own."""
    return git.run_command(
        *_no_mirror(remote), *_FETCH, "--", place or remote, refspec, online=True
    )


def push_ref(git: Git, remote: str, refspec: str, *options: str) -> GitResult:
    """Push to the remote, with more options of `git push`."""
    command = (*_no_mirror(remote), *_PUSH, *options)
    return git.run_command(*command, "--", remote, refspec, online=True)


def _no_mirror(remote: str) -> tuple[str, str]:
    """Return the options that make git accept a refspec for a mirror remote, too."""
    return "-c", f"remote.{remote}.mirror=false"
