"""Select the models that differ from an older commit, in their file or config (`--since`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.counts import shorten_commit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.config.section import Section
    from sync.config.settings import LimitsConfig, TargetConfig
    from sync.decisions.desired import DesiredState, SourceFiles
    from sync.model.document import Document, InvalidFile


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """The settings of a target that decide which of its texts are read and written.

    `push` is the remote of snapshots, `ignored` the models without a file to leave alone.
    """

    section: TargetConfig
    limits: LimitsConfig
    push: str | None
    ignored: tuple[str, ...] = ()


def is_same_project(one: TargetConfig, other: TargetConfig) -> bool:
    """Return True if both are of one project; a missing project id matches any."""
    if (one.sandbox, one.base_url) != (other.sandbox, other.base_url):
        return False
    return None in (one.project_id, other.project_id) or one.project_id == other.project_id


@dataclass(frozen=True, slots=True)
class BaseState:
    """The files of an older commit, as the config of that commit read them for a target.

    `settings` is None if that config did not name the target: then there are no documents.
    """

    commit: str
    documents: Mapping[str, Document]
    invalid: Sequence[InvalidFile]
    settings: TargetSettings | None

    @property
    def models(self) -> set[str]:
        """Return the models that the files named."""
        return {*self.documents, *(file.model for file in self.invalid if file.model)}


def select_changes(
    desired: DesiredState, base: BaseState, files: SourceFiles, *, settings: TargetSettings
) -> DesiredState:
    """Return the part of the desired state that differs from the base.

    Selects each changed file, and each model whose text or protection differs. Another project or
    policy for drift concerns every document. Another `prune` concerns every removed model, also of
    files removed before the base.
    """
    before = base.settings
    all_documents = before is None or concerns_all_documents(before, settings)
    all_removed = before is None or concerns_all_removed(before, settings)
    faults = {(file.path, file.faults) for file in base.invalid}
    return desired.select(
        document=lambda each: (
            all_documents
            or files.is_changed(each.path)
            or _is_other_document(each, base.documents.get(each.model))
        ),
        invalid=lambda each: (
            all_documents or files.is_changed(each.path) or (each.path, each.faults) not in faults
        ),
        removed=lambda model, each: (
            all_removed or files.is_changed(each.path) or model in base.models
        ),
    )


def concerns_all_documents(before: TargetSettings, now: TargetSettings) -> bool:
    """Return True if a setting differs that decides about texts which did not change."""
    return not is_same_project(before.section, now.section) or (
        (before.section.on_drift, before.section.deploy_branch)
        != (now.section.on_drift, now.section.deploy_branch)
    )


def concerns_all_removed(before: TargetSettings, now: TargetSettings) -> bool:
    """Return True if a setting differs that decides about each model that was removed."""
    return (
        before.section.prune != now.section.prune
        or before.ignored != now.ignored
        or concerns_all_documents(before, now)
    )


def _is_other_document(now: Document, before: Document | None) -> bool:
    return (
        before is None or not now.text.is_same_as(before.text) or now.protected != before.protected
    )


def describe_setting_changes(base: BaseState, now: TargetSettings) -> Iterator[str]:
    """Yield a note for each setting of the target that the config changed since the base."""
    before, since = base.settings, shorten_commit(base.commit)
    if before is None:
        yield f"the config of {since} does not name this target"
        return
    if not is_same_project(before.section, now.section):
        yield f"since {since}, the config names another server or project for this target"
    for name, old, new in _list_differences(before, now):
        yield f"since {since}, the config says {name}: {_format(new)} (it was {_format(old)})"


def _list_differences(
    before: TargetSettings, now: TargetSettings
) -> Iterator[tuple[str, object, object]]:
    old, new = before.section, now.section
    compared = [
        *((name, old, new, name) for name in ("prune", "on_drift", "deploy_branch")),
        ("snapshots.push", before, now, "push"),
        ("ignore.models", before, now, "ignored"),
        *(_name_fields("credentials", old.credentials, new.credentials)),
        *(_name_fields("limits", before.limits, now.limits)),
    ]
    for key, one, other, field in compared:
        was, value = getattr(one, field), getattr(other, field)
        if was != value:
            yield key, was, value


def _name_fields(key: str, old: Section, new: Section) -> Iterator[tuple[str, object, object, str]]:
    """Yield each field of a section of the config, with its key as a user writes it."""
    for name in type(new).model_fields:
        yield f"{key}.{name}", old, new, name


def _format(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case None | ():
            return "nothing"
        case tuple():
            return ", ".join(value)
        case float():
            return f"{value:g}"
        case _:
            return str(value)
