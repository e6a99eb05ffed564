"""Rules about tags: near misses of references, and references that have no effect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync.descriptions.references import TAG
from sync.lint.finding import RuleMatch
from sync.lint.hidden_characters import IGNORABLE
from sync.lint.tag_attempt import KINDS, WHOLE_ID, TagAttempt, is_sound_tag, parse_tag_attempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.linted_text import LintedText

_BRACED = re.compile(r"[{\uff5b]+[^{}\uff5b\uff5d\n]*[}\uff5d]*")
_FULLWIDTH = str.maketrans("\uff5b\uff5d", "{}")
_IGNORABLE = re.compile(f"[{IGNORABLE}]")
_ID = rf"(?P<id>(?P<kind>asset|model)_{WHOLE_ID})"
_BARE_ID = re.compile(rf"\{{\s*(?::\s*)?{_ID}\s*\}}")
# Only a whole id tells it from a remark in brackets.
_BRACKETED = re.compile(rf"(?:\[|\()[ \t]*(?:asset|model)[ \t]*:[ \t]*{_ID}[ \t]*(?:\]|\))")
_WHOLE_ID = re.compile(rf"\b(?:asset|model)_{WHOLE_ID}")
_MAPPING_KEY = re.compile(r",[ \t]*[\"']?(?P<key>[A-Za-z_]\w*)[\"']?[ \t]*[:=]")
_PLAIN_ID = re.compile(r"@?[\w.][\w./-]*")
_MIN_KIND_SIZE = 3
_MAX_SHOWN_SIZE = 30


def find_bad_references(text: LintedText) -> Iterator[RuleMatch]:
    """Find near misses of a tag, and tags whose id is of the other kind."""
    for start, braced in _find_braced(text):
        if _is_other_syntax(text, start, braced):
            continue
        if bare := _BARE_ID.fullmatch(braced):
            message = f"{braced} has no kind; write {{{bare['kind']}:{bare['id']}}}"
            yield RuleMatch(start, message)
        elif (attempt := parse_tag_attempt(_normalize_braced(braced))) and (
            reason := _explain_attempt(attempt, braced)
        ):
            yield RuleMatch(start, _describe_attempt(_shorten(braced), reason, attempt.likely_tag))
    for start, bracketed in _find_bracketed_ids(text):
        tag = f"{{{bracketed['kind']}:{bracketed['id']}}}"
        yield RuleMatch(start, _describe_attempt(bracketed[0], "it needs braces", tag))


def _describe_attempt(shown: str, reason: str, tag: str) -> str:
    fix = f"write {tag}, or put it in code if it is not meant as a reference"
    return f"{shown} is not a reference: {reason}; {fix}"


def find_unknown_kinds(text: LintedText) -> Iterator[RuleMatch]:
    """Find what has the form of a tag with a kind that resembles neither asset nor model."""
    for start, braced in _find_braced(text):
        attempt = parse_tag_attempt(braced)
        if _is_other_syntax(text, start, braced):
            continue
        if attempt and not attempt.likely_kind and _has_form_of_tag(attempt):
            message = (
                f'{_shorten(braced)} is not a reference: there is no kind "{attempt.kind}", only '
                "asset and model; put it in code if it is not meant as a reference"
            )
            yield RuleMatch(start, message)


def find_references_in_code(text: LintedText) -> Iterator[RuleMatch]:
    """Find tags inside code."""
    for span in text.code:
        for start, tag in text.find_matches(TAG, span):
            yield RuleMatch(start, f"{tag[0]} is in code, so it refers to nothing")


def _find_braced(text: LintedText) -> Iterator[tuple[int, str]]:
    """Find everything outside code that begins with a brace and is not a sound tag.

    An unclosed one reaches to the end of its line.
    """
    if "{" not in text.content and "\uff5b" not in text.content:
        return
    for span in text.outside_code:
        for start, match in text.find_matches(_BRACED, span):
            if not is_sound_tag(match[0]):
                yield start, match[0]


def _is_other_syntax(text: LintedText, start: int, braced: str) -> bool:
    """Return True for a variable `${name:default}` and a mapping `{model: x, steps: 28}`.

    Neither is one if it contains the whole id of an asset or a model.
    """
    is_variable = text.content[max(start - 1, 0) : start] in {"$", "%", "#"}
    is_template = braced.startswith(("{{<", "{{%", "{%"))
    is_mapping = any(key["key"] not in KINDS for key in _MAPPING_KEY.finditer(braced))
    return (is_variable or is_template or is_mapping) and not _WHOLE_ID.search(braced)


def _find_bracketed_ids(text: LintedText) -> Iterator[tuple[int, re.Match[str]]]:
    """Find ids outside code with their kind in other brackets than braces."""
    if _BRACKETED.search(text.content):
        for span in text.outside_code:
            yield from text.find_matches(_BRACKETED, span)


def _normalize_braced(braced: str) -> str:
    """Return it with plain braces and without invisible characters."""
    return braced if braced.isascii() else _IGNORABLE.sub("", braced.translate(_FULLWIDTH))


def _explain_attempt(attempt: TagAttempt, braced: str) -> str | None:  # noqa: PLR0911 - one return per mistake
    """Explain why the attempt is not a tag; return None if probably none was meant."""
    if attempt.likely_kind is None or not (attempt.has_colon or attempt.has_id_prefix):
        return None
    if braced != braced.translate(_FULLWIDTH):
        return "its braces are fullwidth"
    if invisible := _IGNORABLE.search(braced):
        return f"it contains the invisible character U+{ord(invisible[0]):04X}"
    if not attempt.closing:
        return "it is never closed"
    if len(attempt.opening) > 1 or len(attempt.closing) > 1:
        return "it needs one pair of braces"
    if not attempt.likely_id:
        return "it has no id"
    if attempt.kind not in KINDS:
        return f'there is no kind "{attempt.kind}"'
    if attempt.kind != attempt.likely_kind:
        article = "an" if attempt.likely_kind == "asset" else "a"
        return f"its id is that of {article} {attempt.likely_kind}"
    if attempt.colon != ":":
        return "kind and id need a colon between them, and nothing else"
    return "an id has no blanks, quotes, brackets or commas"


def _has_form_of_tag(attempt: TagAttempt) -> bool:
    return (
        (attempt.opening, attempt.colon, attempt.closing) == ("{", ":", "}")
        and len(attempt.kind) >= _MIN_KIND_SIZE
        and _PLAIN_ID.fullmatch(attempt.id) is not None
    )


def _shorten(braced: str) -> str:
    """Shorten it if it is unclosed, because it then reaches to the end of its line."""
    return braced if braced.endswith(("}", "\uff5d")) else f"{braced[:_MAX_SHOWN_SIZE].rstrip()}…"
