"""Write one commit to a ref with one git process, flushed to disk before its id is returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sync.git.process import Git

# Git flushes objects and refs to the disk itself. Versions before 2.36 ignore these settings.
FSYNC_OPTIONS = ("-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync")
# Git keeps a reflog only for branches by default. A ref that a fetch overwrote is found there.
REFLOG_OPTIONS = ("-c", "core.logAllRefUpdates=always")
DEFAULT_IDENTITY = "description-sync <description-sync@localhost>"
REF_MOVED_SIGNS = ("Not updating", "cannot lock ref")


@dataclass(frozen=True, slots=True)
class Blob:
    """A file content that the repository has already, named by its object id."""

    id: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to write: its message, its parents, and the changes to its first parent's tree.

    `changes` maps a path to new bytes, to an existing blob, or to None, which removes the file.
    """

    message: str
    time: datetime
    parents: Sequence[str]
    changes: Mapping[str, bytes | Blob | None]


def write_commit(git: Git, ref: str, *, commit: Commit) -> str | None:
    """Write the commit to the ref and return its id, or None if the ref has moved meanwhile.

    Git creates the ref, or moves it only if it still points to a parent of the commit. So no
    commit of another process is lost. Raises GitError if git fails for another reason.
    """
    options = (*FSYNC_OPTIONS, *REFLOG_OPTIONS)
    command = (*options, "fast-import", "--quiet", "--done", "--date-format=raw")
    stream = _stream_commit(ref, commit, author=_find_identity(git))
    answer = git.run_command(*command, stdin_chunks=stream)
    if answer.exit_code == 0:
        return decode_printable(answer.stdout).strip()
    if any(sign in answer.stderr for sign in REF_MOVED_SIGNS):
        return None
    raise git.explain_failure(answer.stderr)


def _find_identity(git: Git) -> str:
    """Return the configured committer as `NAME <EMAIL>`, or DEFAULT_IDENTITY, as often in CI."""
    answer = git.run_command("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    return (
        decode_printable(answer.stdout).rsplit(" ", 2)[0]
        if answer.exit_code == 0
        else DEFAULT_IDENTITY
    )


def _stream_commit(ref: str, commit: Commit, *, author: str) -> Iterator[bytes]:
    """Yield the commit in the input format of `git fast-import`."""
    when = f"{int(commit.time.timestamp())} {commit.time:%z}"
    yield f"commit {ref}\nmark :1\ncommitter {author} {when}\n".encode()
    yield _frame_data(commit.message.encode())
    for word, parent in zip(
        ("from", *["merge"] * len(commit.parents)), commit.parents, strict=False
    ):
        yield f"{word} {parent}\n".encode()
    for name, content in commit.changes.items():
        path = _quote_path(name)
        match content:
            case bytes():
                yield f"M 100644 inline {path}\n".encode() + _frame_data(content)
            case Blob(id=blob):
                yield f"M 100644 {blob} {path}\n".encode()
            case None:
                yield f"D {path}\n".encode()
            case _:
                assert_never(content)
    yield b"get-mark :1\ndone\n"


def _quote_path(path: str) -> str:
    """Return the path for fast-import: quoted only if it starts with a quote or has a newline."""
    if not path.startswith('"') and "\n" not in path:
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _frame_data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)
