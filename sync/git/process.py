"""Run git: send input, read its output, and translate its errors into GitError."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from shutil import which
from subprocess import DEVNULL, PIPE, TimeoutExpired
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from sync.abandonment import is_network_abandoned
from sync.errors import GitError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from subprocess import Popen

# Git gives up a stalled HTTP connection after 30 s; NETWORK_TIMEOUT covers other transports.
STALL_TIMEOUTS = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "30"}
NETWORK_TIMEOUT = 300.0  # seconds
LONGEST_WAIT = 0.2  # seconds until such a command notices that it was abandoned
TERMINATE_GRACE = 5.0  # seconds for git to end its helpers before it is killed
# Git speaks English, asks nothing on the terminal, takes no lock to read, treats paths literally,
# and shows the history as it was committed: replacement objects and grafts could hide a text.
BASE_ENVIRONMENT = {
    "LANGUAGE": "C",
    "LC_ALL": "C",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
}
# In a hook, git sets these variables to its own repository. Here only the given folder decides.
HOOK_VARIABLES = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    *("GIT_OBJECT_DIRECTORY", "GIT_SHALLOW_FILE", "GIT_NAMESPACE"),
)
# A partial clone must not fetch missing objects one by one without being told to. The first
# variable forbids it since git 2.44; the second leaves older versions no transport to do it with.
OFFLINE_ENVIRONMENT = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
CHUNK_SIZE = 1 << 16

INSTALL_HINT = "Install git (2.36 or newer), or correct PATH."
UNSHALLOW_HINT = (
    "This clone is shallow. Fetch the whole history with `git fetch --unshallow`; "
    "in CI, check out with `fetch-depth: 0`."
)
REFETCH_HINT = (
    "This is a partial clone. Fetch the texts that it lacks with "
    "`git fetch --refetch --no-filter`, or clone without `--filter`."
)


@dataclass(frozen=True, slots=True)
class GitResult:
    """The result of one run of git; `stderr` is decoded, `stdout` is bytes."""

    exit_code: int
    stdout: bytes
    stderr: str


@dataclass(frozen=True, slots=True)
class Git:
    """A runner of git commands in one folder. It has no state, so threads can share it.

    Git runs in its own session, so that a Ctrl-C does not interrupt the writing of a snapshot. A
    command that uses the network stays in the session of our terminal, if there is one, because ssh
    may ask for a passphrase there. It ends after `network_timeout` seconds, or if it is
    abandoned (`abandonable_network_commands`). `variables` are added to the environment.
    """

    folder: Path
    network_timeout: float = NETWORK_TIMEOUT
    variables: Mapping[str, str] = field(default_factory=dict)

    def read_output(
        self, *command: str, stdin_chunks: Iterable[bytes] = (), online: bool = False
    ) -> bytes:
        """Run a command, write `stdin_chunks` to it, and return its output.

        Raises GitError if it fails.
        """
        answer = self.run_command(*command, stdin_chunks=stdin_chunks, online=online)
        if answer.exit_code:
            raise self.explain_failure(answer.stderr)
        return answer.stdout

    def read_line(self, *command: str) -> str:
        return decode_printable(self.read_output(*command)).rstrip("\n")

    def run_command(
        self, *command: str, stdin_chunks: Iterable[bytes] = (), online: bool = False
    ) -> GitResult:
        """Run a command and return its result, even if it fails.

        Git can use the network only if `online` is true. Raises GitError if git is not installed.
        """
        with self._start_process(*command, stdin_chunks=stdin_chunks, online=online) as process:
            out, complaint = self._wait_for_network(process) if online else process.communicate()
        return GitResult(process.returncode, out, decode_printable(complaint))

    def _wait_for_network(self, process: Popen[bytes]) -> tuple[bytes, bytes]:
        """Wait for a command that uses the network; end it if it takes too long or is abandoned."""
        end = time.monotonic() + self.network_timeout
        while (left := end - time.monotonic()) > 0 and not is_network_abandoned():
            with suppress(TimeoutExpired):
                return process.communicate(timeout=min(left, LONGEST_WAIT))
        _terminate_process(process)
        if is_network_abandoned():
            return b"", b"interrupted"
        return b"", f"no answer within {self.network_timeout:g} s".encode()

    def stream_fields(self, *command: str, stdin_chunks: Iterable[bytes] = ()) -> Iterator[bytes]:
        """Yield the NUL-terminated fields of the output while git runs.

        Raises GitError if it fails.
        """
        rest = b""
        with self._stream_output(*command, stdin_chunks=stdin_chunks) as stdout:
            while chunk := stdout.read(CHUNK_SIZE):
                *whole, rest = (rest + chunk).split(b"\0")
                yield from whole

    def read_blobs(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the id and bytes of each object in the given order, one in memory at a time.

        Raises GitError if an object is missing.
        """
        given = [f"{each}\n".encode() for each in ids]
        if not given:
            return
        with self._stream_output("cat-file", "--batch", "--buffer", stdin_chunks=given) as stdout:
            while header := stdout.readline():
                name, _, size = decode_printable(header).rstrip("\n").partition(" blob ")
                if not size:
                    raise GitError(
                        f"{self.folder}: git lacks an object: {name}",
                        hint="Look at the repository with `git fsck`, or clone it anew.",
                    )
                yield name, stdout.read(int(size))
                stdout.read(1)

    def find_local_objects(self, ids: Iterable[str]) -> set[str]:
        """Return the objects that this clone has; fetch nothing."""
        asked = set(ids)
        listing = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered")
        with self._stream_output(*listing) as stdout:
            return {
                name for line in stdout if (name := decode_printable(line).rstrip("\n")) in asked
            }

    @contextmanager
    def _stream_output(
        self, *command: str, stdin_chunks: Iterable[bytes] = ()
    ) -> Iterator[BinaryIO]:
        """Open the output of a command as a stream; raise GitError at the end if it failed."""
        with (
            self._start_process(*command, stdin_chunks=stdin_chunks) as process,
            ThreadPoolExecutor(1) as aside,
        ):
            stdout, stderr = (cast("BinaryIO", pipe) for pipe in (process.stdout, process.stderr))
            # Read stderr at the same time: with a full pipe, git would wait for us and we for git.
            complaint = aside.submit(stderr.read)
            try:
                yield stdout
            except BaseException:
                _kill_session(process)
                raise
            if process.wait():
                raise self.explain_failure(decode_printable(complaint.result()))

    @contextmanager
    def _start_process(
        self, *command: str, stdin_chunks: Iterable[bytes] = (), online: bool = False
    ) -> Iterator[Popen[bytes]]:
        """Start git and yield the process; it is ended when the context ends.

        Raises GitError if git is not installed.
        """
        with _spool_input(stdin_chunks) as stdin:
            try:
                process = _get_popen()(
                    ["git", *command],
                    cwd=self.folder,
                    env=_make_environment(self.variables, online=online),
                    stdin=stdin or DEVNULL,
                    stdout=PIPE,
                    stderr=PIPE,
                    start_new_session=not (online and _has_terminal()),
                )
            except FileNotFoundError as error:
                if which("git"):
                    raise GitError(f"{self.folder} does not exist.") from error
                raise _make_not_found_error() from error
            with _end_process(process):
                yield process

    def explain_failure(self, complaint: str) -> GitError:
        """Return a GitError for a message of git, with a hint for a known problem."""
        match complaint:
            case text if "dubious ownership" in text:
                return RepositoryError(
                    f"{self.folder}: the repository belongs to another user, and git refuses it.",
                    hint="If you trust it: "
                    "git config --global --add safe.directory "
                    f"{_parse_repository_path(text, self.folder)}",
                )
            case text if "not a git repository" in text:
                return RepositoryError(
                    f"{self.folder} is not in a git repository.",
                    hint="Descriptions are read from git: run `git init` and commit them, "
                    "or change to your repository.",
                )
            case text if "must be run in a work tree" in text:
                return RepositoryError(
                    f"{self.folder} is a bare repository, without files to read.",
                    hint="Run this in a clone of it.",
                )
            case text if "promisor" in text or "lazy fetch" in text:
                return GitError(
                    f"{self.folder}: texts are missing from this clone.", hint=REFETCH_HINT
                )
            case text:
                return GitError(f"{self.folder}: git says: {_summarize_complaint(text)}")


