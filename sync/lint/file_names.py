"""A rule about names of files that some systems cannot have."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from sync.descriptions.new_file_names import WINDOWS_DEVICE_NAMES, fold_path
from sync.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from sync.config.rules import RuleLevels

_RULE = "file-name"
# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_FORBIDDEN_ON_WINDOWS = re.compile(r'[<>:"|?*\\\0-\x1f]')


def find_unportable_names(
    paths: Iterable[str], *, folder: str, levels: RuleLevels, chosen: Container[str]
) -> Iterator[Finding]:
    """Find the chosen files that a checkout on Windows or macOS cannot have, or not both.

    `paths` are all files of the folder, relative to it.
    """
    if (level := levels.get_level(_RULE)) == "off":
        return
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        alike[fold_path(path)].append(path)
    for group in alike.values():
        for path in filter(chosen.__contains__, group):
            twins = sorted(each for each in group if each != path)
            if reason := _find_forbidden_name(path) or _describe_twins(twins):
                yield Finding(f"{folder}/{path}", 1, 1, _RULE, level, f"{reason}; {_ADVICE}")


_ADVICE = "rename the file, and name the model in its front matter"


def _find_forbidden_name(path: str) -> str:
    """Return why Windows cannot have the file; empty if it can."""
    for name in path.split("/"):
        if device := WINDOWS_DEVICE_NAMES.match(name):
            return f'Windows cannot have "{name}": {device[0].upper()} is a device there'
        if name.endswith((".", " ")):
            return f'Windows cannot have "{name}": names there do not end in a dot or a blank'
        if sign := _FORBIDDEN_ON_WINDOWS.search(name):
            return f'Windows cannot have "{name}": no name there has {sign[0]!r}'
    return ""


def _describe_twins(twins: list[str]) -> str:
    return f"Windows and macOS take this name for that of {twins[0]}" if twins else ""
