"""Decide the changes of a plan from the desired texts, the remote texts and git's knowledge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from sync.decisions.drift import (
    GitKnowledge,
    ModelContext,
    Policy,
    classify_known_or_drift,
    classify_text,
    is_altered_by_server,
)
from sync.decisions.held_texts import hold_rolled_back_text
from sync.decisions.limits import find_violations
from sync.decisions.renames import find_renamed_model
from sync.model.changes import (
    Change,
    Delete,
    Failed,
    Invalid,
    Missing,
    Retired,
    Unmanaged,
)
from sync.model.known_texts import DELETED_WRITE, TextLookup
from sync.model.plan import Plan
from sync.model.remote_text import NoSuchModel, RemoteState, RemoteText, UnreadableModel
from sync.model.text import EMPTY_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sync.decisions.desired import DesiredSelection, DesiredState, FormerModel
    from sync.model.document import Document, InvalidFile, ReferenceTarget
    from sync.model.target_identity import TargetIdentity


def decide_plan(  # noqa: PLR0913 - each argument is another fact that the plan follows from
    target: TargetIdentity,
    desired: DesiredSelection,
    *,
    remote: Mapping[str, RemoteState],
    knowledge: GitKnowledge,
    policy: Policy,
    created_at: datetime,
) -> Plan:
    """Return the plan for a target, with every limit that it exceeds.

    `remote` is as for `make_changes`. No other code creates a plan.
    """
    changes = make_changes(desired.desired, remote, knowledge=knowledge, policy=policy)
    skipped = [each for each in changes if policy.skip_untranslatable and _is_untranslatable(each)]
    plan = Plan(
        target,
        desired.source,
        created_at,
        tuple(change for change in changes if change not in skipped),
        (*desired.notes, *(_note_skipped(change) for change in skipped)),
        desired.documents,
        desired.offline,
        on_drift=policy.on_drift_option,
        allow_older=policy.allow_older,
        resume=policy.resume,
    )
    return replace(plan, violations=find_violations(plan, policy.limits))


def _is_untranslatable(change: Change) -> bool:
    return isinstance(change, Invalid) and change.cause == "untranslatable"


def _note_skipped(change: Change) -> str:
    return f"{change.path or change.model} left out: {'; '.join(change.notes)}"


def find_texts_to_look_up(
    desired: DesiredState, remote: Mapping[str, RemoteState], *, include_in_sync: bool = False
) -> dict[str, TextLookup]:
    """Return the remote texts, by model, to look up in git: those that would be replaced.

    With `include_in_sync`, also those in sync, so that their deployed commit can be shown.
    """
    documents = {document.model: document for document in desired.documents}
    paths: dict[str, str | None] = {m: former.path for m, former in desired.removed.items()}
    paths |= {document.model: document.path for document in desired.documents}
    questions = {}
    for model, retrieved in remote.items():
        if isinstance(retrieved, RemoteText) and model in paths:
            after = documents[model].text.sha256 if model in documents else None
            if include_in_sync or retrieved.text.sha256 != after:
                questions[model] = TextLookup(paths[model], retrieved.text.sha256, after)
    return questions


def make_changes(
    desired: DesiredState,
    remote: Mapping[str, RemoteState],
    *,
    knowledge: GitKnowledge,
    policy: Policy,
) -> tuple[Change, ...]:
    """Return one change per model that the source describes, sorted by path.

    `remote` has every document's model and, if the policy prunes, every removed file's model. Other
    models in it have no file; those with a description become Unmanaged.
    """
    changes: list[Change] = [*map(_make_invalid, desired.invalid), *desired.unusable]
    changes += [
        _change_for(document, remote[document.model], knowledge=knowledge, policy=policy)
        for document in desired.documents
    ]
    changes = [_note_rename(change, desired) for change in changes]
    changes += _plan_removals(desired.removed, remote, knowledge=knowledge, policy=policy)
    changes += _find_unmanaged(desired, remote, knowledge=knowledge)
    if not desired.all_files_valid or any(
        isinstance(change, Failed | Invalid | Missing) for change in changes
    ):
        changes = [
            _keep_on_doubt(change) if isinstance(change, Delete) else change for change in changes
        ]
    if not policy.resume:
        changes = [
            hold_rolled_back_text(change, knowledge.rollbacks[change.model])
            if change.model in knowledge.rollbacks
            else change
            for change in changes
        ]
    return tuple(sorted(changes, key=_get_sort_key))


def _note_rename(change: Change, desired: DesiredState) -> Change:
    """Add to a missing model a note with the model that its file probably described before."""
    if not (isinstance(change, Missing) and change.after):
        return change
    removed = desired.removed
    before = (model for model, each in removed.items() if each.path == change.path)
    if former := next(before, None):
        note = f"this file named the model {former} before"
    elif former := find_renamed_model(change.after, removed):
        note = f"looks like {removed[former].path} renamed: add `model: {former}`"
    else:
        return change
    return replace(change, notes=(*change.notes, note))


def _get_sort_key(change: Change) -> tuple[bool, str, str]:
    return change.path is None, change.path or "", change.model


def _change_for(
    document: Document, retrieved: RemoteState, *, knowledge: GitKnowledge, policy: Policy
) -> Change:
    context = ModelContext(document.model, document.path, document.text, knowledge)
    match retrieved:
        case UnreadableModel(reason=reason):
            return Failed(
                model=context.model, path=context.path, after=context.after, notes=(reason,)
            )
        case NoSuchModel():
            return Missing(model=context.model, path=context.path, after=context.after)
        case RemoteText(text=text):
            change = classify_text(document, text, context=context, policy=policy)
            unresolved = _keep_desired(retrieved.unresolved, document)
            notes = (*change.notes, *describe_unresolved(unresolved))
            return replace(
                change, references=document.references, unresolved=unresolved, notes=notes
            )
        case _:
            assert_never(retrieved)


def _keep_desired(
    unresolved: tuple[ReferenceTarget, ...], document: Document
) -> tuple[ReferenceTarget, ...]:
    """Return the unresolved references of the remote text that the file also has."""
    desired = {reference.target for reference in document.references}
    return tuple(target for target in unresolved if target in desired)


def describe_unresolved(targets: tuple[ReferenceTarget, ...]) -> tuple[str, ...]:
    """Return a note for each reference that Scenario did not resolve."""
    return tuple(f"Scenario does not know {target.id}" for target in targets)


# --- removed files, models without a file, files with faults -------------------------------------


def _plan_removals(
    removed: Mapping[str, FormerModel],
    remote: Mapping[str, RemoteState],
    *,
    knowledge: GitKnowledge,
    policy: Policy,
) -> Iterator[Change]:
    for model, former in removed.items():
        path, notes = former.path, _describe_former_file(former)
        match remote.get(model):
            case None:
                yield Retired(model=model, path=path, notes=notes)
            case UnreadableModel(reason=reason):
                yield Failed(model=model, path=path, notes=(reason,))
            case RemoteText(text=text) if is_altered_by_server(
                knowledge.last_writes.get(model), sent=EMPTY_TEXT, stored=text
            ):
                note = "Scenario returned this text after the deletion; it counts as deleted"
                yield Retired(model=model, path=path, before=text, notes=(note,))
            case RemoteText(text=text) if not text.is_empty:
                change = classify_known_or_drift(
                    text, context=ModelContext(model, path, None, knowledge), policy=policy
                )
                yield replace(change, notes=(*change.notes, *notes))
            case RemoteText() | NoSuchModel():
                pass


def _describe_former_file(former: FormerModel) -> tuple[str, ...]:
    """Return a note about the file that named the model, if the file still exists."""
    if former.names_another:
        return ("the file exists, and no longer names this model",)
    if former.is_excluded:
        return ("the file exists, and config.yaml no longer counts it as a description",)
    return ()


def _keep_on_doubt(change: Delete) -> Retired:
    note = "not deleted: another item is missing, was left out, could not be read, or has faults"
    return Retired(model=change.model, path=change.path, before=change.before, notes=(note,))


def _find_unmanaged(
    desired: DesiredState, remote: Mapping[str, RemoteState], *, knowledge: GitKnowledge
) -> Iterator[Change]:
    managed = desired.models
    for model in remote.keys() - managed:
        match remote[model]:
            case RemoteText(text=text) if not text.is_empty:
                deleted = knowledge.last_writes.get(model) == DELETED_WRITE
                note = "the last run recorded here for this model deleted its text"
                yield Unmanaged(model=model, before=text, notes=(note,) if deleted else ())
            case UnreadableModel(reason=reason):
                yield Failed(model=model, notes=(reason,))
            case _:
                pass


def _make_invalid(file: InvalidFile) -> Invalid:
    return Invalid(
        model=file.model,
        path=file.path,
        notes=tuple(str(fault) for fault in file.faults),
        cause="untranslatable" if file.untranslatable else "faults",
    )
