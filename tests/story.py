"""The little project of the README: a text to create, one that is old, and one edited elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from repositories import Repo
from sandbox_files import SandboxFile

if TYPE_CHECKING:
    from pathlib import Path

LANTERN = "A brass lantern, {}, for night scenes.\n\n{{asset:asset_7HqPw2Jc}}\n"
REEF = "A shallow reef, seen from above.\n"
CONFIG = "version: 1\ntargets: {production: {sandbox: store.sqlite3}}\n"


def write_story(folder: Path) -> None:
    """Make the repository, its two commits, and what its simulated Scenario holds."""
    repo = replace(Repo.create(folder), times=count(1_790_000_000, 60))
    names = {"props/lantern": LANTERN.format("hand-painted"), "worlds/reef": REEF}
    for n in range(5):
        names[f"props/crate-{n}"] = f"Crate number {n}.\n"
    models = {path: f"model_{path.rpartition('/')[2]}" for path in names}
    front = {path: f"---\nmodel: {model}\n---\n" for path, model in models.items()}
    first = {f"descriptions/{path}.md": front[path] + text for path, text in names.items()}
    repo.committed({"config.yaml": CONFIG, ".gitignore": "store.sqlite3\n", **first})
    lit = front["props/lantern"] + LANTERN.format("lit from within")
    hero = "---\nmodel: model_hero\n---\nMaren, the keeper's daughter.\n"
    repo.committed({"descriptions/props/lantern.md": lit, "descriptions/characters/hero.md": hero})
    held = {models[path]: text for path, text in names.items()} | {"model_hero": None}
    held["model_reef"] = "A shallow reef, seen from above, at noon.\n"
    SandboxFile(folder / "store.sqlite3").fill(held, assets={"asset_7HqPw2Jc": None})
