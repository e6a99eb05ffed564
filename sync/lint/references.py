"""Rules about tags: what is nearly a reference, and what is one where it means nothing."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sync.descriptions.references import TAG
from sync.lint.characters import IGNORABLE
from sync.lint.finding import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.source import Source

KINDS = ("asset", "model")

_BRACED = re.compile(r"[{\uff5b]+[^{}\uff5b\uff5d\n]*[}\uff5d]*")
_FULLWIDTH = str.maketrans("\uff5b\uff5d", "{}")
_IGNORABLE = re.compile(f"[{IGNORABLE}]")
_PARTS = re.compile(
    r"(?P<opening>\{+)\s*(?P<kind>[^\W\d_]+)(?P<colon>\s*[:=\uff1a;/|,\s-]\s*)"
    r"(?P<id>.*?)\s*(?P<closing>\}*)",
    re.DOTALL,
)
_BARE_ID = re.compile(r"\{\s*:?\s*(?P<id>(?P<kind>asset|model)_[A-Za-z0-9]{20,})\s*\}")
# Only a whole id tells it from a remark in brackets.
_BRACKETED = re.compile(
    r"(?:\[|\()[ \t]*(?:asset|model)[ \t]*:[ \t]*(?P<id>(?P<kind>asset|model)_[A-Za-z0-9]{20,})"
    r"[ \t]*(?:\]|\))"
)
_ID_PREFIX = re.compile(r"(asset|model)_")
_PLAIN_ID = re.compile(r"@?[\w.][\w./-]*")
# What surrounds an id where somebody copied too much.
_AROUND_IDS = "\"'<>()[]\\,;.:*|\u2018\u2019\u201c\u201d"
# Ids are opaque, but none was ever seen with one of these in it.
_SOUND = re.compile(
    r"\{(?:asset:(?!model_)|model:(?!asset_))"
    rf"[^\s{{}}()\[\],;*|\\\"'<>\u2018\u2019\u201c\u201d{IGNORABLE}]+\}}"
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
        given = self.id.strip(_AROUND_IDS)
        words = given.removeprefix("@").split()
        word = words[0].strip(_AROUND_IDS) if words else ""
        return f"@{word}" if word and given.startswith("@") else word

    @property
    def wanted(self) -> str:
        """The tag that was probably meant; without an id where there is no telling which."""
        tag = f"{{{self.wanted_kind}:{self.wanted_id}}}"
        is_link = "](" in self.id
        return tag if _SOUND.fullmatch(tag) and not is_link else f"{{{self.wanted_kind}:ID}}"

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
        elif (attempt := _attempt(_cleaned(braced))) and (reason := _reason(attempt, braced)):
            yield Note(start, _no_reference(_shown(braced), reason, attempt.wanted))
    for start, bracketed in _bracketed(source):
        wanted = f"{{{bracketed['kind']}:{bracketed['id']}}}"
        yield Note(start, _no_reference(bracketed[0], "it needs braces", wanted))


def _no_reference(shown: str, reason: str, wanted: str) -> str:
    instead = f"write {wanted}, or put it in code if it is meant as it stands"
    return f"{shown} is no reference: {reason}; {instead}"


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
    if "{" not in source.text and "\uff5b" not in source.text:
        return
    for span in source.outside_code:
        for start, match in source.matches(_BRACED, span):
            if not _SOUND.fullmatch(match[0]):
                yield start, match[0]


def _bracketed(source: Source) -> Iterator[tuple[int, re.Match[str]]]:
    """The ids outside code that stand, with their kind, in other brackets than braces."""
    if _BRACKETED.search(source.text):
        for span in source.outside_code:
            yield from source.matches(_BRACKETED, span)


def _cleaned(braced: str) -> str:
    """The same with plain braces, and without what nobody sees."""
    return braced if braced.isascii() else _IGNORABLE.sub("", braced.translate(_FULLWIDTH))


def _attempt(braced: str) -> _Attempt | None:
    parts = _PARTS.fullmatch(braced)
    return _Attempt(**parts.groupdict()) if parts else None


def _reason(attempt: _Attempt, braced: str) -> str | None:  # noqa: PLR0911 - one a mistake
    """What keeps the attempt from being a tag; None where none was meant."""
    if attempt.wanted_kind is None or not (attempt.has_colon or _ID_PREFIX.match(attempt.id)):
        return None
    if braced != braced.translate(_FULLWIDTH):
        return "its braces are fullwidth ones"
    if unseen := _IGNORABLE.search(braced):
        return f"the invisible character U+{ord(unseen[0]):04X} stands in it"
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
    return "between colon and brace goes an id, without blanks, quotes, brackets or commas"


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
    return braced if braced.endswith(("}", "\uff5d")) else f"{braced[:30].rstrip()}…"
