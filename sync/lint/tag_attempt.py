"""Something in braces, taken apart as if it were a tag."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from sync.lint.hidden_characters import IGNORABLE

KINDS = ("asset", "model")
WHOLE_ID = "[A-Za-z0-9]{20,}"  # what Scenario generates, after the kind and `_`

# Ids are opaque, but no known id has one of the excluded characters.
_SOUND = re.compile(
    r"\{(?:asset:(?!model_)|model:(?!asset_))"
    rf"[^\s{{}}()\[\],;*|\\\"'<>\u2018\u2019\u201c\u201d{IGNORABLE}]+\}}"
)
_KIND = re.compile(r"[^\W\d_]+")
_COLON = re.compile(r"\s*(?:[:=\uff1a;/|,-]\s*)?")
_ID_PREFIX = re.compile(r"(asset|model)_")
# What surrounds an id if too much was copied.
_AROUND_IDS = "\"'<>()[]\\,;.:*|\u2018\u2019\u201c\u201d"

# Words of their own that are only one letter away.
_OTHER_WORDS = frozenset({"assert", "modal", "mode"})
_MIN_SIMILARITY = 0.8
_MAX_KIND_SIZE = 10  # a longer word resembles no kind


@dataclass(frozen=True, slots=True)
class TagAttempt:
    """The parts of `{kind:id}` as they were written: colon and braces can be several characters."""

    opening: str
    kind: str
    colon: str
    id: str
    closing: str

    @property
    def likely_kind(self) -> str | None:
        """Return the kind that was probably meant."""
        if prefix := _ID_PREFIX.match(self.likely_id):
            return prefix[1]
        return _find_similar_kind(self.kind.lower())

    @property
    def likely_id(self) -> str:
        """Return the id that was probably meant, without what surrounds it."""
        given = self.id.strip(_AROUND_IDS)
        words = given.removeprefix("@").split(maxsplit=1)
        word = words[0].strip(_AROUND_IDS) if words else ""
        return f"@{word}" if word and given.startswith("@") else word

    @property
    def likely_tag(self) -> str:
        """Return the tag that was probably meant; its id is `ID` if it cannot be told."""
        tag = f"{{{self.likely_kind}:{self.likely_id}}}"
        is_link = "](" in self.id
        return tag if is_sound_tag(tag) and not is_link else f"{{{self.likely_kind}:ID}}"

    @property
    def has_colon(self) -> bool:
        return self.colon.strip() in {":", "=", "\uff1a"}

    @property
    def has_id_prefix(self) -> bool:
        return _ID_PREFIX.match(self.id) is not None


def is_sound_tag(braced: str) -> bool:
    """Return True if it is a tag whose id could be one."""
    return _SOUND.fullmatch(braced) is not None


def parse_tag_attempt(braced: str) -> TagAttempt | None:
    """Take text in braces apart; return None if it does not begin with a word and a separator.

    The time is linear in the length of the text.
    """
    inner = braced.lstrip("{")
    opening = braced[: len(braced) - len(inner)]
    body = inner.rstrip("}")
    closing = inner[len(body) :]
    body = body.strip()
    kind = _KIND.match(body)
    if not (opening and kind):
        return None
    colon = _COLON.match(inner.lstrip(), kind.end())
    if colon is None or not colon[0]:
        return None
    return TagAttempt(opening, kind[0], colon[0], body[colon.end() :], closing)


@lru_cache
def _find_similar_kind(word: str) -> str | None:
    if word in _OTHER_WORDS or len(word) > _MAX_KIND_SIZE:
        return None
    return next(iter(difflib.get_close_matches(word, KINDS, n=1, cutoff=_MIN_SIMILARITY)), None)
