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


def fill(root: Path, url: str, *, files: int, commits: int) -> None:
    """All files hold the server's text at first; then each commit changes its share of them.

    With a single commit everything is in sync; with more, every file has changed, and a text that
    git has is to be replaced.
    """
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", root], check=True)
    history = b"".join(_history(files, commits))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=history, check=True)
    subprocess.run(["git", "reset", "--quiet", "--hard", "main"], cwd=root, check=True)
    (root / "config.yaml").write_text(CONFIG.format(url=url))


def _history(files: int, commits: int) -> Iterator[bytes]:
    yield _commit(0)
    yield from (_file(number, TEXT) for number in range(files))
    for commit in range(1, commits):
        yield _commit(commit)
        for number in range(commit - 1, files, commits - 1):
            yield _file(number, f"{TEXT}\nSeen again in number {commit}, from below.\n")


def _commit(number: int) -> bytes:
    who = f"committer Nobody <nobody@example.com> {1_790_000_000 + 60 * number} +0000"
    return f"commit refs/heads/main\n{who}\ndata 7\nChange\n\n".encode()


def _file(number: int, text: str) -> bytes:
    path = f"descriptions/{number % 50:02}/model_{number:05}.md"
    return f"M 644 inline {path}\ndata {len(text.encode())}\n{text}\n".encode()
