"""Language tags, as exports and file names spell them: `en`, `pt-BR`, `zh_CN`."""

from __future__ import annotations

import re

# The two-letter codes of ISO 639-1. A folder or a file has such a name also by accident, so no
# longer codes are read there.
_TWO_LETTER_CODES = re.compile(
    r"aa|ab|ae|af|ak|am|an|ar|as|av|ay|az|ba|be|bg|bh|bi|bm|bn|bo|br|bs|ca|ce|ch|co|cr|cs|"
    r"cu|cv|cy|da|de|dv|dz|ee|el|en|eo|es|et|eu|fa|ff|fi|fj|fo|fr|fy|ga|gd|gl|gn|gu|gv|ha|"
    r"he|hi|ho|hr|ht|hu|hy|hz|ia|id|ie|ig|ii|ik|io|is|it|iu|ja|jv|ka|kg|ki|kj|kk|kl|km|kn|"
    r"ko|kr|ks|ku|kv|kw|ky|la|lb|lg|li|ln|lo|lt|lu|lv|mg|mh|mi|mk|ml|mn|mr|ms|mt|my|na|nb|"
    r"nd|ne|ng|nl|nn|no|nr|nv|ny|oc|oj|om|or|os|pa|pi|pl|ps|pt|qu|rm|rn|ro|ru|rw|sa|sc|sd|"
    r"se|sg|si|sk|sl|sm|sn|so|sq|sr|ss|st|su|sv|sw|ta|te|tg|th|ti|tk|tl|tn|to|tr|ts|tt|tw|"
    r"ty|ug|uk|ur|uz|ve|vi|vo|wa|wo|xh|yi|yo|za|zh|zu"
)
_FIELD_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_FILE_TAG = re.compile(r"(?P<code>[A-Za-z]{2})(?:[-_](?:[A-Za-z]{2}|Hans|Hant))?")


def normalize_locale(tag: str) -> str:
    """Return the form in which tags are compared: lower case, with dashes."""
    return tag.replace("_", "-").casefold()


def is_field_locale(name: str) -> bool:
    """Return True if a key of a localized field has the form of a language tag."""
    return _FIELD_TAG.fullmatch(name) is not None


def is_file_locale(name: str) -> bool:
    """Return True if a part of a path is the tag of a language that has a two-letter code."""
    match = _FILE_TAG.fullmatch(name)
    return match is not None and _TWO_LETTER_CODES.fullmatch(match["code"].lower()) is not None
