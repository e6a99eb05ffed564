"""Choose file names for models: readable, safe on every file system, and unique."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING
from unicodedata import category, normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


# Windows reserves these names for devices, with any extension.
WINDOWS_DEVICE_NAMES = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[\d¹²³])(?=\.|$)", re.IGNORECASE)

_SAFE_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAX_SLUG_LENGTH = 60  # characters; at four bytes each still below the limit of file systems


@dataclass(frozen=True, slots=True)
class ModelWithoutFile:
    """A model that needs a file: its id, its name in Scenario, and its alias in config.yaml."""

    id: str
    name: str | None = None
    alias: str | None = None


def choose_file_names(
    models: Iterable[ModelWithoutFile],
    *,
    taken_paths: Iterable[str],
    is_description: Callable[[str], bool],
) -> dict[str, str]:
    """Return a file name per model id, beside `taken_paths`, independent of the order of models.

    A model is left out if `is_description` accepts none of its possible names.
    """
    occupied = {fold_path(path) for path in taken_paths}
    names: dict[str, str] = {}
    for model in sorted(models, key=lambda model: model.id):
        # Among one more name than there are occupied ones, one is free.
        stems = islice(_generate_stems(model, is_description), len(occupied) + 2)
        fitting = (f"{stem}.md" for stem in stems if _is_description_stem(stem, is_description))
        if name := next((name for name in fitting if fold_path(name) not in occupied), None):
            names[model.id] = name
            occupied.add(fold_path(name))
    return names


def _is_description_stem(stem: str, is_description: Callable[[str], bool]) -> bool:
    """Return True if both `STEM.md` and its upper-case form are accepted as descriptions.

    Where the file system ignores case, `readme.md` would be the README, which is excluded.
    """
    return is_description(f"{stem}.md") and is_description(f"{stem.upper()}.md")


def fold_path(path: str) -> str:
    """Return a key that is equal for paths that differ only in case or Unicode composition."""
    return normalize("NFKC", normalize("NFKC", path).casefold())


def fold_name(name: str) -> str:
    """Return a key that is equal for names that differ only in case, blanks or composition."""
    return " ".join(fold_path(name).split())


def _generate_stems(
    model: ModelWithoutFile, is_description: Callable[[str], bool]
) -> Iterator[str]:
    """Yield file names without `.md`, best first, endlessly."""
    if model.alias and _is_safe(model.alias):
        yield model.alias
    stem = _choose_stem(model)
    if WINDOWS_DEVICE_NAMES.match(stem) or not _is_description_stem(stem, is_description):
        stem = f"model-{stem}"
    yield from number_stem(stem)


def number_stem(stem: str) -> Iterator[str]:
    """Yield the stem, then numbered forms of it, endlessly."""
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _choose_stem(model: ModelWithoutFile) -> str:
    """Return the slug of the model's name, or its id if the name adds nothing to it."""
    wanted = make_slug(model.name or "")
    if _is_safe(model.id) and wanted in {"", make_slug(model.id)}:
        return model.id
    return wanted or make_slug(model.id) or "model"


def _is_safe(stem: str) -> bool:
    return _SAFE_STEM.fullmatch(stem) is not None and not WINDOWS_DEVICE_NAMES.match(stem)


def make_slug(name: str) -> str:
    """Return the name in lower case, with a dash per run of signs other than letters and digits."""
    letters = (each if category(each)[0] in "LMN" else "-" for each in fold_path(name))
    words = [word for word in "".join(letters).split("-") if word]
    return normalize("NFC", "-".join(words)[:_MAX_SLUG_LENGTH].strip("-"))
