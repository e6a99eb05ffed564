"""What is desired, what is there and what git knows into a Plan's changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from sync.diff import is_made_of
from sync.model import (
    EMPTIED,
    EMPTY,
    Change,
    Create,
    Delete,
    Document,
    Drift,
    DriftCause,
    DriftPolicy,
    Failed,
    Held,
    InSync,
    Invalid,
    InvalidFile,
    Known,
    Missing,
    NoSuchModel,
    Protected,
    Recorded,
    Retired,
    Retrieved,
    Text,
    Unmanaged,
    Unreadable,
    Update,
    Wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.intent import Desired


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What git tells about the remote texts, by model.

    Where the history is not `complete`, nobody can tell of a text that is not known; in any case
    `unknown` says why such a text counts as drift.
    """

    known: Mapping[str, Known] = field(default_factory=dict)
    recorded: Mapping[str, Recorded] = field(default_factory=dict)
    unknown: str = "edited elsewhere: this text is in no commit of the repository"
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """What the target's owner decided."""

    on_drift: DriftPolicy = "block"
    prune: bool = False


def open_questions(
    desired: Desired, actual: Mapping[str, Retrieved], *, all_of_them: bool = False
) -> dict[str, Wanted]:
    """The remote texts, by model, that only history can judge: those that would be replaced.

    With `all_of_them` those in sync too, so that each can be told the commit it is at.
    """
    documents = {document.model: document for document in desired.documents}
    paths = {**desired.removed, **{d.model: d.path for d in desired.documents}}
    questions = {}
    for model, retrieved in actual.items():
        if isinstance(retrieved, Held) and model in paths:
            after = documents[model].text.sha256 if model in documents else None
            if all_of_them or retrieved.text.sha256 != after:
                questions[model] = Wanted(paths[model], retrieved.text.sha256, after)
    return questions


def make_changes(
    desired: Desired, actual: Mapping[str, Retrieved], *, knowledge: Knowledge, policy: Policy
) -> tuple[Change, ...]:
    """One change for every model that the source says something about, in the order of their paths.

    `actual` holds every document's model and, where the policy prunes, every removed file's. Other
    models in it have no file; those with a description come out as unmanaged.
    """
    changes: list[Change] = [*map(_invalid, desired.invalid), *desired.unusable]
    changes += [
        _change(document, actual[document.model], knowledge=knowledge, policy=policy)
        for document in desired.documents
    ]
    changes += _removals(desired.removed, actual, knowledge=knowledge, policy=policy)
    changes += _unmanaged(desired, actual, knowledge=knowledge)
    if not desired.sound or any(isinstance(change, Failed | Invalid) for change in changes):
        changes = [_kept(change) if isinstance(change, Delete) else change for change in changes]
    return tuple(sorted(changes, key=_order))


def _order(change: Change) -> tuple[bool, str, str]:
    return change.path is None, change.path or "", change.model


def _change(
    document: Document, retrieved: Retrieved, *, knowledge: Knowledge, policy: Policy
) -> Change:
    here = _Here(document.model, document.path, document.text, knowledge)
    match retrieved:
        case Unreadable(reason=reason):
            return Failed(model=here.model, path=here.path, after=here.after, notes=(reason,))
        case NoSuchModel():
            return Missing(model=here.model, path=here.path, after=here.after)
        case Held(text=text):
            change = _compared(document, text, here=here, policy=policy)
            return replace(change, references=document.references)
        case _:
            assert_never(retrieved)


@dataclass(frozen=True, slots=True)
class _Here:
    """What is asked of one model: what it should hold, and what git knows of what it holds."""

    model: str
    path: str | None
    after: Text | None
    knowledge: Knowledge

    @property
    def known(self) -> Known | None:
        return self.knowledge.known.get(self.model)

    @property
    def recorded(self) -> Recorded | None:
        return self.knowledge.recorded.get(self.model)


def _compared(document: Document, text: Text, *, here: _Here, policy: Policy) -> Change:
    model, path, after = document.model, document.path, document.text
    if text.same_as(after):
        deployed = here.known.deployed if here.known else None
        return InSync(model=model, path=path, before=text, after=after, deployed=deployed)
    if _altered_by_server(here.recorded, sent=after, held=text):
        note = "the server altered this text when it was written; it is not sent again"
        return InSync(model=model, path=path, before=text, after=after, notes=(note,))
    if document.protected:
        return Protected(model=model, path=path, before=text, after=after)
    if text.is_empty:
        blank = text if text.raw else None  # nothing to read, and yet to be kept
        notes = _moved(here.recorded, text)
        return Create(model=model, path=path, before=blank, after=after, notes=notes)
    return _replaced(text, here=here, policy=policy)


