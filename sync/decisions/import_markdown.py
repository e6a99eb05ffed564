"""Read the text out of a Markdown file of another program."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sync.config.yaml import read_yaml
from sync.decisions.import_ import ForeignText, is_front_matter_key
from sync.decisions.import_records import MODEL_FIELDS, normalize_field
from sync.descriptions.front_matter import split_front_matter
from sync.descriptions.front_matter_spellings import find_foreign_front_matter
from sync.descriptions.yaml_block import find_yaml_block
from sync.model.document import get_stem

KEPT_KEYS = ("models", "protected")
# A model card with thousands of metrics. Only the keys that are read are parsed then.
_MAX_PARSED_SIZE = 16 * 1024
_TOP_LEVEL_KEY = re.compile(
    r"""^(?P<quote>["']?)(?P<key>[\w.-]+)(?P=quote)[ \t]*:(?=\s|\Z)""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class _SplitMarkdown:
    """A file taken apart; `dropped` are parts of the front matter without a key."""

    values: dict[str, Any]
    keys: tuple[str, ...]
    body: str
    body_line: int
    dropped: tuple[str, ...] = field(default=())


def read_markdown(path: str, text: str) -> ForeignText:
    """Read the text of a file with LF line ends. Raises FaultsError for unreadable front matter."""
    parts = _split_file(path, text)
    mapping = parts.values
    key = _find_model_key(mapping)
    kept = {
        each: mapping[each]
        for each in KEPT_KEYS
        if mapping.get(each)
        and is_front_matter_key(each, mapping[each])
        and not (key and each == "models")
    }
    stem = get_stem(path)
    return ForeignText(
        source=path,
        model=mapping[key] if key else stem,
        text=parts.body,
        path=f"{path.rpartition('.')[0]}.md",
        front_matter=kept,
        dropped=(
            *(each for each in parts.keys if each != key and each not in kept),
            *parts.dropped,
        ),
        is_named=bool(key or "models" in kept),
        place=path,
        first_line=parts.body_line,
    )


def _find_model_key(mapping: dict[str, Any]) -> str:
    """Find the key that names the model in a way that a description can; empty if none does."""
    spelt = {normalize_field(key): key for key in reversed(mapping)}
    several = (spelt[name] for name in MODEL_FIELDS if name in spelt)
    return next((key for key in several if is_front_matter_key("model", mapping[key])), "")


def _split_file(path: str, text: str) -> _SplitMarkdown:
    foreign = find_foreign_front_matter(text)
    if foreign:
        dropped = ("empty front matter",) if foreign.spelling == "empty" else ()
        return _SplitMarkdown(
            dict(foreign.values), foreign.keys, foreign.body, foreign.body_line, dropped
        )
    block = find_yaml_block(text)
    if block and len(block.text) > _MAX_PARSED_SIZE and _is_plain_mapping(block.text):
        keys, values = _scan_large_block(block.text, path=path)
        return _SplitMarkdown(values, keys, text[block.end :], text.count("\n", 0, block.end) + 1)
    split = split_front_matter(text, path=path)
    values = split.yaml.value if split.yaml else {}
    return _SplitMarkdown(values, tuple(values), split.body, split.body_line)


def _is_plain_mapping(yaml: str) -> bool:
    """Return True if every line is a key or belongs to the one above it, as in no prose."""
    lines = [line for line in yaml.split("\n") if line.strip() and not line.startswith("#")]
    is_key = [_TOP_LEVEL_KEY.match(line) is not None for line in lines]
    is_part = [line.startswith((" ", "\t", "- ", "]", "}")) for line in lines]
    return is_key[0] and all(key or part for key, part in zip(is_key, is_part, strict=True))


def _scan_large_block(yaml: str, *, path: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return all keys of a large block, and the values of those that are read."""
    starts = list(_TOP_LEVEL_KEY.finditer(yaml))
    ends = [*(match.start() for match in starts[1:]), len(yaml)]
    values: dict[str, Any] = {}
    for match, end in zip(starts, ends, strict=True):
        if normalize_field(match["key"]) in MODEL_FIELDS or match["key"] in KEPT_KEYS:
            line = yaml.count("\n", 0, match.start()) + 2
            document = read_yaml(yaml[match.start() : end], path=path, first_line=line)
            values |= document.value if document.is_mapping else {}
    return tuple(dict.fromkeys(match["key"] for match in starts)), values
