"""Find the model that a file describes, by its front matter or otherwise its file name."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from sync.config.yaml import FaultsError, validate_yaml
from sync.descriptions.front_matter import FrontMatter, decode_file, split_front_matter
from sync.descriptions.lfs_pointer import find_pointer_oid
from sync.model.document import get_stem

if TYPE_CHECKING:
    from sync.descriptions.aliases import Aliases
    from sync.descriptions.front_matter import SplitFile

# The client reads answers up to this size: Scenario could never give a larger text back.
MAX_FILE_SIZE = 8 * 1024 * 1024  # bytes
_BOM = "\ufeff".encode()
_MODEL_ALONE = re.compile(rb"---\r?\nmodel: ([A-Za-z][A-Za-z0-9_-]*)\r?\n---\r?\n")


def validate_front_matter(split: SplitFile, *, path: str) -> FrontMatter:
    """Read the front matter of a file; raise FaultsError if it breaks a rule."""
    if split.yaml is None:
        return _get_empty_front_matter()
    return validate_yaml(FrontMatter, split.yaml, path=path)


@cache
def _get_empty_front_matter() -> FrontMatter:
    return FrontMatter()


def choose_model_name(front: FrontMatter, path: str, *, target: str) -> str | None:
    """Return the name or id that a file has for its model; None if it is for other targets."""
    return (front.model or get_stem(path)) if front.models is None else front.models.get(target)


def find_model_of_file(path: str, data: bytes, aliases: Aliases) -> str:
    """Return the model that a file describes, without parsing its text; "" if there is none.

    Returns the same model as `read_document`, in a fraction of the time.
    """
    if len(data) > MAX_FILE_SIZE:
        return ""
    try:
        text = decode_file(data, path=path)
        split = split_front_matter(text, path=path)
        front = validate_front_matter(split, path=path)
    except FaultsError:
        return ""
    name = None if find_pointer_oid(text) else choose_model_name(front, path, target=aliases.target)
    return aliases.get_model_id(name) if name is not None else ""


def guess_model_name(path: str, data: bytes, *, target: str) -> str | None:
    """Return the name that a file could have for its model, in spite of faults.

    Returns None if the file names only other targets, or if its front matter cannot be read.
    """
    if len(data) > MAX_FILE_SIZE:
        return None
    if not data.removeprefix(_BOM).startswith(b"---"):
        return get_stem(path)
    if match := _MODEL_ALONE.match(data):  # the usual case; to read YAML takes far longer
        return match[1].decode()
    try:
        split = split_front_matter(decode_file(data, path=path), path=path)
        front = validate_front_matter(split, path=path)
    except FaultsError:
        return None
    return choose_model_name(front, path, target=target)
