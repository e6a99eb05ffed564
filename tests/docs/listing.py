"""The listing in docs/architecture.md: each module with the sentence that it opens with.

Brought up to date by `python tests/docs/listing.py`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
LISTING = re.compile(r"(?<=<!-- listing -->\n).*(?=<!-- end of listing -->)", re.DOTALL)


def with_listing(page: str) -> str:
    """The page with the listing as the modules have it now."""
    return LISTING.sub(lambda _: "".join(rooms(ROOT / "sync")), page)


def rooms(package: Path) -> Iterator[str]:
    """A section for the package, and for each one in it: its sentence, and those of its modules."""
    modules = sorted(path for path in package.glob("*.py") if path.stem != "__init__")
    yield f"\n### {package.relative_to(ROOT).as_posix()}/\n\n"
    yield f"{sentence(package / '__init__.py')}\n\n"
    if modules:
        yield "| module | is |\n|---|---|\n"
        yield from (f"| `{path.name}` | {sentence(path)} |\n" for path in modules)
    for inner in sorted(path.parent for path in package.glob("*/__init__.py")):
        yield from rooms(inner)
    if package.parent == ROOT:
        yield "\n"


def sentence(path: Path) -> str:
    """What the module opens with, on one line of a table."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(with_listing(PAGE.read_text()))
