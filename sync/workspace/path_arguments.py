"""PATHs of a command: which descriptions they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def match_path(name: str, paths: Iterable[str], folder: Path) -> set[str]:
    """Return those of the `paths`, relative to `folder`, that a PATH means; none if it fits none.

    A PATH is seen from the working directory, otherwise from the folder. It may be a file, or a
    folder with descriptions in it; a folder that holds the folder of descriptions means all.
    """
    known = set(paths)
    for base in (Path.cwd(), folder):
        path = Path(os.path.relpath(base / name, folder)).as_posix()
        if set(path.split("/")) <= {".", ".."}:
            return known
        matches = {each for each in known if each == path or each.startswith(f"{path}/")}
        if matches:
            return matches
    return set()


def path_exists(name: str, folder: Path) -> bool:
    """Return True if there is something at the PATH, seen from either place."""
    return any(os.path.lexists(base / name) for base in (Path.cwd(), folder))
