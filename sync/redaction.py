"""Hide secrets in words that a server, a gateway or a library says."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = "[hidden]"
# A shorter word would hide ordinary words of a message, and is no secret.
_MIN_SECRET_LENGTH = 4
_WORD = re.compile(r"""[^\s"'<>]+""")
_URL_START = re.compile(r"https?:(?:\\?/){2}", re.IGNORECASE)  # JSON may write a slash as `\/`


class Redactor:
    """Hides given secrets, in every form that a message may quote, and the query of any URL.

    The forms of a secret are the text itself, base64 (both alphabets, with or without padding),
    percent-encoding, and the escapes of JSON and HTML.
    """

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        forms = {
            form
            for secret in secrets
            if secret and len(secret) >= _MIN_SECRET_LENGTH
            for form in _list_forms(secret)
        }
        # The longest first: one form may begin with another.
        words = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, words))) if words else None

    def hide(self, text: str) -> str:
        """Return the text with each secret, and the query of each URL, replaced by a mark."""
        if self._pattern:
            text = self._pattern.sub(HIDDEN, text)
        return _WORD.sub(_hide_query, text)


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
    for encoded in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
        yield encoded
        yield encoded.rstrip("=")
    for text in (secret, base64.b64encode(data).decode()):
        yield text
        yield text.replace("/", r"\/")
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield html.escape(text)
        for percent in (quote(text, safe="", errors="replace"), quote_plus(text, errors="replace")):
            yield percent
            yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), percent)
