"""Parse the body of an API response as JSON, also if a server or a gateway damaged it."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from pydantic_core import from_json

JsonObject: TypeAlias = "dict[str, object]"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Every escape sequence in JSON; the first group matches half of a surrogate pair only.
_JSON_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F].{2})|.)",
    re.DOTALL,
)


class SchemaError(Exception):
    """A response without the required content.

    The message never quotes the response, because it may contain signed URLs.
    """

    def __init__(self, message: str, *, malformed: bool = False, empty: bool = False) -> None:
        super().__init__(message)
        self.malformed = malformed  # the body is not JSON, so that a retry may help
        self.is_foreign = malformed and not empty  # sent by a proxy or gateway


def parse_object(body: bytes) -> JsonObject:
    """Parse a body that must be a JSON object; raise SchemaError.

    A byte order mark is skipped. Half a surrogate pair becomes U+FFFD: a server that cuts texts by
    UTF-16 units sends such halves.
    """
    content = body.removeprefix(BYTE_ORDER_MARK)
    if not content.strip():
        raise SchemaError("the answer is empty", malformed=True, empty=True)
    try:
        value = from_json(content)
    except ValueError as error:
        if (repaired := _replace_lone_surrogates(content)) != content:
            return parse_object(repaired)
        raise SchemaError("the answer is not JSON", malformed=True) from error
    if not isinstance(value, dict):
        raise SchemaError("the answer is not a JSON object")
    return value


def check_no_duplicate_keys(body: bytes) -> None:
    """Raise SchemaError if an object of a JSON body has a key twice: only one value would be read.

    Slower than `parse_object`, which takes the last one.
    """

    def check(pairs: list[tuple[str, object]]) -> JsonObject:
        if len(found := dict(pairs)) < len(pairs):
            raise SchemaError("the answer has a key twice")
        return found

    try:
        json.loads(body.removeprefix(BYTE_ORDER_MARK), object_pairs_hook=check)
    except ValueError as error:  # a number that is too long for Python
        raise SchemaError("the answer is not JSON", malformed=True) from error


def _replace_lone_surrogates(body: bytes) -> bytes:
    return _JSON_ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], body)
