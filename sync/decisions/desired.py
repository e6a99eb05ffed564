"""Hold the desired texts of one target's models, and narrow them to a selection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.errors import UsageError, did_you_mean
from sync.model.known_texts import DELETED_WRITE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.model.changes import Failed, Invalid
    from sync.model.document import Document, InvalidFile
    from sync.model.known_texts import LastWrite
    from sync.model.plan import Source
    from sync.model.text import Text


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The descriptions of one source, before a target resolves the models that they name.

    `contents` maps paths relative to the folder to bytes. All files are included, because a model
    can have moved from one file to another; only those of `selected_paths` are planned, or all if
    it is None, except for `skipped_paths`. `present_paths` also has the files that are there and
    were not read. `is_complete` is False if any file was left out. `doubts` maps the files whose
    bytes may not be those meant to the reason. If `optional`, a target without any description is
    allowed.

    `base` is the commit that `--since` compares with, and `changed_paths` are the files changed
    since; both are None without it.
    """

    source: Source
    contents: Mapping[str, bytes]
    selected_paths: Collection[str] | None = None
    notes: tuple[str, ...] = ()
    optional: bool = False
    is_complete: bool = True
    doubts: Mapping[str, str] = field(default_factory=dict)
    present_paths: Collection[str] = frozenset()
    skipped_paths: Collection[str] = frozenset()
    base: str | None = None
    changed_paths: Collection[str] | None = None

    def is_selected(self, path: str | None) -> bool:
        """Return True if the PATHs of the command mean the file."""
        is_meant = self.selected_paths is None or path in self.selected_paths
        return is_meant and path not in self.skipped_paths

    def is_changed(self, path: str | None) -> bool:
        """Return True if the file was changed since the base, or if there is no base."""
        return self.changed_paths is None or path in self.changed_paths


@dataclass(frozen=True, slots=True)
class FormerModel:
    """A model that files of the history named, and that no file names now.

    `path` is the newest file that named it, relative to the folder, and `text` its text; None
    if it had faults. The file may still be there: it `names_another` model, or it `is_excluded`,
    because `exclude` matches it now.
    """

    path: str
    text: Text | None = None
    names_another: bool = False
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class DesiredState:
    """The desired texts of one target. `removed` are the models that files named in the past.

    `unusable` lists models that the source has a text for, but one that cannot be determined.
    `all_files_valid` is False if any file of the source, selected or not, has faults or was left
    out.
    """

    documents: Sequence[Document] = ()
    invalid: Sequence[InvalidFile] = ()
    removed: Mapping[str, FormerModel] = field(default_factory=dict)
    unusable: Sequence[Invalid | Failed] = ()
    all_files_valid: bool = True

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
        deletable = [model for model, each in self.removed.items() if not each.is_excluded]
        return [*models, *deletable] if prune else models

    def select(
        self,
        *,
        document: Callable[[Document], bool],
        invalid: Callable[[InvalidFile], bool],
        removed: Callable[[str, FormerModel], bool],
    ) -> DesiredState:
        """Return only the parts for which the function of their kind is True."""
        return replace(
            self,
            documents=[each for each in self.documents if document(each)],
            invalid=[each for each in self.invalid if invalid(each)],
            removed={model: each for model, each in self.removed.items() if removed(model, each)},
        )

    def select_paths(self, is_selected: Callable[[str | None], bool]) -> DesiredState:
        """Return only the part that comes from these files."""
        return self.select(
            document=lambda each: is_selected(each.path),
            invalid=lambda each: is_selected(each.path),
            removed=lambda _, each: is_selected(each.path),
        )

    def select_models(self, models: Collection[str]) -> DesiredState:
        """Return only the part about these models. Raise UsageError for an unknown one."""
        for model in models:
            if model not in self.models:
                near = did_you_mean(model, self.models)
                raise UsageError(
                    f"no description is about the model {model}{near}",
                    hint=self._hint_at_file(model),
                )
        return self.select(
            document=lambda each: each.model in models,
            invalid=lambda each: each.model in models,
            removed=lambda model, _: model in models,
        )

    def _hint_at_file(self, name: str) -> str:
        """Suggest a model if `name` is a path, from any folder, or a file name without .md."""
        words = PurePosixPath(name.replace("\\", "/").removesuffix(".md") + ".md").parts
        for each in self.documents:
            path = PurePosixPath(each.path or "").parts
            length = min(len(words), len(path))
            if length and words[-length:] == path[-length:]:
                return f"{each.path} is the file of {each.model}: pass --model {each.model}"
        return ""


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


def make_desired_selection(  # noqa: PLR0913 - what the files say, and what git adds to it
    files: SourceFiles,
    read: tuple[Sequence[Document], Sequence[InvalidFile]],
    *,
    unread: Mapping[str, str],
    former: Mapping[str, FormerModel],
    prune: bool,
    last_writes: Mapping[str, LastWrite],
) -> DesiredSelection:
    """Return the desired texts of a target from its files, narrowed to the selected PATHs.

    `read` are the documents and the invalid files, `unread` the models of the files that need not
    be read, by path, `former` the models that the history names and no file now. With `prune`, they
    count as documents, too. `last_writes` are the records of earlier runs: a description that an
    earlier run deleted does not count as removed again.
    """
    documents, invalid = read
    removed = {m: each for m, each in former.items() if last_writes.get(m) != DELETED_WRITE}
    everything = DesiredState(
        documents, invalid, removed, all_files_valid=files.is_complete and not invalid
    )
    return DesiredSelection(
        files.source,
        everything.select_paths(files.is_selected),
        everything.models | {*unread.values()},
        len(documents) + len(invalid) + len(unread) + (len(removed) if prune else 0),
        files.notes,
    )
