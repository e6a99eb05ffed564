"""Connect to targets, each with a client, a lock and a track of its progress."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from sync.errors import SyncError
from sync.model.plan import SnapshotSharing
from sync.model.remote_text import RemoteText
from sync.workspace import snapshot_remote

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from sync.model.remote_text import RemoteState
    from sync.model.text import Text
    from sync.operations.events import Events, Track
    from sync.scenario import Model, Scenario
    from sync.workspace.workspace import Target


Item = TypeVar("Item")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Session:
    """One target with an open client.

    `sharing` is the result of the exchange of snapshots when the session was opened. `_warned` has
    the warnings about that exchange, so that none is repeated.
    """

    target: Target
    scenario: Scenario
    track: Track
    events: Events
    sharing: SnapshotSharing = field(default_factory=SnapshotSharing)
    _warned: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.target.name

    async def retrieve(
        self, models: Sequence[str], *, texts: Mapping[str, Text] = MappingProxyType({})
    ) -> dict[str, RemoteState]:
        """Return the remote text of each model; one that equals its text in `texts` shares it."""
        remote: dict[str, RemoteState] = {}
        with self.track.start_step(f"{self.name}: reading", len(models)):
            async for model, retrieved in self.scenario.retrieve_all(models):
                text = texts.get(model)
                if isinstance(retrieved, RemoteText) and text and retrieved.text.is_same_as(text):
                    remote[model] = replace(retrieved, text=text)
                else:
                    remote[model] = retrieved
                self.track.advance()
        return remote

    async def list_managed_models(self) -> AsyncIterator[Model]:
        """Yield the project's own models that config.yaml does not ignore. Raises RequestError."""
        config = self.target.workspace.config
        async for model in self.scenario.list_project_models():
            if not config.is_ignored(model.id):
                yield model

    @asynccontextmanager
    async def hold_lock(self, *, timeout: float) -> AsyncIterator[SnapshotSharing]:  # noqa: ASYNC109 - that of the lock
        """Hold the target's lock, and exchange snapshots with the git remote first.

        Raises LockedError after `timeout` seconds.
        """
        from sync.workspace.lock import lock_target  # noqa: PLC0415 - slow, and a plan needs no lock

        repository = self.target.workspace.repository
        async with lock_target(
            repository, self.target.identity, timeout=timeout, on_wait=self.events.inform
        ):
            yield await snapshot_remote.exchange_with_remote(self.target, self._warn_once)

    async def push_snapshots(self) -> SnapshotSharing:
        """Push the target's snapshots to the git remote, if config.yaml names one."""
        return await snapshot_remote.push_to_remote(self.target, self._warn_once)

    def _warn_once(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self.events.warn(message)


@dataclass(frozen=True, slots=True)
class Failure:
    """The failure of one of several targets as a whole, with its reason."""

    name: str
    error: SyncError


@asynccontextmanager
async def open_session(
    target: Target, *, events: Events, lock_timeout: float | None = None
) -> AsyncIterator[Session]:
    """Connect to the target; with `lock_timeout`, hold its lock meanwhile.

    The snapshots that other machines pushed are fetched first.
    """
    track = events.add_track(target.name)
    async with AsyncExitStack() as stack:
        scenario = await stack.enter_async_context(target.connect(track.handle_notice))
        stack.callback(lambda: track.add_requests(scenario.request_count))
        session = Session(target, scenario, track, events)
        if lock_timeout is None:
            fetched = await snapshot_remote.fetch_from_remote(target, events.warn)
            session = replace(session, sharing=fetched)
        else:
            lock = session.hold_lock(timeout=lock_timeout)
            session = replace(session, sharing=await stack.enter_async_context(lock))
        yield session


async def run_side_by_side(
    items: Sequence[Item],
    work: Callable[[Item], Awaitable[Answer]],
    *,
    name: Callable[[Item], str],
    events: Events,
) -> tuple[list[Answer], list[Failure]]:
    """Do the work for all items at once; return the answers, and the items that failed.

    If there is only one item, its SyncError is raised: then the command as a whole failed.
    """
    answers = await asyncio.gather(*(_attempt(item, work, name=name(item)) for item in items))
    return _separate_failures(answers, events)


async def run_one_by_one(
    items: Sequence[Item],
    work: Callable[[Item], Awaitable[Answer]],
    *,
    name: Callable[[Item], str],
    events: Events,
) -> tuple[list[Answer], list[Failure]]:
    """Do the work like `run_side_by_side`, but for one item at a time, in the order of names.

    Two runs that take the same locks in the same order never wait for each other.
    """
    done = {
        name(item): await _attempt(item, work, name=name(item)) for item in sorted(items, key=name)
    }
    return _separate_failures([done[name(item)] for item in items], events)


async def run_both(first: Awaitable[Item], second: Awaitable[Answer]) -> tuple[Item, Answer]:
    """Await two pieces of work at once; if one fails, cancel the other and raise the error."""

    async def wait_for(work: Awaitable[Result]) -> Result:
        return await work

    try:
        async with asyncio.TaskGroup() as group:
            one, other = group.create_task(wait_for(first)), group.create_task(wait_for(second))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0]  # noqa: B904 - with the cause that it has
    return one.result(), other.result()


def _separate_failures(
    answers: Sequence[Answer | Failure], events: Events
) -> tuple[list[Answer], list[Failure]]:
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    if failures and len(answers) == 1:
        raise failures[0].error
    for failure in failures:
        events.report_failure(failure.name, failure.error)
    return [answer for answer in answers if not isinstance(answer, Failure)], failures


async def _attempt(
    item: Item, work: Callable[[Item], Awaitable[Answer]], *, name: str
) -> Answer | Failure:
    try:
        return await work(item)
    except SyncError as error:
        return Failure(name, error)
