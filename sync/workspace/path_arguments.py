"""Find the descriptions that the PATHs of a command mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sync.errors import UsageError, find_closest_word

if TYPE_CHECKING:
    from collections.abc import Iterable


_SUFFIX = ".md"  # all files have it, so it says nothing about which one was meant


def match_path(name: str, paths: Iterable[str], folder: Path) -> set[str]:
    """Return the `paths`, relative to `folder`, that a PATH means; empty if it matches none.

    A PATH is seen from the working directory, otherwise from the folder. It may be a file, or a
    folder with descriptions in it; a folder that holds the folder of descriptions means all.
    """
    known = set(paths)
    for base in (Path.cwd(), folder):
        path = make_path_from(folder, base / name)
        if is_whole_folder(path):
            return known
        matches = {each for each in known if each == path or each.startswith(f"{path}/")}
        if matches:
            return matches
    return set()


def is_whole_folder(path: str) -> bool:
    """Return True if the way from the folder leads to itself, or to one that holds it."""
    return set(path.split("/")) <= {".", ".."}


def make_path_from(folder: Path, path: Path) -> str:
    """Return the way from a folder to a path, with slashes; the path if it is on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # Windows: no way leads from one drive to another
        return path.as_posix()


def check_path_exists(name: str, folder: Path) -> None:
    """Raise UsageError if there is nothing at the PATH, seen from either place."""
    if not any(os.path.lexists(base / name) for base in (Path.cwd(), folder)):
        near = suggest_path(name, folder)
        raise UsageError(f"{name} does not exist{near}", hint="Check the spelling.")


def suggest_path(name: str, folder: Path) -> str:
    """Return `. Did you mean "…"?` for the closest path beside a PATH that does not exist.

    It is searched in the nearest folder that exists. Returns "" if no name there is close.
    """
    for base in (Path.cwd(), folder):
        path = base / name
        present = next(each for each in path.parents if each.is_dir())
        wanted = path.relative_to(present).parts[0].removesuffix(_SUFFIX)
        names = {name.removesuffix(_SUFFIX): name for name in os.listdir(present)}  # noqa: PTH208 - names only
        if near := find_closest_word(wanted, names):
            return f'. Did you mean "{make_path_from(base, present / names[near])}"?'
    return ""
