"""Recognise the text of a removed file in a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.decisions.desired import FormerModel
    from sync.model import Text

LIKENESS = 0.6  # of the characters; git finds renames from half of the bytes on


def find_renamed_model(text: Text, removed: Mapping[str, FormerModel]) -> str | None:
    """Return the removed model whose last text is this one or, slightly edited, became this one."""
    texts = {
        model: each.text for model, each in removed.items() if each.text and not each.text.is_empty
    }
    same = (model for model, each in texts.items() if each.is_same_as(text))
    if model := next(same, None):
        return model
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - slow to import, and seldom needed
    from rapidfuzz.process import extractOne  # noqa: PLC0415

    nearest = extractOne(
        text.canonical,
        {model: each.canonical for model, each in texts.items()},
        scorer=Indel.normalized_similarity,
        score_cutoff=LIKENESS,
    )
    return nearest[2] if nearest else None
