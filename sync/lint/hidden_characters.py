"""Find characters that a reader does not see and that do not shape the sign before them.

Sources: Unicode's DerivedCoreProperties.txt (Default_Ignorable_Code_Point),
StandardizedVariants.txt and emoji-variation-sequences.txt.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The patterns are compiled on first use (and kept by `re`): most texts are ASCII and need none.

# Default_Ignorable_Code_Point, as a character class.
IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Not ignorable in Unicode, but not seen either: the Braille blank, separators of lines and
# paragraphs, marks of annotations, the null note head.
_BLANK_SIGNS = r"\u2028\u2029\u2800\ufff9-\ufffb\U0001d159"
# The 66 code points that are no characters: 32 in a row, and the last two of each plane.
_NONCHARACTERS = r"\ufdd0-\ufdef" + "".join(
    rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17)
)
_CANDIDATE = f"[{IGNORABLE}{_BLANK_SIGNS}{_NONCHARACTERS}]"

_DIRECTION_MARKS = "\u061c\u200e\u200f"
_JOINERS = "\u200c\u200d"
_EMOJI_TAGS = r"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]+\U000e007f"
_MAX_TAG_SEQUENCE = 12
# Scripts whose letters take another form beside a joiner: from Arabic to Sinhala, Tibetan, Myanmar,
# Khmer, Mongolian and the later Indic blocks.
_JOINING_LETTER = (
    r"[\u0600-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefe"
    r"\U00010a00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
# Scripts without blanks between words, where a zero-width space allows a line break.
_UNSPACED_LETTER = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1a20-\u1aaf]"
_MONGOLIAN_LETTER = r"[\u1820-\u1878\u1880-\u18aa]"
_HAN = (
    r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24"
    r"\ufa27-\ufa29\U00020000-\U0002fa1f\U00030000-\U000323af]"
)
_VARIED_PUNCTUATION = "\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f"
_HANGUL_JAMO = r"[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]"
_BRAILLE = r"[\u2801-\u28ff]"
_MAX_MARK_DISTANCE = 40  # characters
_MAX_IDEOGRAPHIC_VARIANT = 0xE011F  # no ideograph has more than 32 registered variants
_COMPATIBILITY_IDEOGRAPHS = (*range(0xF900, 0xFAFF), *range(0x2F800, 0x2FA1E))


def find_hidden_characters(text: str) -> Iterator[int]:
    """Yield the offset of each character that is not seen and does not shape its neighbours.

    The time is linear in the length of the text. Control characters are not included.
    """
    if text.isascii():
        return
    for match in re.finditer(_CANDIDATE, text):
        at = match.start()
        if not _shapes_neighbours(text, at):
            yield at


def find_ignorable_characters(text: str) -> Iterator[int]:
    """Yield the offset of each ignorable or blank character, whether it shapes or not."""
    return (match.start() for match in re.finditer(_CANDIDATE, text))


def remove_ignorable(text: str) -> str:
    """Return the text without any ignorable or blank character, whether it shapes or not."""
    return text if text.isascii() else re.sub(_CANDIDATE, "", text)


def _shapes_neighbours(text: str, at: int) -> bool:  # noqa: PLR0911 - one return per kind of character
    character = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return _is_listed_variant(before, character, after)
    if "\u180b" <= character <= "\u180f":
        return re.match(_MONGOLIAN_LETTER, before) is not None
    if character in _JOINERS:
        return re.match(_JOINING_LETTER, before) is not None or (
            character == "\u200d" and _is_emoji_joiner(text, at)
        )
    if character in _DIRECTION_MARKS:
        return _is_near_right_to_left(text, at)
    if character == "\u200b":
        return re.match(_UNSPACED_LETTER, before) is not None
    if character in "\u115f\u1160":
        return bool(re.match(_HANGUL_JAMO, before) or re.match(_HANGUL_JAMO, after))
    if character == "\u2800":
        return bool(re.match(_BRAILLE, before) or re.match(_BRAILLE, after))
    if "\U000e0020" <= character <= "\U000e007f":
        start = text.rfind("\U0001f3f4", max(at - _MAX_TAG_SEQUENCE, 0), at)
        tags = re.match(_EMOJI_TAGS, text[max(start, 0) : start + _MAX_TAG_SEQUENCE])
        return start >= 0 and tags is not None and at < start + tags.end()
    return False


def _is_listed_variant(base: str, selector: str, after: str) -> bool:
    if not base:
        return False
    if selector in "\ufe0e\ufe0f" and _is_emoji(base):
        return after == "\u20e3" if base.isascii() else True
    if selector in "\ufe00\ufe01" and base in _VARIED_PUNCTUATION:
        return True
    if not re.match(_HAN, base):
        return False
    if ord(selector) <= ord("\ufe0f"):
        return ord(selector) - ord("\ufe00") < _count_compatibility_variants()[base]
    return ord(selector) <= _MAX_IDEOGRAPHIC_VARIANT


@cache
def _count_compatibility_variants() -> Counter[str]:
    """Count the standardized variants per ideograph: one per compatibility ideograph of it."""
    characters = map(chr, _COMPATIBILITY_IDEOGRAPHS)
    forms = ((each, unicodedata.normalize("NFC", each)) for each in characters)
    return Counter(form for character, form in forms if form != character)


def _is_emoji_joiner(text: str, at: int) -> bool:
    """Return True if the joiner stands between two emoji; the first can have a modifier."""
    import regex  # noqa: PLC0415 - takes 30 ms, and few texts need it

    joined = regex.compile(
        r"\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?\u200d\p{Extended_Pictographic}"
    )
    starts = range(max(at - 2, 0), at)
    return any(joined.match(text, start, at + 2) for start in starts)


def _is_emoji(character: str) -> bool:
    import regex  # noqa: PLC0415 - see `_is_emoji_joiner`

    return regex.match(r"\p{Emoji}", character) is not None


def _is_near_right_to_left(text: str, at: int) -> bool:
    """Return True if a right-to-left letter is close by, whose neighbours the mark can order."""
    near = text[max(at - _MAX_MARK_DISTANCE, 0) : at + _MAX_MARK_DISTANCE]
    return any(
        unicodedata.bidirectional(character) in {"R", "AL"}
        for character in near
        if character not in _DIRECTION_MARKS
    )
