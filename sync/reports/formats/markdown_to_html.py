"""The Markdown of a description converted to HTML that loads, runs and hides nothing."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import nh3
from markdown_it import MarkdownIt

from sync.descriptions.references import TAG
from sync.model.document import ReferenceTarget
from sync.reports.formats.sanitize import escape_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict


_MAX_HEADING_LEVEL = 6
# In characters. Nested elements of a longer text would take minutes.
_MAX_CONVERTED_SIZE = 100_000
# U+200D joins emoji and U+200C joins letters of some scripts: both must stay.
_ESCAPABLE_TEXT = re.compile(r"[^\n\t\u200c\u200d]+")

# A `<data>` element replaces a tag until the sanitiser is done. The sanitiser writes `<` and `"` in
# texts and attributes as entities, so only an element can look like this. If the text itself has
# such an element, it gets the card of another tag of the same text, or no card.
_TAG_PLACEHOLDER = re.compile(r'<data value="([0-9]{1,6})"></data>')
_ALLOWED_ELEMENTS = {
    *("a", "blockquote", "br", "code", "dd", "del", "details", "dl", "dt", "em", "h4", "h5", "h6"),
    *("hr", "ins", "kbd", "li", "mark", "ol", "p", "pre", "s", "strong", "sub", "summary", "sup"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul", "data"),
}
_ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "data": {"value"}}


def convert_markdown_to_html(
    text: str, *, card: Callable[[ReferenceTarget], str], top_level: int
) -> str:
    """Convert the text to HTML; each tag becomes the result of `card`, which is not sanitised.

    Headings start at `top_level`, below the headings of the page, and no level is skipped. A
    picture becomes its alternative text. A text that is too long for that is shown as it is stored.
    """
    if len(text) > _MAX_CONVERTED_SIZE:
        return (
            "<p><em>This text is too long to be laid out. It is shown as it is stored.</em></p>"
            f"<pre>{_escape_hidden(html.escape(text))}</pre>"
        )
    environment: dict[str, Any] = {"tags": []}
    tokens = _MARKDOWN_PARSER.parse(text, environment)
    _renumber_headings(tokens, top_level)
    raw = _MARKDOWN_PARSER.renderer.render(tokens, _MARKDOWN_PARSER.options, environment)
    safe = nh3.clean(
        raw,
        tags=_ALLOWED_ELEMENTS,
        attributes=_ALLOWED_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    # This comes after cleaning: before it, an entity can hide an invisible character.
    return _TAG_PLACEHOLDER.sub(
        lambda match: _render_card(environment["tags"], int(match[1]), card=card),
        _escape_hidden(safe),
    )


def _escape_hidden(page: str) -> str:
    return _ESCAPABLE_TEXT.sub(lambda match: escape_invisible(match[0]), page)


def _render_card(
    tags: Sequence[ReferenceTarget], index: int, *, card: Callable[[ReferenceTarget], str]
) -> str:
    return card(tags[index]) if index < len(tags) else ""


def _renumber_headings(tokens: Sequence[Token], top_level: int) -> None:
    """Renumber the headings so that they start at `top_level` and skip no level."""
    above: list[int] = []
    for token in tokens:
        if token.type not in {"heading_open", "heading_close"}:
            continue
        rank = int(token.tag.removeprefix("h"))
        if token.type == "heading_open":
            above = [each for each in above if each < rank] + [rank]
        token.tag = f"h{min(top_level + len(above) - 1, _MAX_HEADING_LEVEL)}"


# --- what Markdown does not have -----------------------------------------------------------------


def _make_markdown_parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    markdown.inline.ruler.before("html_inline", "tag", _parse_tag)
    markdown.add_render_rule("tag", _render_tag)
    markdown.add_render_rule("image", _render_image)
    return markdown


def _parse_tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - called so by the parser
    match = TAG.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        token = state.push("tag", "", 0)
        token.meta["target"] = ReferenceTarget(
            "asset" if match["kind"] == "asset" else "model", match["id"]
        )
    state.pos = match.end()
    return True


def _render_tag(
    _: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, environment: EnvType
) -> str:
    tags = environment["tags"]
    tags.append(tokens[index].meta["target"])
    return f'<data value="{len(tags) - 1}"></data>'


def _render_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: EnvType,
) -> str:
    """Render the alternative text of a picture, so that nothing is loaded from elsewhere."""
    words = renderer.renderInlineAsText(tokens[index].children, options, environment)
    return f"<em>[picture: {nh3.clean_text(words)}]</em>" if words else "<em>[picture]</em>"


_MARKDOWN_PARSER = _make_markdown_parser()
