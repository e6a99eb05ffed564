"""Find tracked files that are one file on this disk, because their names differ only in case."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sync.descriptions.new_file_names import fold_path
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def find_name_collisions(root: str, folder: str, paths: Iterable[str]) -> dict[str, str]:
    """Map each file that this disk takes for another tracked one to a reason and the way out.

    Windows and macOS ignore the case of names, so that a checkout has the text of one such file
    only, under the paths of both. `paths` are relative to `folder`, and `folder` to `root`.
    """
    namesakes: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        namesakes[fold_path(path)].append(path)
    return {
        path: _explain_collision(folder, path, group)
        for group in namesakes.values()
        if len(group) > 1 and not all(_is_listed(f"{root}/{folder}", path) for path in group)
        for path in group
    }


def _is_listed(base: str, path: str) -> bool:
    """Return True if the disk has each part of the path exactly so, and not in another case."""
    folder = Path(base)
    for part in path.split("/"):
        with suppress(OSError):
            if part in {each.name for each in folder.iterdir()}:
                folder /= part
                continue
        return False
    return True


def _explain_collision(folder: str, path: str, group: Collection[str]) -> str:
    others = ", ".join(f"{folder}/{each}" for each in group if each != path)
    old = f"{folder}/{path}"
    rename = join_words(["git", "mv", old, f"{old.rpartition('/')[0]}/NEW-NAME.md"])
    restore = join_words(["git", "checkout", "--", folder])
    return (
        f"this disk ignores case and has one file for this name and {others}. "
        f"Rename one of them: `{rename}`, then restore the text of both: `{restore}`"
    )
