"""One commit on a ref, written by one process, on disk before it is spoken of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from sync.git.process import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sync.git.process import Git

# Objects and refs are flushed to the disk itself; a git older than 2.36 ignores the setting.
DURABLE = ("-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync")
NOBODY = "description-sync <description-sync@localhost>"
MOVED = ("Not updating", "cannot lock ref")


@dataclass(frozen=True, slots=True)
class Blob:
    """Content that the repository already has."""

    id: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to be written: its parents, and what differs from the first one's tree.

    `changes` maps paths to bytes, to a blob, or to None for a file to be removed.
    """

    message: str
    time: datetime
    parents: Sequence[str]
    changes: Mapping[str, bytes | Blob | None]


def write_commit(git: Git, ref: str, *, commit: Commit) -> str | None:
    """Put the commit on the ref and return its id; None where the ref has moved meanwhile.

    The ref moves only from a parent of the commit, or comes to be, so nobody's commit is lost.
    """
    command = (*DURABLE, "fast-import", "--quiet", "--done", "--date-format=raw")
    stream = _stream(ref, commit, author=_identity(git))
    answer = git.answer(*command, given=stream)
    if answer.status == 0:
        return decoded(answer.out).strip()
    if any(sign in answer.complaint for sign in MOVED):
        return None
    raise git.failure(answer.complaint)


def _identity(git: Git) -> str:
    """Name and address as configured; a machine without any, as in CI, gets ours."""
    answer = git.answer("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    return decoded(answer.out).rsplit(" ", 2)[0] if answer.status == 0 else NOBODY


def _stream(ref: str, commit: Commit, *, author: str) -> Iterator[bytes]:
    """The commit in the language of `git fast-import`."""
    when = f"{int(commit.time.timestamp())} {commit.time:%z}"
    yield f"commit {ref}\nmark :1\ncommitter {author} {when}\n".encode()
    yield _data(commit.message.encode())
    for word, parent in zip(
        ("from", *["merge"] * len(commit.parents)), commit.parents, strict=False
    ):
        yield f"{word} {parent}\n".encode()
    for name, content in commit.changes.items():
        path = _quoted(name)
        match content:
            case bytes():
                yield f"M 100644 inline {path}\n".encode() + _data(content)
            case Blob(id=blob):
                yield f"M 100644 {blob} {path}\n".encode()
            case None:
                yield f"D {path}\n".encode()
            case _:
                assert_never(content)
    yield b"get-mark :1\ndone\n"


def _quoted(path: str) -> str:
    """The path as fast-import takes it; only what looks like a quoted one, or is two lines, is."""
    if not path.startswith('"') and "\n" not in path:
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)
