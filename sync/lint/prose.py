"""Rules about what a reader is to see: links, images, headings, HTML, words, length."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sync.descriptions.markdown import Heading, Html, Image, Link
from sync.descriptions.references import TAG
from sync.lint.finding import Note
from sync.model import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config.rules import Overlong
    from sync.lint.source import Source

# One letter and a colon is a drive of Windows.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_ASSET_ID = re.compile(r"asset_[A-Za-z0-9]{20,}")
_PLACEHOLDER = re.compile(r"\b(?:TODO|FIXME|TBD|TBC|[Ll]orem\s+[Ii]psum|LOREM\s+IPSUM)\b")


# --- links and images ----------------------------------------------------------------------------


def relative_link(source: Source) -> Iterator[Note]:
    """Links and images whose address is a path."""
    for element in source.elements:
        match element:
            case Link(url=url) if _is_relative(url):
                what = f'the link to "{url}" leads' if url else "the link leads"
                message = f"{what} nowhere outside this repository; give the whole https:// address"
                yield Note(element.start, message)
            case Image(url=url) if _is_relative(url):
                message = (
                    f'the image "{url}" stays in this repository; upload it and write {{asset:ID}}'
                )
                yield Note(element.start, message)
            case _:
                pass


def link_scheme(source: Source) -> Iterator[Note]:
    """Links and images of another scheme than http and https, or of none and a host."""
    for element in source.elements:
        if isinstance(element, Link | Image) and (message := _about_scheme(element.url)):
            yield Note(element.start, message)


def _about_scheme(url: str) -> str | None:
    if url.startswith("//"):
        return f"the address {url} lacks its scheme; write https:{url}"
    if _scheme(url) in {"", "http", "https"}:
        return None
    return (
        f"a {_scheme(url)}: address is not sure to open on the other side; use https, or plain text"
    )


def image_asset(source: Source) -> Iterator[Note]:
    """Images from the web, those of Scenario's own assets among them."""
    for element in source.elements:
        if isinstance(element, Image) and (instead := _instead_of(element.url)):
            yield Note(element.start, instead)


def _instead_of(url: str) -> str | None:
    """What to write instead of an image from the web."""
    if _scheme(url) not in {"http", "https"}:
        return None
    if asset := _ASSET_ID.search(url):
        return f"addresses of assets expire; write {{asset:{asset[0]}}} instead of the image"
    return (
        f"this image is gone when {urlsplit(url).netloc} drops it; upload it and write {{asset:ID}}"
    )


def _scheme(url: str) -> str:
    match = _SCHEME.match(url)
    return match[1].lower() if match else ""


def _is_relative(url: str) -> bool:
    return not (_scheme(url) or url.startswith(("#", "//")) or TAG.fullmatch(url))


# --- structure -----------------------------------------------------------------------------------


def raw_html(source: Source) -> Iterator[Note]:
    """Opening tags, comments and blocks of HTML; a closing tag is never alone."""
    for element in source.elements:
        if isinstance(element, Html) and not (html := source.part(element)).startswith("</"):
            what = "a comment" if html.startswith("<!--") else "HTML"
            message = f"{what} may be shown as text or taken out; write Markdown, or put it in code"
            yield Note(element.start, message)


def several_titles(source: Source) -> Iterator[Note]:
    """Headings of the first level but for the first of them."""
    titles = [each for each in source.elements if isinstance(each, Heading) and each.level == 1]
    for title in titles[1:]:
        first, _ = source.lines.find_position(titles[0].start)
        message = f"a second title: line {first} has the first; begin this one with ##"
        yield Note(title.start, message)


def heading_jump(source: Source) -> Iterator[Note]:
    """Headings more than one level below the one before."""
    above = 0
    for element in source.elements:
        if isinstance(element, Heading):
            if above and element.level > above + 1:
                message = (
                    f"a heading of level {element.level} under one of level {above}; begin it "
                    f"with {'#' * (above + 1)}"
                )
                yield Note(element.start, message)
            above = element.level


# --- words ---------------------------------------------------------------------------------------


def placeholder(source: Source) -> Iterator[Note]:
    """Words for what is still to be written, outside code."""
    if not _PLACEHOLDER.search(source.text):
        return
    for span in source.outside_code:
        for start, match in source.matches(_PLACEHOLDER, span):
            message = f'"{match[0]}" stands in the text; write what belongs there'
            yield Note(start, message)


def overlong(source: Source, limits: Overlong) -> Iterator[Note]:
    """The text that would be sent, measured against the limits."""
    text = canonical(source.text)
    for size, limit, unit in (
        (len(text), limits.max_characters, "characters"),
        (len(text.encode()), limits.max_bytes, "bytes"),
    ):
        if size > limit:
            message = f"{size} {unit}, {size - limit} more than the limit of {limit}; shorten it"
            yield Note(0, message)
