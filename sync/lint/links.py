"""Rules about the addresses of links and images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sync.descriptions.markdown import Image, Link
from sync.descriptions.references import TAG
from sync.lint.finding import RuleMatch
from sync.lint.tag_attempt import WHOLE_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.linted_text import LintedText

# Not an index such as a[i][j], and not a footnote.
_REFERENCE_LINK = re.compile(
    r"(?<![\w\]\\])\[(?P<text>[^\[\]\n^]{1,200})\]\[(?P<label>[^\[\]\n^]{0,200})\](?![\[(:])"
)
# One letter and a colon is a Windows drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_USUAL_SCHEMES = frozenset({"", "http", "https", "mailto"})  # as in our preview
_ASSET_ID = re.compile(rf"asset_{WHOLE_ID}")


def find_relative_links(text: LintedText) -> Iterator[RuleMatch]:
    """Find links and images whose address is a path."""
    for element in text.elements:
        match element:
            case Link(url=url) if _is_relative(url) and not _is_footnote(text, element):
                subject = f'the link to "{url}" leads' if url else "the link leads"
                message = f"{subject} nowhere outside this repository; give the full https:// URL"
                yield RuleMatch(element.start, message)
            case Image(url=url) if _is_relative(url):
                message = (
                    f'the image "{url}" stays in this repository; upload it and write {{asset:ID}}'
                )
                yield RuleMatch(element.start, message)
            case _:
                pass


def find_unusual_schemes(text: LintedText) -> Iterator[RuleMatch]:
    """Find links and images whose address has an unusual scheme, or a host without a scheme."""
    for element in text.elements:
        if isinstance(element, Link | Image) and (message := _explain_scheme(element.url)):
            source = text.slice_span(element)
            if source == f"<{element.url}>":
                message = (
                    f"{source} is read as a link, so its angle brackets vanish; put it in code"
                )
            yield RuleMatch(element.start, message)


def _explain_scheme(url: str) -> str | None:
    if url.startswith("//"):
        return f"the address {url} has no scheme; write https:{url}"
    if _get_scheme(url) in _USUAL_SCHEMES:
        return None
    return f"Scenario may not open a {_get_scheme(url)}: address; use https, or plain text"


def find_undefined_links(text: LintedText) -> Iterator[RuleMatch]:
    """Find `[text][label]` without a definition of the label, which is shown as it stands."""
    if "][" not in text.content:
        return
    starts = {element.start for element in text.elements if isinstance(element, Link | Image)}
    for span in text.outside_code:
        for start, match in text.find_matches(_REFERENCE_LINK, span):
            if start not in starts and start - 1 not in starts:
                message = (
                    f"{match[0]} is shown as it stands, because nothing defines "
                    f"[{match['label'] or match['text']}]; write [text](https://…)"
                )
                yield RuleMatch(start, message)


def find_web_images(text: LintedText) -> Iterator[RuleMatch]:
    """Find images from the web, including those of Scenario's own assets."""
    for element in text.elements:
        if isinstance(element, Image) and (message := _explain_image(element.url)):
            yield RuleMatch(element.start, message)


def _explain_image(url: str) -> str | None:
    if _get_scheme(url) not in {"http", "https"}:
        return None
    if asset := _ASSET_ID.search(url):
        return f"addresses of assets expire; write {{asset:{asset[0]}}} instead of the image"
    return (
        f"this image is lost if {urlsplit(url).netloc} removes it; upload it and write {{asset:ID}}"
    )


def _get_scheme(url: str) -> str:
    match = _SCHEME.match(url)
    return match[1].lower() if match else ""


def _is_footnote(text: LintedText, link: Link) -> bool:
    """Return True for `[^1]`, which CommonMark reads as a link if the footnote is one word."""
    return text.slice_span(link).startswith("[^")


def _is_relative(url: str) -> bool:
    return not (_get_scheme(url) or url.startswith(("#", "//")) or TAG.fullmatch(url))
