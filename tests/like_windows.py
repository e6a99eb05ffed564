"""Run the command as Windows would, as far as a POSIX system can act it: `like_windows.py plan`.

What Windows lacks is taken away: calls, modules, signals, programs beside git, and the right to
remove or replace a file that is open. What it has instead is there: SIGBREAK, a code page, a second
drive, and paths with backslashes. File systems that ignore case are not acted.
"""

from __future__ import annotations

import asyncio  # on POSIX it needs some of what is taken away
import builtins
import io
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress

import filelock  # noqa: F401 - on Windows it locks in another way, with all that it needs

CALLS = [
    *("chown", "fchdir", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid"),
    *("getgroups", "getpgid", "getpgrp", "getsid", "getuid", "killpg", "lchown", "lockf"),
    *("mkfifo", "mknod", "nice", "openpty", "posix_spawn", "pread", "pwrite", "setegid"),
    *("seteuid", "setgid", "setgroups", "setpgid", "setsid", "setuid", "sync", "wait3"),
    *("O_DIRECTORY", "O_DSYNC", "O_NOCTTY", "O_SYNC"),
]
SIGNALS = [
    *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP"),
    *("SIGTSTP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "alarm", "pthread_kill", "pthread_sigmask"),
    *("setitimer", "sigwait"),
]
MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
# Tests that Windows cannot even import: they have a terminal of POSIX, its signals or its limits.
NOT_ON_WINDOWS = [
    *("test_check_fix.py", "test_init.py"),
    *("e2e/test_checking_up.py", "e2e/test_closed_files.py", "e2e/test_interrupted.py"),
    *("e2e/test_like_windows.py", "e2e/test_limits.py", "e2e/test_show.py"),
    "e2e/test_terminal.py",
]
OTHER_DRIVE = "drive_d"  # a folder of this name, wherever it is


class BackslashPath(type(pathlib.Path())):
    """A path that is written with backslashes, takes both, and is the same for the system."""

    if sys.version_info >= (3, 12):

        def __init__(self, *parts):
            super().__init__(*map(with_slashes, parts))

    else:

        @classmethod
        def _from_parts(cls, parts):
            return super()._from_parts(map(with_slashes, parts))

    def __str__(self):
        return super().__str__().replace("/", "\\")

    def __truediv__(self, part):
        return super().__truediv__(with_slashes(part))

    def __fspath__(self):
        return super().__str__()

    def as_posix(self):
        return super().__str__()


def with_slashes(value):
    return value.replace("\\", "/") if isinstance(value, str) else value


def taking_backslashes(call):
    """Take backslashes in the first argument, which is a path."""

    def converted(path, *others, **options):
        return call(with_slashes(path), *others, **options)

    return converted


class WindowsPopen(subprocess.Popen):
    """Programs take absolute paths with backslashes, too, also from variables."""

    def __init__(self, args, *others, env=None, **options):
        args = list(map(self._convert, args))
        env = {name: self._convert(value) for name, value in (env or os.environ).items()}
        super().__init__(args, *others, env=env, **options)

    @staticmethod
    def _convert(word):
        return with_slashes(word) if str(word).startswith("\\") else word


def take_away() -> None:
    signal.SIGBREAK = signal.Signals.SIGUSR2
    for module, names in ((os, CALLS), (signal, SIGNALS)):
        for name in names:
            vars(module).pop(name, None)
    for name in MODULES:
        sys.modules[name] = None


def add_no_signal_handler(loop: object, *_: object) -> None:
    raise NotImplementedError


def is_open(path: object) -> bool:
    """Whether this process has the file open."""
    name = os.path.realpath(path)
    for each in pathlib.Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists the folder is gone
            if str(each.readlink()) == name:
                return True
    return False


def refusing_open_files(call):
    def checked(*paths, **options):
        if any(is_open(path) for path in paths):
            raise PermissionError(13, "used by another process", str(paths[0]))
        return call(*paths, **options)

    return checked


def relative_on_one_drive(path, start=os.curdir, call=os.path.relpath):
    drives = {OTHER_DRIVE in str(each) for each in (path, start)}
    if len(drives) == 2:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")
    return call(path, start)


def main() -> int:
    folder = tempfile.mkdtemp()
    pathlib.Path(folder, "git").symlink_to(shutil.which("git"))
    os.environ["PATH"] = folder
    subprocess.run(["git", "--version"], capture_output=True, check=True)
    take_away()
    asyncio.SelectorEventLoop.add_signal_handler = add_no_signal_handler
    pathlib.PosixPath = BackslashPath  # of which Path makes its instances
    subprocess.Popen = WindowsPopen
    for name in (
        "access",
        "open",
        "stat",
        "lstat",
        "listdir",
        "scandir",
        "mkdir",
        "makedirs",
        "readlink",
    ):
        setattr(os, name, taking_backslashes(getattr(os, name)))
    io.open = builtins.open = taking_backslashes(open)
    for name in ("remove", "unlink", "rename", "replace"):
        setattr(os, name, refusing_open_files(getattr(os, name)))
    os.path.relpath = relative_on_one_drive
    os.chmod = lambda *_, **__: None
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="cp1252")
    # A file that is opened as text without an encoding would be read in the code page.
    warnings.simplefilter("ignore", EncodingWarning)  # others' code
    warnings.filterwarnings("error", category=EncodingWarning, module=r"sync\b")
    try:
        from sync.cli import main as run  # noqa: PLC0415 - nothing of it before what is taken away

        return run()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
