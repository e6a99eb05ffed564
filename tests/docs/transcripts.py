"""Pages whose shell transcripts are run: what a reader would type is typed, and compared.

Two kinds of fences of a page count, in the order in which a reader meets them:

    ```console          commands after `$ `, going on after `> ` where a line ends in a backslash,
                        each followed by exactly what it prints
    ```markdown PATH    a file that the reader writes, in whatever language

One shell runs the whole page in an empty home, with a minute between two commands. A command that
ends in `&` is shown with its first line, and ends with the page. Ports are any that are free,
whatever the page says. Outputs are never written by hand:

    python tests/docs/transcripts.py --write docs/tutorial.md
"""

from __future__ import annotations

import argparse
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FENCE = re.compile(
    r"^(?P<ticks>`{3,})(?P<language>\w+)(?: (?P<path>\S+))?\n(?P<text>.*?)^(?P=ticks)$",
    re.DOTALL | re.MULTILINE,
)
COMMAND = re.compile(r"^\$ .*(?:(?<=\\)\n> .*)*$", re.MULTILINE)
PORT = re.compile(r"(?<=--port )\d+|(?<=127\.0\.0\.1:)\d+")

# What is another one each time.
RUN_ID = re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{4}\b")
COMMIT_ID = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{7,64}\b")
TIME = re.compile(
    r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z| UTC| [+-]\d{4})?"
    r"|\b\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4} [+-]\d{4}"
    r"|\b\d+\.\d\d s\b"
    r"|(?<=\bwithin )\d+ s\b"
)
VERSION = re.compile(r"(?<=\bgit )\d+(?:\.\d+)+")

GIT_CONFIG = """\
[user]
    name = Ada Painter
    email = ada@studio.example
[init]
    defaultBranch = main
"""
# Behind each command: its output ends, a minute goes by, and `$?` stays what it was.
PROLOGUE = """\
exec </dev/null 2>&1
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
clock=1790000000
next() {
  local code=$?
  printf '\\0'
  clock=$((clock + 60))
  export GIT_AUTHOR_DATE="@$clock +0000" GIT_COMMITTER_DATE="@$clock +0000"
  return $code
}
next
"""
IN_BACKGROUND = """\
first=$(mktemp)
%s >"$first" 2>&1 &
while [ ! -s "$first" ] && kill -0 $! 2>/dev/null; do sleep 0.05; done
cat "$first"
"""
WIDTH = 96


def run(page: str, *, folder: Path) -> str:
    """The page with what its commands print in truth; `folder` holds all that they make."""
    outputs = chain(printed(page, folder=folder), repeat(""))
    return FENCE.sub(lambda fence: with_outputs(fence, outputs), page)


def settled(page: str) -> str:
    """The page without what is another one each time; ids keep telling who is who."""
    with_ids = numbered(COMMIT_ID, "COMMIT", numbered(RUN_ID, "RUN", page))
    return VERSION.sub("VERSION", TIME.sub("TIME", with_ids))


def numbered(pattern: re.Pattern[str], word: str, page: str) -> str:
    """The page with ids as numbers, in the order of their coming; a commit's may be cut short."""
    names: dict[str, str] = {}
    size = 7 if pattern is COMMIT_ID else None
    return pattern.sub(
        lambda id_: names.setdefault(id_[0][:size], f"{word}-{len(names) + 1}"), page
    )


# --- the shell -----------------------------------------------------------------------------------


def printed(page: str, *, folder: Path) -> list[str]:
    """What each command of the page prints, with the page's own ports and `~` for the home."""
    home, temporary = folder / "home", folder / "tmp"
    home.mkdir()
    temporary.mkdir()
    (home / ".gitconfig").write_text(GIT_CONFIG)
    ports = free_ports(set(PORT.findall(page)))
    done = subprocess.run(
        ["bash", "-c", with_ports("".join([PROLOGUE, *steps(page)]), ports)],
        cwd=home,
        env=environment(home, temporary),
        stdout=subprocess.PIPE,
        check=False,
    )
    stated = {free: port for port, free in ports.items()}
    return with_ports(done.stdout.decode(), stated).replace(str(home), "~").split("\0")[1:]


def steps(page: str) -> Iterator[str]:
    """What the shell does for each file and each command of the page."""
    for fence in FENCE.finditer(page):
        if path := fence["path"]:
            yield f"mkdir -p \"$(dirname {path})\"\ncat >{path} <<'END OF FILE'\n"
            yield f"{fence['text']}END OF FILE\n"
        elif fence["language"] == "console":
            for command in COMMAND.findall(fence["text"]):
                yield f"{typed(command)}\nnext\n"


def typed(command: str) -> str:
    """The command without the shell's prompts."""
    line = command.removeprefix("$ ").replace("\n> ", "\n")
    return IN_BACKGROUND % line.removesuffix(" &") if line.endswith(" &") else line


def environment(home: Path, temporary: Path) -> dict[str, str]:
    """What a reader's shell has, on a machine that has no configuration of its own."""
    return {
        "COLUMNS": str(WIDTH),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "TMPDIR": str(temporary),
        "TZ": "UTC",
    }


def free_ports(stated: set[str]) -> dict[str, str]:
    """For each of the ports one that is free, of those that the system gives to nobody unasked."""
    return {port: str(_free_port()) for port in sorted(stated)}


def _free_port() -> int:
    while True:
        port = random.SystemRandom().randrange(15_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def with_ports(text: str, ports: Mapping[str, str]) -> str:
    return PORT.sub(lambda port: ports.get(port[0], port[0]), text)


# --- the page ------------------------------------------------------------------------------------


def with_outputs(fence: re.Match[str], outputs: Iterator[str]) -> str:
    """The fence, each of its commands followed by the next output."""
    if fence["path"] or fence["language"] != "console":
        return fence[0]
    commands = COMMAND.findall(fence["text"])
    shown = "".join(f"{command}\n{tidy(next(outputs))}" for command in commands)
    return f"{fence['ticks']}console\n{shown}{fence['ticks']}"


def tidy(output: str) -> str:
    """Lines without blanks at their ends, which editors take away."""
    return "".join(f"{line.rstrip()}\n" for line in output.splitlines())


def main() -> None:
    """Run the pages named, and write those whose outputs have changed."""
    parser = argparse.ArgumentParser(description="Bring the outputs in pages up to date.")
    parser.add_argument("--write", nargs="+", type=Path, metavar="PAGE", required=True)
    for path in parser.parse_args().write:
        page = path.read_text()
        with tempfile.TemporaryDirectory() as folder:
            told = run(page, folder=Path(folder))
        if settled(told) != settled(page):
            path.write_text(told)


if __name__ == "__main__":
    main()