def decode_printable(raw: bytes) -> str:
    """Decode a message or path of git as UTF-8; escape the bytes that are not UTF-8."""
    return raw.decode("utf-8", "backslashreplace")


def _get_popen() -> type[Popen[bytes]]:
    """Return the class that starts processes; on Windows it ignores a git in the working folder.

    GitPython takes long to import, and runs git when it is imported.
    """
    if sys.platform != "win32":
        return subprocess.Popen
    try:
        from git.cmd import safer_popen  # noqa: PLC0415 - see above
    except ImportError as error:  # git is not there
        raise _make_not_found_error() from error
    return safer_popen


def _make_not_found_error() -> GitError:
    return GitError("git was not found.", hint=INSTALL_HINT)


def make_old_git_error() -> GitError:
    """Make the error for a version of git that lacks what is needed."""
    return GitError("git is too old.", hint=INSTALL_HINT)


def _make_environment(variables: Mapping[str, str], *, online: bool) -> dict[str, str]:
    """Return our environment for git: without the variables of a hook, with our own."""
    inherited = {name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES}
    access = STALL_TIMEOUTS if online else OFFLINE_ENVIRONMENT
    return inherited | BASE_ENVIRONMENT | access | dict(variables)


@contextmanager
def _end_process(process: Popen[bytes]) -> Iterator[None]:
    """End a process that is still running at the end of the context, and close its pipes."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
        process.wait()


def _has_terminal() -> bool:
    """Return True if the process has a terminal on which ssh can ask."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


