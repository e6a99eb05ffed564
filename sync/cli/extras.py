"""Packages that not everybody needs, and what to say where one of them is missing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def html_packages() -> Iterator[None]:
    """Around the imports of what makes HTML. Raises UsageError where a package is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"HTML needs a package that is not installed: {error.name}",
            hint="pip install 'description-sync[html]'",
        ) from error
