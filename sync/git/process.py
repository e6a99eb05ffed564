"""One run of git: what it is told, the bytes it answers, and its complaints as our errors."""

from __future__ import annotations

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from subprocess import TimeoutExpired
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from sync.errors import GitError

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a missing git is reported when it is run
import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from subprocess import Popen

# What stalls on the way to a server is given up: by git where it can tell, else by us.
STALLED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "30"}
PATIENCE = 300.0  # seconds
GRACE = 5.0  # seconds in which git may end its helpers before it is killed
# No question on a terminal, no lock for a mere look, no wildcard in the name of a folder.
ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
}
# A partial clone must not fetch what it lacks, object by object, behind our back. The first
# variable says so since git 2.44; the second leaves older ones no transport to do it with.
OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
CHUNK = 1 << 16

UNSHALLOW = (
    "This clone is shallow. Fetch the whole history with `git fetch --unshallow`; "
    "in CI, check out with `fetch-depth: 0`."
)
REFETCH = (
    "This is a partial clone. Fetch the texts that it lacks with "
    "`git fetch --refetch --no-filter`, or clone without `--filter`."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How one run of git ended; `complaint` is what it wrote to stderr."""

    status: int
    out: bytes
    complaint: str


@dataclass(frozen=True, slots=True)
class Git:
    """Git as run in one folder. It keeps nothing between runs, so threads may share it.

    It runs in a session of its own, so that a Ctrl-C meant for us does not cut off a snapshot; but
    online, where it may have to ask for a passphrase, and has `patience` seconds to end.
    """

    folder: Path
    patience: float = PATIENCE

    def output(self, *command: str, given: Iterable[bytes] = (), online: bool = False) -> bytes:
        """What git answers to the command; GitError when it fails. `given` is its stdin."""
        answer = self.answer(*command, given=given, online=online)
        if answer.status:
            raise self.failure(answer.complaint)
        return answer.out

    def line(self, *command: str) -> str:
        return decoded(self.output(*command)).rstrip("\n")

    def answer(self, *command: str, given: Iterable[bytes] = (), online: bool = False) -> Answer:
        """As `output`, with a failure as a value. Only where `online` may git use the network."""
        with self._process(*command, given=given, online=online) as process:
            try:
                out, complaint = process.communicate(timeout=self.patience if online else None)
            except TimeoutExpired:
                _end(process)
                return Answer(process.wait(), b"", f"no answer within {self.patience:g} s")
        return Answer(process.returncode, out, decoded(complaint))

    def fields(self, *command: str, given: Iterable[bytes] = ()) -> Iterator[bytes]:
        """The NUL-terminated fields of an answer, as they come."""
        rest = b""
        with self._running(*command, given=given) as stdout:
            while chunk := stdout.read(CHUNK):
                *whole, rest = (rest + chunk).split(b"\0")
                yield from whole

    def blobs(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Each object's id and bytes, in the order asked for, one in memory at a time."""
        given = (f"{each}\n".encode() for each in ids)
        with self._running("cat-file", "--batch", "--buffer", given=given) as stdout:
            while header := stdout.readline():
                name, _, size = decoded(header).rstrip("\n").partition(" blob ")
                if not size:
                    raise GitError(
                        f"{self.folder}: git lacks an object: {name}",
                        hint="Look at the repository with `git fsck`, or clone it anew.",
                    )
                yield name, stdout.read(int(size))
                stdout.read(1)

    def local(self, ids: Iterable[str]) -> set[str]:
        """Those of the objects that are in this clone; nothing is fetched to find out."""
        asked = set(ids)
        listing = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered")
        with self._running(*listing) as stdout:
            return {name for line in stdout if (name := decoded(line).rstrip("\n")) in asked}

    @contextmanager
    def _running(self, *command: str, given: Iterable[bytes] = ()) -> Iterator[BinaryIO]:
        """What git answers, as it comes; GitError when it fails in the end."""
        with self._process(*command, given=given) as process, ThreadPoolExecutor(1) as aside:
            stdout, stderr = (cast("BinaryIO", pipe) for pipe in (process.stdout, process.stderr))
            # Read meanwhile: a git that has much to complain of would wait for us, and we for it.
            complaint = aside.submit(stderr.read)
            try:
                yield stdout
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)  # a session of its own, with all in it
                raise
            if process.wait():
                raise self.failure(decoded(complaint.result()))

    @contextmanager
    def _process(
        self, *command: str, given: Iterable[bytes] = (), online: bool = False
    ) -> Iterator[Popen[bytes]]:
        """Git at work; it does not outlive the context."""
        with _as_file(given) as stdin:
            try:
                running = git.Git(self.folder).execute(
                    ["git", *command],
                    stdin,
                    as_process=True,
                    env=_environment(online=online),
                    start_new_session=not online,
                )
            except git.GitCommandNotFound as error:
                hint = "Install git (2.36 or newer), or correct PATH."
                raise GitError("git was not found.", hint=hint) from error
            yield cast("Popen[bytes]", running.proc)

    def failure(self, complaint: str) -> GitError:
        """What git complained of, in our words where we know a cure."""
        match complaint:
            case text if "dubious ownership" in text:
                return GitError(
                    f"{self.folder}: the repository belongs to another user, and git refuses it.",
                    hint="If you trust it: "
                    f"git config --global --add safe.directory {_owned(text, self.folder)}",
                )
            case text if "not a git repository" in text:
                return GitError(
                    f"{self.folder} is not in a git repository.",
                    hint="Descriptions are read from git: run `git init` and commit them, "
                    "or change to your repository.",
                )
            case text if "must be run in a work tree" in text:
                return GitError(
                    f"{self.folder} is a bare repository, without files to read.",
                    hint="Run this in a clone of it.",
                )
            case text if "promisor" in text or "lazy fetch" in text:
                return GitError(f"{self.folder}: texts are missing from this clone.", hint=REFETCH)
            case text:
                return GitError(f"{self.folder}: git says: {_in_short(text)}")


def decoded(raw: bytes) -> str:
    """Git's words or a path as text that can be printed, whatever bytes it is made of."""
    return raw.decode("utf-8", "backslashreplace")


def _environment(*, online: bool) -> Mapping[str, str]:
    return ENVIRONMENT | (STALLED if online else OFFLINE)


def _end(process: Popen[bytes]) -> None:
    """End a process that takes too long; asked first, git ends its helpers, too."""
    process.terminate()
    try:
        process.wait(GRACE)
    except TimeoutExpired:
        process.kill()


def _as_file(given: Iterable[bytes]) -> AbstractContextManager[BinaryIO | None]:
    """The input as a file: git may then answer before it has read everything."""
    if given == ():
        return nullcontext()
    file = TemporaryFile()  # noqa: SIM115 - the caller's `with` closes it
    file.writelines(given)
    file.seek(0)
    return cast("AbstractContextManager[BinaryIO]", file)


def _owned(complaint: str, folder: Path) -> str:
    found = re.search(r"repository at '([^']+)'", complaint)
    return found[1] if found else str(folder)


def _in_short(complaint: str) -> str:
    """The lines that say what is wrong, without a password that a URL may carry."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    telling = [line for line in lines if re.match("fatal:|error:", line)] or lines
    return re.sub(r"://[^/@\s]+@", "://…@", "; ".join(telling)) or "it did not say why"
