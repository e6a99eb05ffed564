"""A description as a reader sees it: its Markdown as HTML that loads, runs and hides nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nh3
from markdown_it import MarkdownIt

from sync.model import Thing
from sync.references import TAG
from sync.reports.inert import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

_DEEPEST = 6
# Emoji are joined by U+200D, letters of some scripts by U+200C.
_UNSEEN = re.compile(r"[^\n\t\u200c\u200d]+")

# A tag is a `<data>` until the sanitiser is done. It writes `<` and `"` of texts and attributes as
# entities, so that only an element can look like this; one from the text itself gets the card of
# another tag of the same text, or none.
_PLACE = re.compile(r'<data value="([0-9]{1,6})"></data>')
_ELEMENTS = {
    *("a", "blockquote", "br", "code", "dd", "del", "details", "dl", "dt", "em", "h4", "h5", "h6"),
    *("hr", "ins", "kbd", "li", "mark", "ol", "p", "pre", "s", "strong", "sub", "summary", "sup"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul", "data"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "data": {"value"}}


def rendered(text: str, *, card: Callable[[Thing], str], level: int) -> str:
    """The text as HTML, each of its tags as what `card` makes of it, which is not sanitised.

    Headings begin at `level`, below those of the page, and skip none. Pictures are their words.
    """
    environment: dict[str, Any] = {"tags": []}
    tokens = _MARKDOWN.parse(text, environment)
    _set_below(tokens, level)
    raw = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, environment)
    safe = nh3.clean(
        raw,
        tags=_ELEMENTS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    # Not before, as an entity may stand for a character that acts unseen.
    seen = _UNSEEN.sub(lambda match: visible(match[0]), safe)
    return _PLACE.sub(lambda match: _card(environment["tags"], int(match[1]), card=card), seen)


def _card(tags: Sequence[Thing], index: int, *, card: Callable[[Thing], str]) -> str:
    return card(tags[index]) if index < len(tags) else ""


def _set_below(tokens: Sequence[Token], level: int) -> None:
    """Give the headings the levels that an outline below the page's own would have."""
    above: list[int] = []
    for token in tokens:
        if token.type not in {"heading_open", "heading_close"}:
            continue
        rank = int(token.tag.removeprefix("h"))
        if token.type == "heading_open":
            above = [each for each in above if each < rank] + [rank]
        token.tag = f"h{min(level + len(above) - 1, _DEEPEST)}"


# --- what Markdown does not have -----------------------------------------------------------------


def _markdown() -> MarkdownIt:
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
        token.meta["thing"] = Thing("asset" if match["kind"] == "asset" else "model", match["id"])
    state.pos = match.end()
    return True


def _render_tag(
    _: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, environment: EnvType
) -> str:
    tags = environment["tags"]
    tags.append(tokens[index].meta["thing"])
    return f'<data value="{len(tags) - 1}"></data>'


def _render_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: EnvType,
) -> str:
    """Nothing is loaded from elsewhere."""
    words = renderer.renderInlineAsText(tokens[index].children, options, environment)
    return f"<em>[picture: {nh3.clean_text(words)}]</em>" if words else "<em>[picture]</em>"


_MARKDOWN = _markdown()
