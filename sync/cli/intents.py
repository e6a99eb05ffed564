"""What the files want of one target: the texts of its models, and which of those are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.documents import read_document, read_documents
from sync.errors import UsageError, did_you_mean
from sync.model import Document, InvalidFile, Recorded, Text
from sync.plan import Desired, Intent

if TYPE_CHECKING:
    from collections.abc import Container

    from sync.cli.files import Files
    from sync.cli.options import Selection
    from sync.cli.workspace import Chosen

NOTHING = Text("").sha256


def intent_of(chosen: Chosen, selection: Selection, files: Files) -> Intent:
    """What the files want of this target."""
    everything = _desired(chosen, files)
    pruned = everything.removed if chosen.target.prune else {}
    return Intent(
        files.source,
        of_models(_at(everything, files.chosen), chosen, selection),
        everything.models,
        len(everything.documents) + len(everything.invalid) + len(pruned),
        files.notes,
    )


def _desired(chosen: Chosen, files: Files) -> Desired:
    """What all files say for this target."""
    documents, invalid = read_documents(
        files.contents, chosen.naming, folder=chosen.workspace.folder
    )
    managed = {document.model for document in documents}
    return Desired(documents, invalid, _removed(chosen, files, managed=managed))


def _at(desired: Desired, paths: Container[str]) -> Desired:
    """The part of it that these files say."""
    return Desired(
        [document for document in desired.documents if document.path in paths],
        [file for file in desired.invalid if file.path in paths],
        {model: path for model, path in desired.removed.items() if path in paths},
    )


def of_models(desired: Desired, chosen: Chosen, selection: Selection) -> Desired:
    """The part of it about the models named. Raises UsageError for one that is not in it."""
    models = [chosen.naming.model(name) for name in selection.models]
    for model in models:
        if model not in desired.models:
            near = did_you_mean(model, desired.models)
            raise UsageError(f"no description is about the model {model}{near}")
    if not models:
        return desired
    return Desired(
        [document for document in desired.documents if document.model in models],
        [file for file in desired.invalid if file.model in models],
        {model: path for model, path in desired.removed.items() if model in models},
    )


def _removed(chosen: Chosen, files: Files, *, managed: set[str]) -> dict[str, str]:
    """The models of removed files, but for those that have another file or are emptied already."""
    removed = {}
    for path, data in files.removed.items():
        match read_document(path, data, chosen.naming, folder=chosen.workspace.folder):
            case Document(model=model) | InvalidFile(model=model) if model and model not in managed:
                removed[model] = path
            case _:
                pass
    emptied = Recorded(sent=NOTHING, held=NOTHING)
    recorded = chosen.snapshots.recorded() if removed else {}
    return {model: path for model, path in removed.items() if recorded.get(model) != emptied}