def _replaced(text: Text, *, here: _Here, policy: Policy) -> Update | Delete | Drift:
    """The change that replaces a remote text: drift unless git still has it."""
    known, moved = here.known, _moved(here.recorded, text)
    if known is None:
        cause: DriftCause = "edited" if here.knowledge.complete else "unknown"
        return _drift(text, here=here, policy=policy, why=(cause, here.knowledge.unknown))
    if known.where == "deploy_branch":
        return _drift(text, here=here, policy=policy, why=("behind", _BEHIND))
    if here.after is None:
        return Delete(
            model=here.model, path=here.path, before=text, deployed=known.deployed, notes=moved
        )
    return Update(
        model=here.model,
        path=here.path,
        before=text,
        after=here.after,
        deployed=known.deployed,
        notes=moved,
    )


_BEHIND = "this checkout is behind: only the deploy branch has this text; merge or rebase first"


# A text that git does not have is replaced when asked for, but never deleted.
_DELETES_NOTHING: DriftPolicy = "block"


def _drift(text: Text, *, here: _Here, policy: Policy, why: tuple[DriftCause, str]) -> Drift:
    cause, note = why
    return Drift(
        model=here.model,
        path=here.path,
        before=text,
        after=here.after,
        deployed=here.known.deployed if here.known else None,
        policy=_DELETES_NOTHING if here.after is None else policy.on_drift,
        cause=cause,
        notes=(note,),
    )


def _altered_by_server(recorded: Recorded | None, *, sent: Text, held: Text) -> bool:
    """Whether the server made the one text of the other when it was last written.

    Where the run was cut off before it saw that, what servers are known to do counts.
    """
    if recorded is None or recorded.sent != sent.sha256:
        return False
    return is_made_of(sent, held) if recorded.held is None else recorded.held == held.sha256


def _moved(recorded: Recorded | None, text: Text) -> tuple[str, ...]:
    """A note where the remote is not what the last run left there, though nothing is lost by it."""
    if recorded is None or recorded.held is None or recorded.held == text.sha256:
        return ()
    if text.is_empty:
        return ("emptied elsewhere since the last run",)
    return ("changed elsewhere since the last run recorded here, to a text that git has",)


# --- files that are gone, models without a file, files with faults -------------------------------


def _removals(
    removed: Mapping[str, str],
    actual: Mapping[str, Retrieved],
    *,
    knowledge: Knowledge,
    policy: Policy,
) -> Iterator[Change]:
    for model, path in removed.items():
        match actual.get(model):
            case None:
                yield Retired(model=model, path=path)
            case Unreadable(reason=reason):
                yield Failed(model=model, path=path, notes=(reason,))
            case Held(text=text) if _altered_by_server(
                knowledge.recorded.get(model), sent=EMPTY, held=text
            ):
                note = "the server keeps this text where a description is deleted"
                yield Retired(model=model, path=path, before=text, notes=(note,))
            case Held(text=text) if not text.is_empty:
                yield _replaced(text, here=_Here(model, path, None, knowledge), policy=policy)
            case Held() | NoSuchModel():
                pass


def _kept(change: Delete) -> Retired:
    note = "not deleted: something else could not be read, or has faults"
    return Retired(model=change.model, path=change.path, before=change.before, notes=(note,))


def _unmanaged(
    desired: Desired, actual: Mapping[str, Retrieved], *, knowledge: Knowledge
) -> Iterator[Change]:
    managed = desired.models
    for model in actual.keys() - managed:
        match actual[model]:
            case Held(text=text) if not text.is_empty:
                deleted = knowledge.recorded.get(model) == EMPTIED
                note = "deleted by an earlier run, and put back elsewhere since"
                yield Unmanaged(model=model, before=text, notes=(note,) if deleted else ())
            case Unreadable(reason=reason):
                yield Failed(model=model, notes=(reason,))
            case _:
                pass


def _invalid(file: InvalidFile) -> Invalid:
    return Invalid(
        model=file.model, path=file.path, notes=tuple(str(fault) for fault in file.faults)
    )
