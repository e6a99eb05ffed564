"""The rules of `check` by name: the level, the limits and the subject of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import BeforeValidator, ConfigDict, Field

from sync.config.section import Section, read_key_docs

Severity = Literal["error", "warning", "info"]


def _read_off(level: object) -> object:
    """Return "off" for false, because YAML reads a bare `off` as false."""
    return "off" if level is False else level


def _expand_level(value: object) -> object:
    """Turn a level alone into a mapping, so that the limits keep their defaults."""
    level = _read_off(value)
    return {"level": level} if isinstance(level, str) else value


def _write_with_dashes(name: str) -> str:
    return name.replace("_", "-")


Level: TypeAlias = Annotated[
    Literal["error", "warning", "info", "off"],
    BeforeValidator(
        _read_off, json_schema_input_type=Literal["error", "warning", "info", "off", False]
    ),
]


class LengthRule(Section):
    """The length from which a text is too long, and the level of that finding."""

    level: Level = "warning"
    max_characters: Annotated[int, Field(ge=1)] = 20_000
    max_bytes: Annotated[int, Field(ge=1)] = 64_000
    """Of the text in UTF-8."""


class RuleLevels(Section):
    """The level of each rule of `check`: error, warning, info or off."""

    model_config = ConfigDict(alias_generator=_write_with_dashes, validate_by_name=False)

    file_name: Level = "warning"
    """A name that Windows or macOS cannot have, or cannot have beside that of another file."""
    unknown_target: Level = "warning"
    """A target in a file's `models` that config.yaml does not have."""
    front_matter_as_text: Level = "warning"
    """Front matter in a spelling of other programs, which is sent as part of the text."""
    bad_reference: Level = "error"
    """A tag that is nearly a reference, and would be shown as it stands."""
    unknown_kind: Level = "warning"
    """A tag of a kind that is neither asset nor model."""
    reference_in_code: Level = "info"
    """A reference inside code, where it is shown as it stands."""
    invisible_text: Level = "warning"
    """A text of which a reader sees nothing, such as one of zero-width characters."""
    hidden_character: Level = "warning"
    """A character that nobody sees and that shapes no sign, such as a zero-width space."""
    control_character: Level = "error"
    """A character that nobody sees and no text needs, such as NUL."""
    bidirectional: Level = "error"
    """A character that makes text read in another order than it is stored in."""
    relative_link: Level = "warning"
    """A link or an image that leads to a file, which only the repository has."""
    link_scheme: Level = "warning"
    """A link or an image whose address is neither http:, https: nor mailto:."""
    undefined_link: Level = "warning"
    """A link by a label that nothing defines, shown as it stands."""
    foreign_syntax: Level = "warning"
    """A wiki link, an embed, a shortcode or a template tag of another program."""
    image_asset: Level = "warning"
    """An image that should be a reference to an asset."""
    raw_html: Level = "warning"
    """HTML, which the other side may show as text or take out."""
    several_titles: Level = "warning"
    """More than one heading of the first level."""
    heading_jump: Level = "warning"
    """A heading that skips a level."""
    placeholder: Level = "warning"
    """A word that says that the text is not finished."""
    overlong: Annotated[
        LengthRule, BeforeValidator(_expand_level, json_schema_input_type=Level | LengthRule)
    ] = LengthRule()
    """A text longer than the limits."""
    missing_model: Level = "error"
    """A file for a model that the server does not have, or does not show to this key."""
    missing_reference: Level = "error"
    """A reference to what the server does not have, or does not show to this key."""
    private_asset: Level = "warning"
    """A private asset in the description of a public model."""

    def get_level(self, rule: str) -> Level:
        """Return the level of a rule; a reading rule is always an error."""
        if rule in READING_RULES:
            return "error"
        value = getattr(self, rule.replace("-", "_"))
        return value.level if isinstance(value, LengthRule) else cast("Level", value)


# A file that breaks one of these rules cannot be read for certain, so nothing is planned for it.
READING_RULES = {
    "config": "A fault of config.yaml.",
    "encoding": "A file that is not UTF-8.",
    "front-matter": "A fault of the YAML between the `---` lines.",
    "empty": "A file without a text, which would empty the description.",
    "conflict": "Conflict markers that git left in the file.",
    "lfs-pointer": "A pointer of Git LFS in place of the text.",
    "too-large": "A file that is too large, or that takes too long to check.",
    "duplicate-model": "Two files for one model.",
    "unknown-alias": "A name that the target does not define.",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its default level; `about` is one sentence."""

    name: str
    about: str
    level: Level


@cache
def list_rules() -> tuple[Rule, ...]:
    """List all rules."""
    defaults = RuleLevels()
    return tuple(
        Rule(name, about, defaults.get_level(name))
        for name, about in (READING_RULES | read_key_docs(RuleLevels)).items()
    )
