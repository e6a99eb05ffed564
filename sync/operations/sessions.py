"""Several targets side by side, each with its lock, its client and its progress."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from sync.cli.output import print_error
from sync.errors import SyncError
from sync.model import RemoteText
from sync.workspace import snapshot_remote
from sync.workspace.lock import hold_lock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AsyncExitStack

    from sync.model import RemoteState, Text
    from sync.operations.events import Progress, Track
    from sync.scenario import Scenario
    from sync.workspace.workspace import Target


Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Session:
    """One target at work."""

    target: Target
    scenario: Scenario
    track: Track

    @property
    def name(self) -> str:
        return self.target.name

    async def retrieve(
        self, models: Sequence[str], *, texts: Mapping[str, Text] = MappingProxyType({})
    ) -> dict[str, RemoteState]:
        """What the server holds, by model; one that is in `texts` already is kept once."""
        actual: dict[str, RemoteState] = {}
        with self.track.start_step(f"{self.name}: reading", len(models)):
            async for model, retrieved in self.scenario.retrieve_all(models):
                text = texts.get(model)
                same = (
                    isinstance(retrieved, RemoteText) and text and retrieved.text.is_same_as(text)
                )
                actual[model] = RemoteText(text) if text and same else retrieved
                self.track.advance()
        return actual


@dataclass(frozen=True, slots=True)
class Failure:
    """One of several targets that failed as a whole, and why; the others go on."""

    name: str
    error: SyncError


async def open_session(
    chosen: Target,
    stack: AsyncExitStack,
    *,
    progress: Progress,
    lock_timeout: float | None = None,
) -> Session:
    """Connect to the target until the stack is closed, and hold its lock where a time is given.

    What other machines recorded of it is taken in first.
    """
    track = progress.add_track(chosen.name)
    scenario = await stack.enter_async_context(chosen.connect(track.handle_notice))
    stack.callback(lambda: track.add_requests(scenario.request_count))
    if lock_timeout is None:
        await snapshot_remote.fetch_from_remote(chosen)
    else:
        lock = hold_lock(chosen.workspace.repository, chosen.identity, timeout=lock_timeout)
        await stack.enter_async_context(lock)
        await snapshot_remote.exchange_with_remote(chosen)
    return Session(chosen, scenario, track)


async def run_side_by_side(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Answer]], *, name: Callable[[Item], str]
) -> tuple[list[Answer], list[Failure]]:
    """Do the work for each; return the answers, and what failed as a whole.

    What is wrong with the only target is wrong with the command: its SyncError is raised.
    """
    answers = await asyncio.gather(*(_attempt(item, work, name) for item in items))
    return _sorted_out(answers)


async def run_one_by_one(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Answer]], *, name: Callable[[Item], str]
) -> tuple[list[Answer], list[Failure]]:
    """As `side_by_side`, one after the other in the order of their names.

    Two runs that take the same locks in the same order never wait for each other.
    """
    done = {name(item): await _attempt(item, work, name) for item in sorted(items, key=name)}
    return _sorted_out([done[name(item)] for item in items])


def _sorted_out(answers: Sequence[Answer | Failure]) -> tuple[list[Answer], list[Failure]]:
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    if failures and len(answers) == 1:
        raise failures[0].error
    for failure in failures:
        print_error(failure.error, prefix=f"{failure.name}: ")
    return [answer for answer in answers if not isinstance(answer, Failure)], failures


async def _attempt(
    item: Item, work: Callable[[Item], Awaitable[Answer]], name: Callable[[Item], str]
) -> Answer | Failure:
    try:
        return await work(item)
    except SyncError as error:
        return Failure(name(item), error)
