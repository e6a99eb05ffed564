"""`demo`: the whole story, in a temporary repository with a sandbox of its own."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from sync.cli.options import Command, Settings
from sync.cli.output import in_color
from sync.sandbox.seed import Seed
from sync.sandbox.shapes import Model
from sync.sandbox.store import Store

STORE = ".description-sync/sandbox.sqlite3"
CONFIG = f"version: 1\ntarget: sandbox\ntargets: {{sandbox: {{sandbox: {STORE}}}}}\n"
LANTERN = """\
# Brass lantern

A brass lantern, hand-painted, for night scenes.

Trigger word: `brasslamp`.
"""
REEF = """\
# Shallow reef

Coral gardens in clear water, seen from above.
"""
HERO = """\
# Maren, the keeper's daughter

Three-quarter portraits and full figures. Works best at a strength of 0.8.
"""
WEB_EDIT = REEF.replace("clear water", "clear, shallow water") + "\nAsk Jo before you use this.\n"


@click.command(cls=Command)
@click.pass_obj
def command(settings: Settings) -> None:
    """Tell the whole story in a temporary repository: plan, apply, drift, overwrite, rollback.

    No network, no key; nothing is left behind.

    \b
    description-sync demo
    """
    with tempfile.TemporaryDirectory(prefix="description-sync-") as folder:
        _Story(Path(folder), in_color=in_color(settings, sys.stdout)).tell()


class _Story:
    """Runs real commands in the temporary repository, and shows them with what they print."""

    def __init__(self, root: Path, *, in_color: bool) -> None:
        self.root = root
        self.in_color = in_color

    def tell(self) -> None:
        self.begin()
        self.say(
            "Three descriptions under git. The API has one that is old, and one as it is here."
        )
        self.sync("plan")
        self.sync("apply", "--yes")
        self.say("Now a second plan finds nothing to do.")
        self.sync("plan")
        self.edit_in_web_app()
        self.say("Meanwhile, somebody edits the reef in the web app: git has no such text.")
        self.sync("plan")
        self.say("Drift is never overwritten unasked. Asked to, it is kept on a ref first.")
        self.sync("apply", "--yes", "--on-drift", "overwrite")
        self.sync("history")
        self.say("That edit was a good one after all: put it back, to the byte.")
        self.sync("rollback", "--yes")
        self.sync("status")

    def begin(self) -> None:
        self.git("init", "--quiet")
        old = LANTERN.replace("hand-painted", "simple")
        self.write({"config.yaml": CONFIG, ".gitignore": ".description-sync/\n"})
        self.write({"descriptions/lantern.md": old, "descriptions/reef.md": REEF})
        self.commit("Describe the lantern and the reef")
        self.write({"descriptions/lantern.md": LANTERN, "descriptions/hero.md": HERO})
        self.commit("Describe the hero; the lantern is hand-painted")
        texts = {"hero": None, "lantern": old, "reef": REEF}
        models = {key: Model(id=key, name=key, description=text) for key, text in texts.items()}
        Store(self.root / STORE, seed=Seed(models=models)).close()

    def edit_in_web_app(self) -> None:
        with contextlib.closing(Store(self.root / STORE)) as store:
            store.write("reef", WEB_EDIT)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        identity = ("-c", "user.name=Demo", "-c", "user.email=demo@localhost")
        self.git(*identity, "commit", "--quiet", "--message", message)

    def say(self, words: str) -> None:
        click.secho(f"\n# {words}", bold=True, color=self.in_color)

    def sync(self, *words: str) -> None:
        """Run the command as a user would, and show it."""
        click.secho(
            f"\n$ {shlex.join(['description-sync', *words])}", fg="cyan", color=self.in_color
        )
        sys.stdout.flush()
        color = "always" if self.in_color else "never"
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "sync", "--color", color, *words], cwd=self.root, check=False
        )

    def git(self, *words: str) -> None:
        """Run git as a user would, whatever repository the demo is called from."""
        environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
        subprocess.run(["git", *words], cwd=self.root, env=environment, check=True)  # noqa: S603, S607
