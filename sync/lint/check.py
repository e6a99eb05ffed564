"""Check files and texts against the rules."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from sync.descriptions.document import read_documents
from sync.descriptions.front_matter import read_body
from sync.descriptions.model_of_file import MAX_FILE_SIZE
from sync.errors import TimeLimitError
from sync.lint.characters import (
    find_bidirectional_controls,
    find_control_characters,
    find_hidden_text,
    find_invisible_text,
)
from sync.lint.file_names import find_unportable_names
from sync.lint.finding import Finding, RuleMatch
from sync.lint.foreign_syntax import find_foreign_syntax
from sync.lint.front_matter import find_front_matter_as_text
from sync.lint.links import (
    find_relative_links,
    find_undefined_links,
    find_unusual_schemes,
    find_web_images,
)
from sync.lint.linted_text import LintedText
from sync.lint.structure import (
    find_heading_jumps,
    find_overlong_text,
    find_raw_html,
    find_several_titles,
)
from sync.lint.tags import find_bad_references, find_references_in_code, find_unknown_kinds
from sync.lint.target_names import find_unknown_targets
from sync.lint.words import find_placeholders

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from sync.config.rules import RuleLevels
    from sync.descriptions.aliases import Aliases

TextRule: TypeAlias = "Callable[[LintedText], Iterator[RuleMatch]]"
TimeLimit: TypeAlias = "Callable[[], AbstractContextManager[None]]"
"""Makes a context that raises TimeLimitError when the time for one file is over."""


def check_files(  # noqa: PLR0913 - the files, and everything that they are checked against
    files: Mapping[str, bytes],
    every_aliases: Iterable[Aliases],
    *,
    folder: str,
    levels: RuleLevels,
    chosen: Container[str],
    targets: Collection[str] | None = None,
    time_limit: TimeLimit = nullcontext,
) -> list[Finding]:
    """Return the findings of the chosen files for the targets of these aliases, sorted by place.

    `files` must be all files of the folder, because two of them can be for one model. Paths are
    relative to `folder`, which is only the prefix of paths in findings. `targets` are the names of
    all targets, None if they are not known. A file that is too large, or takes longer than
    `time_limit`, has a finding that says so.
    """
    findings = {
        finding
        for aliases in every_aliases
        for finding in _collect_reading_faults(files, aliases, folder=folder, chosen=chosen)
    }
    findings.update(find_unportable_names(files, folder=folder, levels=levels, chosen=chosen))
    for path in filter(chosen.__contains__, files):
        shown, data = f"{folder}/{path}", files[path]
        if len(data) > MAX_FILE_SIZE:
            continue
        try:
            with time_limit():
                findings.update(_check_file(shown, data, levels=levels, targets=targets))
        except TimeLimitError as error:
            message = f"{error.message}; shorten the text, or its longest lines"
            findings.add(Finding(shown, 1, 1, "too-large", "error", message))
    return sorted(findings)


def _check_file(
    path: str, data: bytes, *, levels: RuleLevels, targets: Collection[str] | None
) -> Iterator[Finding]:
    yield from find_front_matter_as_text(path, data, levels=levels)
    if targets is not None:
        yield from find_unknown_targets(path, data, targets=targets, levels=levels)
    if body := read_body(data):
        yield from check_text(path, LintedText(body.text, body.line), levels)


def check_text(path: str, text: LintedText, levels: RuleLevels) -> Iterator[Finding]:
    """Yield the findings of the rules in one text."""
    for name, rule in _list_text_rules(levels):
        if (level := levels.get_level(name)) != "off":
            for match in rule(text):
                place = text.lines.find_position(match.start)
                yield Finding(path, *place, name, level, match.message)


def _collect_reading_faults(
    files: Mapping[str, bytes], aliases: Aliases, *, folder: str, chosen: Container[str]
) -> Iterator[Finding]:
    _, invalid = read_documents(files, aliases, folder=folder)
    for file in invalid:
        if file.path in chosen:
            for fault in file.faults:
                rule = fault.rule or "front-matter"
                yield Finding(fault.path, fault.line, fault.column, rule, "error", fault.message)


def _list_text_rules(levels: RuleLevels) -> Iterator[tuple[str, TextRule]]:
    yield "bad-reference", find_bad_references
    yield "unknown-kind", find_unknown_kinds
    yield "reference-in-code", find_references_in_code
    yield "invisible-text", find_invisible_text
    yield "hidden-character", find_hidden_text
    yield "control-character", find_control_characters
    yield "bidirectional", find_bidirectional_controls
    yield "relative-link", find_relative_links
    yield "link-scheme", find_unusual_schemes
    yield "undefined-link", find_undefined_links
    yield "foreign-syntax", find_foreign_syntax
    yield "image-asset", find_web_images
    yield "raw-html", find_raw_html
    yield "several-titles", find_several_titles
    yield "heading-jump", find_heading_jumps
    yield "placeholder", find_placeholders
    yield "overlong", partial(find_overlong_text, limits=levels.overlong)
