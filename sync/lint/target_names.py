"""Rules about the target names in front matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.config.yaml import FaultsError
from sync.descriptions.front_matter import take_apart
from sync.errors import did_you_mean
from sync.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sync.config.rules import Levels

_RULE = "unknown-target"


def find_unknown_targets(
    path: str, data: bytes, *, targets: Collection[str], levels: Levels
) -> Iterator[Finding]:
    """Find the targets in a file's `models` that config.yaml does not have."""
    if (level := levels.level(_RULE)) == "off":
        return
    try:
        front, _ = take_apart(data, path=path)
    except FaultsError:
        return
    match front and front.value:
        case {"models": dict(models)} if front:
            for name in models.keys() - targets:
                message = f'"{name}" is not a target of config.yaml{did_you_mean(name, targets)}'
                yield Finding(path, *front.places["models", name], _RULE, level, message)
        case _:
            pass
