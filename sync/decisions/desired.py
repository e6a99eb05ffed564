"""The desired texts of one target's models, and which of them are selected."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sync.descriptions.document import read_document, read_documents
from sync.errors import UsageError, did_you_mean
from sync.model import DELETED_WRITE, Document, InvalidFile

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.descriptions.aliases import Aliases
    from sync.model import Failed, Invalid, LastWrite, Source, Text


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The descriptions of one source, before a target resolves the models that they name.

    `contents` and `removed` map paths relative to the folder to bytes; a removed file has its last
    content. All files are included, because a model can have moved from one file to another; only
    those of `selected_paths` are planned. `is_complete` is False if any file was left out. `doubts`
    maps the files whose bytes may not be those meant to the reason. If `optional`, a target without
    any description is allowed.
    """

    source: Source
    contents: Mapping[str, bytes]
    removed: Mapping[str, bytes]
    selected_paths: Container[str]
    notes: tuple[str, ...] = ()
    optional: bool = False
    is_complete: bool = True
    doubts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DesiredState:
    """The desired texts of one target. `removed` maps the models of removed files to their paths.

    `unusable` lists models that the source has a text for, but one that cannot be determined.
    `all_files_valid` is False if any file of the source, selected or not, has faults or was left
    out.
    `renamed` maps models without any earlier text to the removed model whose text their file has.
    """

    documents: Sequence[Document] = ()
    invalid: Sequence[InvalidFile] = ()
    removed: Mapping[str, str] = field(default_factory=dict)
    unusable: Sequence[Invalid | Failed] = ()
    all_files_valid: bool = True
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def models(self) -> set[str]:
        """Return every model that the source describes, or described before a removal."""
        files = {file.model for file in (*self.invalid, *self.unusable) if file.model}
        return {document.model for document in self.documents} | files | set(self.removed)

    @property
    def texts(self) -> dict[str, Text]:
        """Return the desired text of each model that has a document."""
        return {document.model: document.text for document in self.documents}

    def list_models_to_read(self, *, prune: bool) -> list[str]:
        """Return the models whose remote text a plan needs; with `prune`, also removed ones."""
        models = [document.model for document in self.documents]
        return [*models, *self.removed] if prune else models

    def select_paths(self, paths: Container[str]) -> DesiredState:
        """Return only the part that comes from these files."""
        return replace(
            self,
            documents=[document for document in self.documents if document.path in paths],
            invalid=[file for file in self.invalid if file.path in paths],
            removed={model: path for model, path in self.removed.items() if path in paths},
        )

    def select_models(self, models: Collection[str]) -> DesiredState:
        """Return only the part about these models. Raise UsageError for an unknown one."""
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
class DesiredSelection:
    """The desired texts of one target, narrowed to the selected ones in `desired`.

    `models` are all models of the source, selected or not; `documents` counts everything that the
    source has for the target. If it is `offline`, the remote texts do not come from the server.
    """

    source: Source
    desired: DesiredState
    models: AbstractSet[str]
    documents: int
    notes: tuple[str, ...] = ()
    offline: bool = False

    def select_models(self, models: Collection[str]) -> DesiredSelection:
        """Return the same, narrowed to these models. Raise UsageError for an unknown one."""
        return replace(self, desired=self.desired.select_models(models))


def make_desired_selection(
    files: SourceFiles,
    aliases: Aliases,
    *,
    folder: str,
    prune: bool,
    last_writes: Mapping[str, LastWrite],
) -> DesiredSelection:
    """Return what the files say about a target, narrowed to the selected files.

    With `prune`, removed files count as documents, too. `last_writes` are the records of earlier
    runs: a description that an earlier run deleted does not count as removed again.
    """
    everything = _read_desired_state(files, aliases, folder=folder, last_writes=last_writes)
    return DesiredSelection(
        files.source,
        everything.select_paths(files.selected_paths),
        everything.models,
        len(everything.documents)
        + len(everything.invalid)
        + (len(everything.removed) if prune else 0),
        files.notes,
    )


def _read_desired_state(
    files: SourceFiles, aliases: Aliases, *, folder: str, last_writes: Mapping[str, LastWrite]
) -> DesiredState:
    """Return what all files say about the target.

    A model is removed only if no other file is about it.
    """
    documents, invalid = read_documents(files.contents, aliases, folder=folder, doubts=files.doubts)
    there = {document.model for document in documents} | {file.model for file in invalid}
    removed: dict[str, str] = {}
    texts: dict[str, str] = {}
    for path, data in files.removed.items():
        file = read_document(path, data, aliases, folder=folder)
        if file is not None and file.model and file.model not in there:
            removed[file.model] = path
            if isinstance(file, Document):
                texts[file.text.sha256] = file.model
    removed = {
        model: path for model, path in removed.items() if last_writes.get(model) != DELETED_WRITE
    }
    return DesiredState(
        documents,
        invalid,
        removed,
        all_files_valid=files.is_complete and not invalid,
        renamed={d.model: texts[d.text.sha256] for d in documents if d.text.sha256 in texts},
    )
