"""Decide the changes of a plan from the desired texts, the remote texts and git's knowledge."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from sync.config.settings import LimitsConfig
from sync.decisions.held_texts import hold_rolled_back_text
from sync.decisions.limits import find_violations
from sync.decisions.renames import find_renamed_model
from sync.diff.alterations import describe_server_form
from sync.model.changes import (
    Change,
    Create,
    Delete,
    Drift,
    DriftCause,
    DriftPolicy,
    Failed,
    InSync,
    Invalid,
    Missing,
    Protected,
    Retired,
    Unmanaged,
    Update,
)
from sync.model.git_knowledge import DELETED_WRITE, KnownText, LastWrite, TextLookup
from sync.model.plan import Plan
from sync.model.remote_text import NoSuchModel, RemoteState, RemoteText, UnreadableModel
from sync.model.text import EMPTY_TEXT, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sync.decisions.desired import DesiredSelection, DesiredState, FormerModel
    from sync.model.document import Document, InvalidFile, ReferenceTarget
    from sync.model.target_identity import TargetIdentity


@dataclass(frozen=True, slots=True)
class GitKnowledge:
    """What git knows about the remote texts, by model.

    `cause_if_unknown` and `unknown_note` say why a text that was not found counts as drift: the
    cause is `unknown` if the history is not complete, so that the text may still be in git.
    `unknown_hint` adds where such a text may be. `rollbacks` maps the models whose text a rollback
    took out of Scenario, and whose file still has it, to the run of that rollback.
    `earlier_texts` are the models of which git has another text than the file's, although Scenario
    says that they have none.
    """

    known_texts: Mapping[str, KnownText] = field(default_factory=dict)
    last_writes: Mapping[str, LastWrite] = field(default_factory=dict)
    unknown_note: str = "this text is in no commit of this clone's branches, tags and stashes"
    cause_if_unknown: DriftCause = "edited"
    unknown_hint: str = ""
    rollbacks: Mapping[str, str] = field(default_factory=dict)
    earlier_texts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """The decisions of the target's owner from config.yaml, and those on the command line.

    `on_drift` is the target's, `on_drift_option` that of the command line. `allow_older` lets older
    texts replace newer ones, `resume` lets texts that were rolled back be written again.
    `skip_untranslatable` makes notes of texts that refer to what the target does not have.
    """

    on_drift: DriftPolicy = "block"
    prune: bool = False
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    on_drift_option: DriftPolicy | None = None
    allow_older: bool = False
    resume: bool = False
    skip_untranslatable: bool = False

    def choose_for(self, cause: DriftCause) -> DriftPolicy:
        """Return what happens to a drifted text; `skip` leaves it alone whatever the cause is."""
        chosen = self.on_drift_option or self.on_drift
        match cause:
            case "edited" | "changed":
                return chosen
            case "elsewhere" | "unknown":
                return chosen if chosen == "skip" else self.on_drift_option or "block"
            case "behind":
                if self.allow_older:
                    return "overwrite"
                return chosen if chosen == "skip" else "block"
            case _:
                assert_never(cause)


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

    `remote` is what `make_changes` needs. No other code creates a plan.
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
    desired: DesiredState, actual: Mapping[str, RemoteState], *, include_in_sync: bool = False
) -> dict[str, TextLookup]:
    """Return the remote texts, by model, to look up in git: those that would be replaced.

    With `include_in_sync`, also those in sync, so that their deployed commit can be shown.
    """
    documents = {document.model: document for document in desired.documents}
    paths: dict[str, str | None] = {m: former.path for m, former in desired.removed.items()}
    paths |= {document.model: document.path for document in desired.documents}
    questions = {}
    for model, retrieved in actual.items():
        if isinstance(retrieved, RemoteText) and model in paths:
            after = documents[model].text.sha256 if model in documents else None
            if include_in_sync or retrieved.text.sha256 != after:
                questions[model] = TextLookup(paths[model], retrieved.text.sha256, after)
    return questions


def make_changes(
    desired: DesiredState,
    actual: Mapping[str, RemoteState],
    *,
    knowledge: GitKnowledge,
    policy: Policy,
) -> tuple[Change, ...]:
    """Return one change per model that the source describes, sorted by path.

    `actual` has every document's model and, if the policy prunes, every removed file's model. Other
    models in it have no file; those with a description become Unmanaged.
    """
    changes: list[Change] = [*map(_make_invalid, desired.invalid), *desired.unusable]
    changes += [
        _change_for(document, actual[document.model], knowledge=knowledge, policy=policy)
        for document in desired.documents
    ]
    changes = [_note_rename(change, desired) for change in changes]
    changes += _plan_removals(desired.removed, actual, knowledge=knowledge, policy=policy)
    changes += _find_unmanaged(desired, actual, knowledge=knowledge)
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
    """Say of a missing model which model its file named before, or probably was the file of."""
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
    here = _ModelContext(document.model, document.path, document.text, knowledge)
    match retrieved:
        case UnreadableModel(reason=reason):
            return Failed(model=here.model, path=here.path, after=here.after, notes=(reason,))
        case NoSuchModel():
            return Missing(model=here.model, path=here.path, after=here.after)
        case RemoteText(text=text):
            change = _classify(document, text, context=here, policy=policy)
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
    """Return the unresolved references of the remote text that the file has, too."""
    desired = {reference.target for reference in document.references}
    return tuple(target for target in unresolved if target in desired)


def describe_unresolved(targets: tuple[ReferenceTarget, ...]) -> tuple[str, ...]:
    """Say of each reference that Scenario did not resolve it."""
    return tuple(f"Scenario does not know {target.id}" for target in targets)


@dataclass(frozen=True, slots=True)
class _ModelContext:
    """One model: the text it should have, and what git knows about the text that it has."""

    model: str
    path: str | None
    after: Text | None
    knowledge: GitKnowledge

    @property
    def known_text(self) -> KnownText | None:
        return self.knowledge.known_texts.get(self.model)

    @property
    def last_write(self) -> LastWrite | None:
        return self.knowledge.last_writes.get(self.model)


def _classify(document: Document, text: Text, *, context: _ModelContext, policy: Policy) -> Change:
    model, path, after = document.model, document.path, document.text
    if text.is_same_as(after):
        deployed = context.known_text.deployed if context.known_text else None
        return InSync(model=model, path=path, before=text, after=after, deployed=deployed)
    if _is_altered_by_server(context.last_write, sent=after, held=text):
        note = "the server altered this text when it was written; it is not sent again"
        return InSync(model=model, path=path, before=text, after=after, notes=(note,))
    if document.protected:
        return Protected(model=model, path=path, before=text, after=after)
    if text.is_empty:
        blank = text if text.raw else None  # only white space, but snapshots must keep it
        return Create(
            model=model,
            path=path,
            before=blank,
            after=after,
            notes=_note_moved(context.last_write, text),
            had_text=_had_text(context),
            was_not_kept=_was_not_kept(context.last_write, text),
        )
    return _classify_known_or_drift(text, context=context, policy=policy)


def _had_text(context: _ModelContext) -> bool:
    """Return True if the model had a text: after its last write, or without one as git knows.

    A run that was cut off may not have written it, so what counts is the text before that run.
    """
    last = context.last_write
    if last is None:
        return context.model in context.knowledge.earlier_texts
    left = last.held_sha256 or last.replaced_sha256 or last.sent_sha256
    return left != EMPTY_TEXT.sha256


def _classify_known_or_drift(
    text: Text, *, context: _ModelContext, policy: Policy
) -> Update | Delete | Drift:
    """Return the change that replaces a remote text: drift unless git still has the text."""
    known, moved = context.known_text, _note_moved(context.last_write, text)
    if known is None:
        cause, note = context.knowledge.cause_if_unknown, _explain_unknown(text, context)
        drift = _make_drift(text, context=context, policy=policy, why=(cause, note))
        return replace(drift, notes=(*drift.notes, *filter(None, [context.knowledge.unknown_hint])))
    if why := _explain_drift(known):
        return _make_drift(text, context=context, policy=policy, why=why)
    if context.after is None:
        return Delete(
            model=context.model,
            path=context.path,
            before=text,
            deployed=known.deployed,
            notes=moved,
        )
    return Update(
        model=context.model,
        path=context.path,
        before=text,
        after=context.after,
        deployed=known.deployed,
        notes=moved,
        was_not_kept=_was_not_kept(context.last_write, text),
    )


def _explain_unknown(text: Text, context: _ModelContext) -> str:
    """Say that git does not have the text, or what the text looks like; that decides nothing."""
    after, note = context.after, context.knowledge.unknown_note
    form = describe_server_form(after, text) if after else ""
    if not form:
        return note
    return form if context.knowledge.cause_if_unknown == "edited" else f"{form}; {note}"


def _explain_drift(known: KnownText) -> tuple[DriftCause, str] | None:
    """Return why a text that git has is no older version of the file, or None if it is one."""
    commit = f"commit {known.deployed.commit[:7]}" if known.deployed else "a commit"
    match known.location:
        case "commit" | "snapshot":
            return None
        case "deploy_branch":
            note = f"this checkout is behind: Scenario has the newer text of {commit}"
            return "behind", f"{note} on {known.ref}; merge or rebase first"
        case "later_run":
            note = f"this checkout is behind: a run from commit {known.ref[:7]} wrote this text"
            return "behind", f"{note}, and the files here do not contain that commit"
        case "elsewhere":
            return "elsewhere", f"Scenario has the text of {known.path} in {commit} on {known.ref}"
        case _:
            assert_never(known.location)


# A text that git does not have can be replaced if the user asks for it, but is never deleted.
_POLICY_OF_DELETIONS: DriftPolicy = "block"


def _make_drift(
    text: Text, *, context: _ModelContext, policy: Policy, why: tuple[DriftCause, str]
) -> Drift:
    cause, note = why
    return Drift(
        model=context.model,
        path=context.path,
        before=text,
        after=context.after,
        deployed=context.known_text.deployed if context.known_text else None,
        policy=_POLICY_OF_DELETIONS if context.after is None else policy.choose_for(cause),
        cause=cause,
        notes=(note,),
    )


def _is_altered_by_server(last_write: LastWrite | None, *, sent: Text, held: Text) -> bool:
    """Return True if the server made `held` from `sent` when it was last written.

    Only what that run saw counts: a resemblance of the texts decides nothing.
    """
    return (
        last_write is not None
        and last_write.sent_sha256 == sent.sha256
        and last_write.held_sha256 == held.sha256
    )


_NOT_KEPT_NOTE = (
    "the server did not keep it, or somebody undid it: the text from before the last run is there"
)


def _was_not_kept(last_write: LastWrite | None, text: Text) -> bool:
    """Return True if the last run replaced this text, and Scenario has it again."""
    return (
        last_write is not None
        and last_write.held_sha256 not in (None, text.sha256)
        and last_write.replaced_sha256 == text.sha256
    )


def _note_moved(last_write: LastWrite | None, text: Text) -> tuple[str, ...]:
    """Return a note if the remote text is not the one that the last run left."""
    if _was_not_kept(last_write, text):
        return (_NOT_KEPT_NOTE,)
    if last_write is None or last_write.held_sha256 in (None, text.sha256):
        return ()
    if text.is_empty:
        return ("Scenario has no text, although the last run recorded here left one",)
    return ("changed elsewhere since the last run recorded here, to a text that git has",)


# --- removed files, models without a file, files with faults -------------------------------------


def _plan_removals(
    removed: Mapping[str, FormerModel],
    actual: Mapping[str, RemoteState],
    *,
    knowledge: GitKnowledge,
    policy: Policy,
) -> Iterator[Change]:
    for model, former in removed.items():
        path, still_there = former.path, _describe_former_file(former)
        match actual.get(model):
            case None:
                yield Retired(model=model, path=path, notes=still_there)
            case UnreadableModel(reason=reason):
                yield Failed(model=model, path=path, notes=(reason,))
            case RemoteText(text=text) if _is_altered_by_server(
                knowledge.last_writes.get(model), sent=EMPTY_TEXT, held=text
            ):
                note = "the server keeps this text where a description is deleted"
                yield Retired(model=model, path=path, before=text, notes=(note,))
            case RemoteText(text=text) if not text.is_empty:
                change = _classify_known_or_drift(
                    text, context=_ModelContext(model, path, None, knowledge), policy=policy
                )
                yield replace(change, notes=(*change.notes, *still_there))
            case RemoteText() | NoSuchModel():
                pass


def _describe_former_file(former: FormerModel) -> tuple[str, ...]:
    """Say what became of the file that named the model, if it is still there."""
    if former.names_another:
        return ("the file exists, and no longer names this model",)
    if former.is_excluded:
        return ("the file exists, and config.yaml no longer counts it as a description",)
    return ()


def _keep_on_doubt(change: Delete) -> Retired:
    note = "not deleted: something else is missing, was left out, could not be read, or has faults"
    return Retired(model=change.model, path=change.path, before=change.before, notes=(note,))


def _find_unmanaged(
    desired: DesiredState, actual: Mapping[str, RemoteState], *, knowledge: GitKnowledge
) -> Iterator[Change]:
    managed = desired.models
    for model in actual.keys() - managed:
        match actual[model]:
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
