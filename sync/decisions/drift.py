"""Classify remote texts: known to git, or drift (changed outside git, or newer than the files)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from sync.config.settings import LimitsConfig
from sync.counts import shorten_commit
from sync.diff.alterations import describe_server_form, is_cut
from sync.model.changes import (
    Change,
    Create,
    Delete,
    Drift,
    DriftCause,
    DriftPolicy,
    InSync,
    Protected,
    Update,
)
from sync.model.text import EMPTY_TEXT, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.model.document import Document
    from sync.model.known_texts import KnownText, LastWrite


@dataclass(frozen=True, slots=True)
class GitKnowledge:
    """The knowledge that git has of the remote texts, by model.

    `cause_if_unknown` and `unknown_note` say why a text that was not found counts as drift: the
    cause is `unknown` if the history is not complete, so that the text may still be in git.
    `unknown_hint` adds where such a text may be. `rollbacks` maps the models whose text a rollback
    took out of Scenario, and whose file still has it, to the run of that rollback.
    `earlier_texts` are the models of which git has another text than the file's, although Scenario
    says that they have none.
    """

    known_texts: Mapping[str, KnownText] = field(default_factory=dict)
    last_writes: Mapping[str, LastWrite] = field(default_factory=dict)
    unknown_note: str = (
        "this text is in no Markdown file of this clone's branches, tags and stashes"
    )
    cause_if_unknown: DriftCause = "edited"
    unknown_hint: str = ""
    rollbacks: Mapping[str, str] = field(default_factory=dict)
    earlier_texts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """The decisions of the target's owner from config.yaml, and those on the command line.

    `on_drift` is the target's, `on_drift_option` that of the command line. `allow_older` lets older
    texts replace newer ones, `resume` lets texts that were rolled back be written again.
    `skip_untranslatable` leaves out texts that refer to models or assets the target lacks.
    """

    on_drift: DriftPolicy = "block"
    prune: bool = False
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    on_drift_option: DriftPolicy | None = None
    allow_older: bool = False
    resume: bool = False
    skip_untranslatable: bool = False

    def choose_for(self, cause: DriftCause) -> DriftPolicy:
        """Return how to handle a drifted text; `skip` leaves it alone for every cause."""
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


@dataclass(frozen=True, slots=True)
class ModelContext:
    """One model: its desired text, and the knowledge of git about its remote text."""

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


def classify_text(
    document: Document, text: Text, *, context: ModelContext, policy: Policy
) -> Change:
    """Return the change of a model that has a file, from the text that Scenario has."""
    model, path, after = document.model, document.path, document.text
    if text.is_same_as(after):
        deployed = context.known_text.deployed if context.known_text else None
        return InSync(model=model, path=path, before=text, after=after, deployed=deployed)
    if is_altered_by_server(context.last_write, sent=after, stored=text):
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
    return classify_known_or_drift(text, context=context, policy=policy)


def _had_text(context: ModelContext) -> bool:
    """Return True if the model had a text after its last write or, without a write, in git.

    A run that was cut off may not have written its text, so the text before that run counts.
    """
    last = context.last_write
    if last is None:
        return context.model in context.knowledge.earlier_texts
    left = last.stored_sha256 or last.replaced_sha256 or last.sent_sha256
    return left != EMPTY_TEXT.sha256


def classify_known_or_drift(
    text: Text, *, context: ModelContext, policy: Policy
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


def _explain_unknown(text: Text, context: ModelContext) -> str:
    """Explain a text that git does not have, by its likeness to others; for people only.

    A text counts as cut by the server only if a run is known to have sent the whole text. Otherwise
    somebody may have added to the text of Scenario in a file.
    """
    after, last, note = context.after, context.last_write, context.knowledge.unknown_note
    was_sent = after and last and last.sent_sha256 == after.sha256
    form = ""
    if after and (was_sent or not is_cut(after, text)):
        form = describe_server_form(after, text)
    if not form:
        return note
    return form if context.knowledge.cause_if_unknown == "edited" else f"{form}; {note}"


def _explain_drift(known: KnownText) -> tuple[DriftCause, str] | None:
    """Return why a text that git has is drift; None if it is an older version of the file."""
    commit = f"commit {shorten_commit(known.deployed.commit)}" if known.deployed else "a commit"
    match known.location:
        case "commit" | "snapshot":
            return None
        case "deploy_branch":
            note = f"this checkout is behind: Scenario has the newer text of {commit}"
            return "behind", f"{note} on {known.ref}; merge or rebase first"
        case "later_run":
            run = f"a run from commit {shorten_commit(known.ref)}"
            note = f"this checkout is behind: {run} wrote this text"
            return "behind", f"{note}, and the files here do not contain that commit"
        case "elsewhere":
            return "elsewhere", f"Scenario has the text of {known.path} in {commit} on {known.ref}"
        case _:
            assert_never(known.location)


# A text that git does not have can be replaced if the user asks for it, but is never deleted.
_POLICY_OF_DELETIONS: DriftPolicy = "block"


def _make_drift(
    text: Text, *, context: ModelContext, policy: Policy, why: tuple[DriftCause, str]
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


def is_altered_by_server(last_write: LastWrite | None, *, sent: Text, stored: Text) -> bool:
    """Return True if the server made `stored` from `sent` when it was last written.

    Only the texts that the run recorded count: a likeness of texts is no proof.
    """
    return (
        last_write is not None
        and last_write.sent_sha256 == sent.sha256
        and last_write.stored_sha256 == stored.sha256
    )


_NOT_KEPT_NOTE = (
    "the server did not keep it, or somebody undid it: the text from before the last run is there"
)


def _was_not_kept(last_write: LastWrite | None, text: Text) -> bool:
    """Return True if the last run replaced this text, and Scenario has it again."""
    return (
        last_write is not None
        and last_write.stored_sha256 not in (None, text.sha256)
        and last_write.replaced_sha256 == text.sha256
    )


def _note_moved(last_write: LastWrite | None, text: Text) -> tuple[str, ...]:
    """Return a note if the remote text is not the one that the last run left."""
    if _was_not_kept(last_write, text):
        return (_NOT_KEPT_NOTE,)
    if last_write is None or last_write.stored_sha256 in (None, text.sha256):
        return ()
    if text.is_empty:
        return ("Scenario has no text, although the last run recorded here left one",)
    return ("changed elsewhere since the last run recorded here, to a text that git has",)