def _kill_session(process: Popen[bytes]) -> None:
    """Kill a process and the helpers in its session; on Windows, which has none, only itself."""
    if not hasattr(os, "killpg"):
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM if it has ended by itself
        os.killpg(process.pid, signal.SIGKILL)


def _terminate_process(process: Popen[bytes]) -> None:
    """End a process: SIGTERM first, so that git can end its helpers, SIGKILL after a delay.

    The remaining helpers are killed with its session, unless the session is ours.
    """
    leads_session = _leads_session(process)
    process.terminate()
    with suppress(TimeoutExpired):
        process.wait(TERMINATE_GRACE)
    if leads_session:
        _kill_session(process)
    else:
        process.kill()
    process.wait()


def _leads_session(process: Popen[bytes]) -> bool:
    """Return True if the process runs in a session of its own."""
    if not hasattr(os, "getsid"):
        return False
    with suppress(ProcessLookupError, PermissionError):
        return os.getsid(process.pid) == process.pid
    return False


def _spool_input(stdin_chunks: Iterable[bytes]) -> AbstractContextManager[BinaryIO | None]:
    """Write the input to a temporary file, so that git can answer before it has read everything.

    Returns a context with None if there is no input.
    """
    if stdin_chunks == ():
        return nullcontext()
    file = TemporaryFile()  # noqa: SIM115 - the caller's `with` closes it
    file.writelines(stdin_chunks)
    file.seek(0)
    return cast("AbstractContextManager[BinaryIO]", file)


def _parse_repository_path(complaint: str, folder: Path) -> str:
    found = re.search(r"repository at '([^']+)'", complaint)
    return found[1] if found else str(folder)


def _summarize_complaint(complaint: str) -> str:
    """Return the lines of the message with the error, without passwords in URLs."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    telling = [line for line in lines if re.match("fatal:|error:", line)] or lines
    return re.sub(r"://[^/@\s]+@", "://…@", "; ".join(telling)) or "it did not say why"
