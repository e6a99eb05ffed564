"""Check `descriptions` and `exclude` of config.yaml, without the model of the whole file."""

from __future__ import annotations

import re

DEFAULT_FOLDER = "descriptions"
DEFAULT_EXCLUDE = ("**/README.md",)
PATH_PATTERN = r"^(?![/\\]|[A-Za-z]:|([\s\S]*[/\\])?(\.\.|\.[Gg][Ii][Tt])([/\\]|$))[\s\S]+$"
MOST_STARS = 3


def check_relative_path(path: str) -> str:
    """Return the path with slashes and without dots. Raises ValueError if it leads elsewhere."""
    if not re.fullmatch(PATH_PATTERN, path):
        raise ValueError("must be a path below the folder of config.yaml")
    parts = path.replace("\\", "/").strip("/").split("/")
    return "/".join(part for part in parts if part != ".")


def refuse_slow_pattern(pattern: str) -> str:
    """Refuse a pattern whose matching takes too long: each * multiplies the time."""
    parts = pattern.split("/")
    stars = max(len(re.findall(r"\*+", part)) for part in parts)
    if max(stars, sum("**" in part for part in parts)) > MOST_STARS:
        raise ValueError(f"a pattern with more than {MOST_STARS} * in one name, or ** in all")
    return pattern
