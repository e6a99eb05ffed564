"""How a server treats texts, tried on a scratch model whose own text is put back afterwards."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never

from sync.checkup import (
    TRIALS,
    Tried,
    Verdict,
    own_text,
    restored_verdict,
    trial_verdict,
    writing_verdict,
)
from sync.cli import sharing
from sync.cli.interrupts import stoppable
from sync.cli.targets import open_session
from sync.documents import read_documents
from sync.errors import PointlessError, RequestError, ScenarioError, UsageError, did_you_mean
from sync.git import Entry, Left, RunInfo, new_run_id
from sync.model import Held, NoSuchModel, Text, Unreadable

if TYPE_CHECKING:
    from sync.cli.interrupts import Stop
    from sync.cli.progress import Progress
    from sync.cli.targets import Session
    from sync.cli.workspace import Chosen
    from sync.model import State

LOCK_TIMEOUT = 60.0


@dataclass(slots=True)
class Tries:
    """What came of the trials so far, and whether somebody stopped them."""

    tried: list[Tried] = field(default_factory=list)
    restored: Verdict | None = None
    interrupted: bool = False

    @property
    def verdicts(self) -> list[Verdict]:
        writing = writing_verdict(self.tried)
        can_write = writing is not None and writing.level != "fail"
        trials = map(trial_verdict, self.tried) if can_write else ()
        return [verdict for verdict in (writing, *trials, self.restored) if verdict]


@dataclass(frozen=True, slots=True)
class _Scratch:
    """A model to try texts on: what the server holds, and what it is to hold afterwards."""

    model: str
    held: Text
    original: Text


async def try_texts(chosen: Chosen, model: str, *, progress: Progress) -> Tries:
    """Send the trials one by one, and put the model's own text back whatever happens.

    It is recorded as a run, so that `rollback` can put the text back where even the process was
    killed. Raises SyncError where there is nothing to begin with.
    """
    async with AsyncExitStack() as stack:
        session = await open_session(chosen, stack, progress=progress, lock_timeout=LOCK_TIMEOUT)
        model = chosen.naming.model(model)
        held = await _held(session, model)
        original = _original(chosen, model, held)
        _check_scratch(chosen, model, original)
        tries, scratch = Tries(), _Scratch(model, held, original)
        with stoppable() as stop:
            await _recorded(session, scratch, tries=tries, stop=stop)
            tries.interrupted = stop.is_set()
    return tries


async def _held(session: Session, model: str) -> Text:
    match await session.scenario.retrieve(model):
        case Held(text=text):
            return text
        case NoSuchModel():
            models = [each.id async for each in session.scenario.list_models()]
            near = did_you_mean(model, models)
            raise UsageError(f"{session.name} has no model {model}{near}", hint="Check its id.")
        case Unreadable(reason=reason):
            raise RequestError(reason)
        case unknown:
            assert_never(unknown)


def _original(chosen: Chosen, model: str, held: Text) -> Text:
    """The model's own text, which may be hidden by a doctor that was cut off. Raises UsageError."""
    for run in chosen.snapshots.cut_off():
        if run.command != "doctor":
            continue
        _, replaced = chosen.snapshots.run(run.id)
        if model in replaced:
            own = own_text(held, Text(replaced[model].before or ""))
            if own is None:
                raise UsageError(
                    f"{model} may still hold a text of {run.id}, a doctor that was cut off",
                    hint="What it replaced is put back by "
                    f"`description-sync rollback {run.id} --on-drift overwrite`.",
                )
            return own
    return held


def _check_scratch(chosen: Chosen, model: str, held: Text) -> None:
    """Raise UsageError for a model whose text nobody has taken in yet.

    The trials keep it on the snapshot ref, so that it would no longer count as drift.
    """
    workspace = chosen.workspace
    tracked = workspace.repository.tracked(workspace.folder, None, wanted=workspace.rules.count)
    documents, _ = read_documents(tracked.files, chosen.naming, folder=workspace.folder)
    for document in documents:
        if document.model == model and not document.text.same_as(held):
            raise UsageError(
                f"{document.path} describes {model}, and the server holds another text",
                hint="Name a scratch model, or bring this one in sync first.",
            )


async def _recorded(session: Session, scratch: _Scratch, *, tries: Tries, stop: Stop) -> None:
    """The trials between two snapshots."""
    model, original = scratch.model, scratch.original
    snapshots, now = session.chosen.snapshots, datetime.now(UTC)
    head = session.chosen.workspace.repository.head()
    info = RunInfo(new_run_id(now), "doctor", session.name, head, now)
    snapshots.record_before(info, [_entry(model, original)])
    try:
        with (
            stop.may_cancel(asyncio.current_task()),
            session.track.step(f"{session.name}: trying texts", len(TRIALS)),
        ):
            await _try_all(session, scratch, tries=tries, stop=stop)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        held = await _restored(session, model, original)
        tries.restored = restored_verdict(model, original, held=held)
        left = Left(sent=original.raw, held=held.raw if isinstance(held, Text) else None)
        snapshots.record_after(info, {model: left})
        await sharing.push(session.chosen)


def _entry(model: str, original: Text) -> Entry:
    state: State = "create" if original.is_empty else "update"
    return Entry(model, None, state, before=original.raw, sent=Text(TRIALS[0].text).sha256)


async def _try_all(session: Session, scratch: _Scratch, *, tries: Tries, stop: Stop) -> None:
    """Send the trials until one shows that no other can go better, or somebody stops them."""
    held = scratch.held
    for trial in TRIALS:
        if stop.is_set():
            return
        try:
            written = await session.scenario.update(scratch.model, trial.text, replacing=held)
        except ScenarioError as error:
            tries.tried.append(Tried(trial, None, error.message))
            if isinstance(error, PointlessError) or error.status == HTTPStatus.FORBIDDEN:
                return
        else:
            held = written.text
            tries.tried.append(Tried(trial, held))
        session.track.advance()


async def _restored(session: Session, model: str, original: Text) -> Text | str:
    """What the server holds once the model's own text was put back, or why it was not."""
    try:
        now = await _held(session, model)
        if now.raw == original.raw:
            return now
        if original.is_empty:
            return (await session.scenario.delete(model, replacing=now)).text
        return (await session.scenario.update(model, original.raw, replacing=now)).text
    except (ScenarioError, UsageError) as error:
        return error.message
