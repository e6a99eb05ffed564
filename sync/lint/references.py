"""Rules about tags: what is nearly a reference, and what is one where it means nothing."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sync.lint.finding import Note
from sync.references import TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.source import Source

KINDS = ("asset", "model")

_BRACED = re.compile(r"\{+[^{}\n]*\}*")
_PARTS = re.compile(
    r"(?P<opening>\{+)\s*(?P<kind>[^\W\d_]+)(?P<colon>\s*[:=\uff1a;/|,\s-]\s*)"
    r"(?P<id>.*?)\s*(?P<closing>\}*)",
    re.DOTALL,
)
_BARE_ID = re.compile(r"\{\s*(?P<id>(?P<kind>asset|model)_[A-Za-z0-9]{20,})\s*\}")
_ID_PREFIX = re.compile(r"(asset|model)_")
_PLAIN_ID = re.compile(r"@?[\w.][\w./-]*")
# What surrounds an id where somebody copied too much.
_AROUND_IDS = "\"'<>\u2018\u2019\u201c\u201d"
# Ids are opaque, but none was ever seen with one of these in it.
_SOUND = re.compile(
    r"\{(?:asset:(?!model_)|model:(?!asset_))[^\s{}()\[\],;*|\\\"'<>\u2018\u2019\u201c\u201d]+\}"
)

# Words of their own that are only one letter away.
_OTHER_WORDS = frozenset({"assert", "modal", "mode"})
_NEAR = 0.8
_SHORTEST_KIND = 3


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Something in braces, taken apart as if it were a tag."""

    opening: str
    kind: str
    colon: str
    id: str
    closing: str

    @property
    def wanted_kind(self) -> str | None:
        """The kind that was probably meant."""
        if prefix := _ID_PREFIX.match(self.wanted_id):
            return prefix[1]
        return _nearest_kind(self.kind.lower())

    @property
    def wanted_id(self) -> str:
        words = self.id.strip(_AROUND_IDS).split()
        return words[0].strip(_AROUND_IDS) if words else ""

    @property
    def wanted(self) -> str:
        """The tag that was probably meant."""
        return f"{{{self.wanted_kind}:{self.wanted_id or 'ID'}}}"

    @property
    def has_colon(self) -> bool:
        return self.colon.strip() in {":", "=", "\uff1a"}


@lru_cache
def _nearest_kind(word: str) -> str | None:
    if word in _OTHER_WORDS:
        return None
    return next(iter(difflib.get_close_matches(word, KINDS, n=1, cutoff=_NEAR)), None)


def bad_reference(source: Source) -> Iterator[Note]:
    """What is nearly a tag, or a tag whose id is of the other kind."""
    for start, braced in _braced(source):
        if bare := _BARE_ID.fullmatch(braced):
            message = f"{braced} says no kind; write {{{bare['kind']}:{bare['id']}}}"
            yield Note(start, message)
        elif (attempt := _attempt(braced)) and (reason := _reason(attempt)):
            message = (
                f"{_shown(braced)} is no reference: {reason}; write {attempt.wanted}, or put it "
                "in code if it is meant as it stands"
            )
            yield Note(start, message)


def unknown_kind(source: Source) -> Iterator[Note]:
    """What has the shape of a tag and is far from both kinds."""
    for start, braced in _braced(source):
        attempt = _attempt(braced)
        if attempt and not attempt.wanted_kind and _is_shaped_like_a_tag(attempt):
            message = (
                f'{_shown(braced)} is no reference: there is no kind "{attempt.kind}", only asset '
                "and model; put it in code if it is meant as it stands"
            )
            yield Note(start, message)


def reference_in_code(source: Source) -> Iterator[Note]:
    """Tags inside code."""
    for span in source.code:
        for start, tag in source.matches(TAG, span):
            message = f"{tag[0]} stands in code, so that it is shown and refers to nothing"
            yield Note(start, message)


def _braced(source: Source) -> Iterator[tuple[int, str]]:
    """All outside code that begins with a brace and is no sound tag, to the end of its line."""
    if "{" not in source.text:
        return
    for span in source.outside_code:
        for start, match in source.matches(_BRACED, span):
            if not _SOUND.fullmatch(match[0]):
                yield start, match[0]


def _attempt(braced: str) -> _Attempt | None:
    parts = _PARTS.fullmatch(braced)
    return _Attempt(**parts.groupdict()) if parts else None


def _reason(attempt: _Attempt) -> str | None:  # noqa: PLR0911 - one a mistake
    """What keeps the attempt from being a tag; None where none was meant."""
    if attempt.wanted_kind is None or not (attempt.has_colon or _ID_PREFIX.match(attempt.id)):
        return None
    if not attempt.closing:
        return "it is never closed"
    if len(attempt.opening) > 1 or len(attempt.closing) > 1:
        return "it needs one pair of braces"
    if not attempt.wanted_id:
        return "it has no id"
    if attempt.kind not in KINDS:
        return f'there is no kind "{attempt.kind}"'
    if attempt.kind != attempt.wanted_kind:
        return f"its id is that of {_article(attempt.wanted_kind)}"
    if attempt.colon != ":":
        return "kind and id need a colon between them, and nothing else"
    return "between colon and brace goes an id, without blanks, quotes or brackets"


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "asset" else f"a {kind}"


def _is_shaped_like_a_tag(attempt: _Attempt) -> bool:
    return (
        (attempt.opening, attempt.colon, attempt.closing) == ("{", ":", "}")
        and len(attempt.kind) >= _SHORTEST_KIND
        and _PLAIN_ID.fullmatch(attempt.id) is not None
    )


def _shown(braced: str) -> str:
    """Enough of it to be recognised: what is never closed reaches to the end of its line."""
    return braced if braced.endswith("}") else f"{braced[:30].rstrip()}…"
