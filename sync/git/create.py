"""A new repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.git.process import Git

if TYPE_CHECKING:
    from pathlib import Path


def create_repository(folder: Path) -> None:
    """Make a repository of the folder, on branch main; the files in it are not added."""
    Git(folder).output("init", "--quiet", "--initial-branch=main")
