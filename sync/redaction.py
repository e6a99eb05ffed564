"""Hide secrets in words that a server, a gateway or a library says."""

from __future__ import annotations

import base64
import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = "[hidden]"
# A shorter word would hide ordinary words of a message, and is no secret.
_MIN_SECRET_LENGTH = 4
# A shorter one is hidden as a whole and in one piece only: a part of it is an ordinary word.
_MIN_SPLIT_LENGTH = 12
# The share of a form, from its start, that is hidden if the rest was cut off.
_MIN_SHARE = 0.6
_MIN_CORE_LENGTH = 8
_WORD = re.compile(r"""[^\s"'<>]+""")
_URL_START = re.compile(r"https?:(?:\\?/){2}", re.IGNORECASE)  # JSON may write a slash as `\/`
# Escapes of URLs, JSON and HTML, also of escapes; and what a text is wrapped or quoted with.
_ESCAPE = re.compile(
    r"%(?:25)*(?P<percent>[0-9a-f]{2})"
    r"|\\{1,4}(?:u00|x)(?P<json>[0-9a-f]{2})"
    r"|&(?:amp;)*(?:#0{0,6}(?P<decimal>\d{1,3})|#x0{0,6}(?P<html>[0-9a-f]{1,2})"
    r"|(?P<name>amp|lt|gt|quot|apos));?"
    r"|\\{1,4}[rnt]|\s+|\\",
    re.IGNORECASE | re.ASCII,
)
_NAMED_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Redactor:
    """Hides given secrets, in every form that a message may quote, and the query of any URL.

    The forms of a secret are the text itself, hexadecimal, and base64 (both alphabets, also within
    a longer text, and twice). Each character of a form can be written in percent-encoding or as an
    escape of JSON or HTML, upper or lower case, and the form can be wrapped or cut off at its end.
    """

    def __init__(
        self, secrets: Iterable[str | None] = (), *, names: Iterable[str | None] = ()
    ) -> None:
        """Redact the secrets, and `names`, which do not count as leaked if an answer has them."""
        given = [secret for secret in secrets if secret and len(secret) >= _MIN_SECRET_LENGTH]
        hidden = [*given, *(name for name in names if name and len(name) >= _MIN_SECRET_LENGTH)]
        forms = {
            _decode(form).text.encode("latin-1")
            for secret in hidden
            for form in _list_forms(secret)
        }
        self._forms = sorted(forms, key=len, reverse=True)
        self._plain_forms = {
            form.lower()
            for secret in given
            if len(secret) >= _MIN_SPLIT_LENGTH
            for data in [secret.encode(errors="surrogateescape")]
            for form in (data, base64.b64encode(data).rstrip(b"="))
        }

    def is_quoted_in(self, body: bytes) -> bool:
        """Return True if the bytes have a secret as it is or in base64, which is cheap to find.

        A short secret can be an ordinary word, and is not looked for. A name is not, either: what
        was made with a key can name that key as its author.
        """
        plain = body.lower()
        return any(form in plain for form in self._plain_forms)

    def hide(self, text: str) -> str:
        """Return the text with each secret, and the query of each URL, replaced by a mark."""
        # One character per byte, because an escape in a URL stands for one byte.
        data = text.encode(errors="surrogatepass").decode("latin-1")
        parts, done = [], 0
        for start, end in sorted(self._find_secrets(data)):
            parts += [data[done:start], HIDDEN]
            done = max(done, end)
        shown = "".join([*parts, data[done:]])
        return _WORD.sub(_hide_query, shown.encode("latin-1").decode(errors="surrogatepass"))

    def _find_secrets(self, data: str) -> Iterator[tuple[int, int]]:
        """Yield the places of the secrets, the whole ones first."""
        decoded = _decode(data)
        rest = bytearray(decoded.text, "latin-1")
        for is_whole in (True, False):
            for form in self._forms:
                is_short = len(form) < _MIN_SPLIT_LENGTH
                size = len(form) if is_whole or is_short else int(len(form) * _MIN_SHARE)
                at = rest.find(form[:size])
                while at >= 0:
                    after = at + _count_common_start(form, bytes(rest[at : at + len(form)]))
                    start, end = decoded.find_place(data, at, after)
                    if not is_short or not re.search(r"\s", data[start:end]):
                        yield start, end
                        rest[at:after] = _FOUND * (after - at)
                    at = rest.find(form[:size], after)


_FOUND = b"\0"  # in place of a secret that was found, so that no shorter form is found in it


@dataclass(frozen=True, slots=True)
class _DecodedText:
    """A text without escapes, blanks and case; where each character began and ended before."""

    text: str
    starts: array[int]
    ends: array[int]

    def find_place(self, data: str, at: int, after: int) -> tuple[int, int]:
        """Return the place in `data` of a part of the text, widened to whole characters."""
        start, end = self.starts[at], self.ends[after - 1]
        while start and _is_continued(data[start]):
            start -= 1
        while end < len(data) and _is_continued(data[end]):
            end += 1
        return start, end


def _is_continued(byte: str) -> bool:
    return "\x80" <= byte < "\xc0"  # in UTF-8, a byte of a character that has begun before


def _decode(data: str) -> _DecodedText:
    parts: list[str] = []
    starts, ends = array("q"), array("q")
    done = 0
    for match in [*_ESCAPE.finditer(data), None]:
        start = match.start() if match else len(data)
        parts.append(data[done:start])
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        if match:
            escaped = _decode_escape(match)
            parts.append(escaped)
            starts.extend([match.start()] * len(escaped))
            ends.extend([match.end()] * len(escaped))
        done = match.end() if match else start
    return _DecodedText("".join(parts).lower(), starts, ends)


def _decode_escape(match: re.Match[str]) -> str:
    """Return the bytes that an escape stands for, as characters; none for a blank or backslash."""
    if match["percent"]:
        decoded = chr(int(match["percent"], 16))
    elif digits := match["json"] or match["html"]:
        decoded = chr(int(digits, 16)).encode().decode("latin-1")
    elif match["decimal"]:
        decoded = chr(int(match["decimal"])).encode().decode("latin-1")
    else:
        decoded = _NAMED_ENTITIES[match["name"].lower()] if match["name"] else ""
    return "" if decoded.isspace() or decoded == "\\" else decoded


def _count_common_start(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _hide_query(word: re.Match[str]) -> str:
    """Hide the query of a URL, which may sign it."""
    text = word[0]
    if start := _URL_START.search(text):
        at = text.find("?", start.end())
        if at >= 0:
            return f"{text[: at + 1]}{HIDDEN}"
    return text


def _list_forms(secret: str) -> Iterator[str]:
    data = secret.encode(errors="surrogateescape")
    yield data.decode("latin-1")
    yield data.replace(b" ", b"+").decode("latin-1")
    yield data.hex()
    yield from _encode_base64(data)
    yield from _encode_base64(base64.b64encode(data))


def _encode_base64(data: bytes) -> Iterator[str]:
    """Yield the base64 of the data as a whole, and what is always the same of it in a longer text.

    That depends on how many bytes stand before the data, in groups of three.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode()
        yield encode(data).decode().rstrip("=")
        for before in (1, 2):
            size = before + len(data)
            core = encode(b"\0" * before + data).decode()[before + 1 : size * 4 // 3]
            if len(core) >= _MIN_CORE_LENGTH:
                yield core
