"""What a source wants of one target: the texts of its models, and which of those are chosen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sync.documents import read_document, read_documents
from sync.errors import UsageError, did_you_mean
from sync.model import EMPTIED, Document, InvalidFile

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.documents import Naming
    from sync.model import Failed, Invalid, Recorded, Source


@dataclass(frozen=True, slots=True)
class Files:
    """The descriptions of one source, before a target gives them their models.

    Contents are bytes by path relative to the folder, of removed files those they last had. All
    files are here, as a model may have moved from one to another; the chosen ones are planned for.
    Where they are `optional`, a target may do without any.
    """

    source: Source
    contents: Mapping[str, bytes]
    removed: Mapping[str, bytes]
    chosen: Container[str]
    notes: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Desired:
    """What the source says. `removed` maps the models of removed files to where those stood.

    Of the models of `unusable` the source should say something, and nobody can tell what. Where
    it is not `sound`, some file of the source has faults, be it part of this or not.
    """

    documents: Sequence[Document] = ()
    invalid: Sequence[InvalidFile] = ()
    removed: Mapping[str, str] = field(default_factory=dict)
    unusable: Sequence[Invalid | Failed] = ()
    sound: bool = True

    @property
    def models(self) -> set[str]:
        """Every model that the source says, or said, something about."""
        files = {file.model for file in (*self.invalid, *self.unusable) if file.model}
        return {document.model for document in self.documents} | files | set(self.removed)

    def at(self, paths: Container[str]) -> Desired:
        """The part of it that these files say."""
        return replace(
            self,
            documents=[document for document in self.documents if document.path in paths],
            invalid=[file for file in self.invalid if file.path in paths],
            removed={model: path for model, path in self.removed.items() if path in paths},
        )

    def about(self, models: Collection[str]) -> Desired:
        """The part of it about these models. Raises UsageError for one that is not in it."""
        for model in models:
            if model not in self.models:
                near = did_you_mean(model, self.models)
                raise UsageError(f"no description is about the model {model}{near}")
        return replace(
            self,
            documents=[document for document in self.documents if document.model in models],
            invalid=[file for file in self.invalid if file.model in models],
            removed={model: path for model, path in self.removed.items() if model in models},
        )


@dataclass(frozen=True, slots=True)
class Intent:
    """What a source wants of one target: the `desired` part of it is what was selected.

    `models` are all that it is about, `documents` counts all that it has for the target.
    """

    source: Source
    desired: Desired
    models: AbstractSet[str]
    documents: int
    notes: tuple[str, ...] = ()

    def about(self, models: Collection[str]) -> Intent:
        """The same, narrowed to these models. Raises UsageError for one that is not in it."""
        return replace(self, desired=self.desired.about(models))


def intent_of(
    files: Files,
    naming: Naming,
    *,
    folder: str,
    prune: bool,
    recorded: Mapping[str, Recorded],
) -> Intent:
    """What the files want of a target, the chosen ones of it now.

    With `prune` removed files count among those it has. `recorded` is what the last runs left:
    a description that was deleted already is wanted no more.
    """
    everything = _desired(files, naming, folder=folder, recorded=recorded)
    return Intent(
        files.source,
        everything.at(files.chosen),
        everything.models,
        len(everything.documents)
        + len(everything.invalid)
        + (len(everything.removed) if prune else 0),
        files.notes,
    )


def _desired(
    files: Files, naming: Naming, *, folder: str, recorded: Mapping[str, Recorded]
) -> Desired:
    """What all files say for the target; a model that any of them is about was not removed."""
    documents, invalid = read_documents(files.contents, naming, folder=folder)
    there = {document.model for document in documents} | {file.model for file in invalid}
    removed = {}
    for path, data in files.removed.items():
        match read_document(path, data, naming, folder=folder):
            case Document(model=model) | InvalidFile(model=model) if model and model not in there:
                removed[model] = path
            case _:
                pass
    removed = {model: path for model, path in removed.items() if recorded.get(model) != EMPTIED}
    return Desired(documents, invalid, removed, sound=not invalid)
