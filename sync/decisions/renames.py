"""Recognize a renamed file by the text of a removed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.decisions.likeness import find_most_similar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.decisions.desired import FormerModel
    from sync.model.text import Text

LIKENESS = 0.6  # of the characters; git finds renames from half of the bytes on


def find_renamed_model(text: Text, removed: Mapping[str, FormerModel]) -> str | None:
    """Return the model whose removed file had this text, or nearly this text.

    Return None if several removed files had exactly this text.
    """
    texts = {
        model: each.text
        for model, each in removed.items()
        if each.text and not (each.text.is_empty or each.names_another or each.is_excluded)
    }
    if same := [model for model, each in texts.items() if each.is_same_as(text)]:
        return same[0] if len(same) == 1 else None
    models = list(texts)
    nearest = find_most_similar(
        text.canonical, [texts[model].canonical for model in models], minimum=LIKENESS
    )
    return None if nearest is None else models[nearest]
