"""`demo`: run the main commands in a temporary repository with its own sandbox."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli.options import Command
from sync.cli.output import uses_color
from sync.shell_words import join_words

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions

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
def command(global_options: GlobalOptions) -> None:
    """Run a demo in a temporary repository: plan, apply, drift, overwrite, rollback.

    The demo needs no network and no key. The repository is deleted at the end.

    \b
    Examples:
      description-sync demo
    """
    with tempfile.TemporaryDirectory(prefix="description-sync-") as folder:
        Demo(Path(folder), in_color=uses_color(global_options, sys.stdout)).run()


class Demo:
    """A script of real commands in the temporary repository, shown with their output."""

    def __init__(self, root: Path, *, in_color: bool) -> None:
        self.root = root
        self.in_color = in_color

    def run(self) -> None:
        self.create_repository()
        self.print_caption(
            "Three descriptions under git. The API has one that is old, and one as it is here."
        )
        self.run_command("plan")
        self.run_command("apply", "--yes")
        self.print_caption("Now a second plan finds nothing to do.")
        self.run_command("plan")
        self.edit_in_web_app()
        self.print_caption(
            "Meanwhile, somebody edits the reef in the web app: git has no such text."
        )
        self.run_command("plan")
        self.print_caption(
            "Drift is never overwritten unasked. Asked to, it is kept on a ref first."
        )
        self.run_command("apply", "--yes", "--on-drift", "overwrite")
        self.run_command("history")
        self.print_caption("That edit was a good one after all: put it back, to the byte.")
        self.run_command("rollback", "--yes")
        self.run_command("status")

    def create_repository(self) -> None:
        from sync.sandbox.schema import StoredModel
        from sync.sandbox.seed import Seed
        from sync.sandbox.store import Store

        self.run_git("init", "--quiet")
        old = LANTERN.replace("hand-painted", "simple")
        self.write_files({"config.yaml": CONFIG, ".gitignore": ".description-sync/\n"})
        self.write_files({"descriptions/lantern.md": old, "descriptions/reef.md": REEF})
        self.commit_all("Describe the lantern and the reef")
        self.write_files({"descriptions/lantern.md": LANTERN, "descriptions/hero.md": HERO})
        self.commit_all("Describe the hero; the lantern is hand-painted")
        texts = {"hero": None, "lantern": old, "reef": REEF}
        models = {
            key: StoredModel(id=key, name=key, description=text) for key, text in texts.items()
        }
        Store(self.root / STORE, seed=Seed(models=models)).close()

    def edit_in_web_app(self) -> None:
        from sync.sandbox.store import Store

        with contextlib.closing(Store(self.root / STORE)) as store:
            store.write_text("reef", WEB_EDIT)

    def write_files(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")

    def commit_all(self, message: str) -> None:
        self.run_git("add", "--all")
        identity = ("-c", "user.name=Demo", "-c", "user.email=demo@localhost")
        self.run_git(*identity, "commit", "--quiet", "--message", message)

    def print_caption(self, words: str) -> None:
        click.secho(f"\n# {words}", bold=True, color=self.in_color)

    def run_command(self, *words: str) -> None:
        """Run description-sync as a user would, and show the command line."""
        click.secho(
            f"\n$ {join_words(['description-sync', *words])}", fg="cyan", color=self.in_color
        )
        sys.stdout.flush()
        color = "always" if self.in_color else "never"
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "sync", "--color", color, *words], cwd=self.root, check=False
        )

    def run_git(self, *words: str) -> None:
        """Run git in the temporary repository; GIT_* variables of the caller are dropped."""
        environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
        subprocess.run(["git", *words], cwd=self.root, env=environment, check=True)  # noqa: S603, S607
