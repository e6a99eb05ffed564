"""File names for models: pleasant to read, safe on every file system, never two that are one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING
from unicodedata import category, normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Windows keeps these for devices, whatever the extension.
DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)

_AS_IT_IS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LONGEST = 60  # characters: at four bytes each, what every file system takes, with some to spare


@dataclass(frozen=True, slots=True)
class Named:
    """A model that needs a file: its name on the server, and the one that config.yaml gives it."""

    id: str
    name: str | None = None
    alias: str | None = None


def file_names(
    models: Iterable[Named], *, taken: Iterable[str], counts: Callable[[str], bool]
) -> dict[str, str]:
    """A file for each model, by id, beside those that are `taken`; the same whatever the order.

    A model for which `counts` takes no name as a description's is left out.
    """
    occupied = {as_one(path) for path in taken}
    names: dict[str, str] = {}
    for model in sorted(models, key=lambda model: model.id):
        # Of one more name than there are others, one is free.
        stems = islice(_stems(model, counts), len(occupied) + 2)
        fitting = (f"{stem}.md" for stem in stems if _counts(stem, counts))
        if name := next((name for name in fitting if as_one(name) not in occupied), None):
            names[model.id] = name
            occupied.add(as_one(name))
    return names


def _counts(stem: str, counts: Callable[[str], bool]) -> bool:
    """Where the file system ignores case, `readme.md` is the README that is left out."""
    return counts(f"{stem}.md") and counts(f"{stem.upper()}.md")


def as_one(path: str) -> str:
    """The same for paths that some file system takes for one: case and composition ignored."""
    return normalize("NFKC", normalize("NFKC", path).casefold())


def _stems(model: Named, counts: Callable[[str], bool]) -> Iterator[str]:
    """Names without `.md`, the best first, without end."""
    if model.alias and _is_safe(model.alias):
        yield model.alias
    stem = _natural(model)
    if DEVICES.match(stem) or not _counts(stem, counts):
        stem = f"model-{stem}"
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _natural(model: Named) -> str:
    """The model's name as a slug; its id where there is no name, or none that says more."""
    wanted = slug(model.name or "")
    if _is_safe(model.id) and wanted in {"", slug(model.id)}:
        return model.id
    return wanted or slug(model.id) or "model"


def _is_safe(stem: str) -> bool:
    return _AS_IT_IS.fullmatch(stem) is not None and not DEVICES.match(stem)


def slug(name: str) -> str:
    """Letters and digits of any script, in lower case, the rest as dashes."""
    letters = (each if category(each)[0] in "LMN" else "-" for each in as_one(name))
    words = [word for word in "".join(letters).split("-") if word]
    return normalize("NFC", "-".join(words)[:_LONGEST].strip("-"))
