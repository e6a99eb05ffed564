"""Rules about the target names in front matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.config.yaml import FaultsError
from sync.descriptions.front_matter import read_front_matter
from sync.errors import did_you_mean
from sync.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sync.config.rules import RuleLevels

_RULE = "unknown-target"


def find_unknown_targets(
    path: str, data: bytes, *, targets: Collection[str], levels: RuleLevels
) -> Iterator[Finding]:
    """Find the targets in a file's `models` that config.yaml does not have."""
    if (level := levels.get_level(_RULE)) == "off":
        return
    try:
        front, _ = read_front_matter(data, path=path)
    except FaultsError:
        return
    match front and front.value:
        case {"models": dict(models)} if front:
            for name in models.keys() - targets:
                message = f'"{name}" is not a target of config.yaml{did_you_mean(name, targets)}'
                yield Finding(path, *front.positions["models", name], _RULE, level, message)
        case _:
            pass
