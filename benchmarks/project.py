"""A repository of descriptions with a history, for a target that the lean server plays."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from server import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """\
version: 1
targets: {{production: {{base_url: {url}/v1, requests_per_minute: 0, concurrency: 16}}}}
"""


# With the server's text: 2.8 kB, as of a model that is documented well, with tags and code.
LONG = "\n\n".join(
    f"## Part {n}\n\nSee {{asset:asset_4kr6JEUgrsdZ8zj8RzuUiE{n:02}}} beside `lantern_{n}`: "
    "at dusk — with the door open — it needs no more than 0.85, and {model:flux.1-dev} under it. "
    "Name the hour, the weather and where the light comes from, in that order."
    for n in range(6)
)


def fill(  # noqa: PLR0913 - what a repository is made of
    root: Path, url: str, *, files: int, commits: int, versions: int = 1, more: str = ""
) -> None:
    """All files hold the server's text at first; then each commit changes its share of them.

    With a single commit everything is in sync; with more, every file has changed, and a text that
    git has is to be replaced. Each file changes `versions` times; `more` is what it has then.
    """
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", root], check=True)
    # In chunks: what this process holds counts as memory of the processes that it measures.
    with subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=root, stdin=subprocess.PIPE
    ) as git:
        assert git.stdin is not None  # noqa: S101 - it is a pipe
        git.stdin.writelines(_history(files, commits, versions=versions, more=more))
    if git.returncode:
        raise subprocess.CalledProcessError(git.returncode, git.args)
    subprocess.run(["git", "reset", "--quiet", "--hard", "main"], cwd=root, check=True)
    (root / "config.yaml").write_text(CONFIG.format(url=url))


def _history(files: int, commits: int, *, versions: int, more: str) -> Iterator[bytes]:
    yield _commit(0)
    yield from (_file(number, TEXT) for number in range(files))
    for commit in range(1, commits):
        yield _commit(commit)
        for change in range(commit - 1, files * versions, commits - 1):
            number = change % files
            text = f"{TEXT}\n{more}\nSeen again in number {commit}, from below.\n"
            yield _file(number, text)


def _commit(number: int) -> bytes:
    who = f"committer Nobody <nobody@example.com> {1_790_000_000 + 60 * number} +0000"
    return f"commit refs/heads/main\n{who}\ndata 7\nChange\n\n".encode()


def _file(number: int, text: str) -> bytes:
    path = f"descriptions/{number % 50:02}/model_{number:05}.md"
    return f"M 644 inline {path}\ndata {len(text.encode())}\n{text}\n".encode()
