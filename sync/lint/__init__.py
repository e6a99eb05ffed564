"""Rules over files: every fault of each one, and what its readers may stumble over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from sync.descriptions.document import read_documents
from sync.descriptions.front_matter import body_of
from sync.lint.characters import bidirectional, control_character, invisible_text
from sync.lint.finding import Finding, Note
from sync.lint.front_matter import unknown_target
from sync.lint.prose import (
    heading_jump,
    image_asset,
    link_scheme,
    overlong,
    placeholder,
    raw_html,
    relative_link,
    several_titles,
)
from sync.lint.references import bad_reference, reference_in_code, unknown_kind
from sync.lint.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

    from sync.config.rules import Levels
    from sync.descriptions.aliases import Naming

TextRule: TypeAlias = "Callable[[Source], Iterator[Note]]"


def check_files(  # noqa: PLR0913 - what is checked, and what it is held against
    files: Mapping[str, bytes],
    namings: Iterable[Naming],
    *,
    folder: str,
    levels: Levels,
    chosen: Container[str],
    targets: Collection[str] | None = None,
) -> list[Finding]:
    """What is to be said of the chosen files for the targets of these namings, sorted by place.

    All files of the folder are needed, as two of them may be for one model. Paths are relative
    to `folder`, which only stands before them in findings. `targets` are all that there are, None
    where nobody knows.
    """
    findings = {
        finding
        for naming in namings
        for finding in _faults(files, naming, folder=folder, chosen=chosen)
    }
    for path in filter(chosen.__contains__, files):
        shown, data = f"{folder}/{path}", files[path]
        if targets is not None:
            findings.update(unknown_target(shown, data, targets=targets, levels=levels))
        if body := body_of(data):
            findings.update(check_text(shown, Source(body.text, body.line), levels))
    return sorted(findings)


def check_text(path: str, source: Source, levels: Levels) -> Iterator[Finding]:
    """What the rules say of one text."""
    for name, rule in _text_rules(levels):
        if (level := levels.level(name)) != "off":
            for note in rule(source):
                yield Finding(
                    path, *source.lines.find_position(note.start), name, level, note.message
                )


def _faults(
    files: Mapping[str, bytes], naming: Naming, *, folder: str, chosen: Container[str]
) -> Iterator[Finding]:
    """The faults that reading found."""
    _, invalid = read_documents(files, naming, folder=folder)
    for file in invalid:
        if file.path in chosen:
            for fault in file.faults:
                rule = fault.rule or "front-matter"
                yield Finding(fault.path, fault.line, fault.column, rule, "error", fault.message)


def _text_rules(levels: Levels) -> Iterator[tuple[str, TextRule]]:
    yield "bad-reference", bad_reference
    yield "unknown-kind", unknown_kind
    yield "reference-in-code", reference_in_code
    yield "invisible-text", invisible_text
    yield "control-character", control_character
    yield "bidirectional", bidirectional
    yield "relative-link", relative_link
    yield "link-scheme", link_scheme
    yield "image-asset", image_asset
    yield "raw-html", raw_html
    yield "several-titles", several_titles
    yield "heading-jump", heading_jump
    yield "placeholder", placeholder
    yield "overlong", partial(overlong, limits=levels.overlong)
