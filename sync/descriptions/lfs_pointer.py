"""Recognize a pointer of Git LFS, which replaces the text of a file in git."""

from __future__ import annotations

import re

from sync.model.text import canonical

# Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: keys in order, `version` first.
_POINTER = re.compile(
    r"version https?://(?:git-lfs|hawser)\.github\.com/spec/\S{1,20}\n"
    r"(?:ext-\d-\S{1,100} \S{1,200}\n){0,10}"
    r"oid sha256:(?P<oid>[0-9a-f]{64})\n"
    r"size \d{1,20}\n?"
)
_LONGEST = 1024


def find_pointer_oid(text: str) -> str | None:
    """Return the SHA-256 of the file that the text points to; None if it is not a pointer."""
    match = _POINTER.fullmatch(text) if len(text) <= _LONGEST else None
    return match["oid"] if match else None


def find_pointer_oid_in_file(data: bytes) -> str | None:
    """Return the SHA-256 of the file that the bytes of another one point to, or None."""
    if len(data) > _LONGEST or b"oid sha256:" not in data:  # by far most files
        return None
    return find_pointer_oid(canonical(data.decode("utf-8", "replace")))
