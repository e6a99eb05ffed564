"""Several targets side by side, each with its lock, its client and its progress."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from sync.cli import sharing
from sync.cli.lock import locked
from sync.cli.output import complain
from sync.errors import SyncError
from sync.model import Held

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AsyncExitStack

    from sync.cli.progress import Progress, Track
    from sync.cli.workspace import Chosen
    from sync.model import Retrieved, Text
    from sync.scenario import Scenario

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Session:
    """One target at work."""

    chosen: Chosen
    scenario: Scenario
    track: Track

    @property
    def name(self) -> str:
        return self.chosen.name

    async def retrieve(
        self, models: Sequence[str], *, texts: Mapping[str, Text] = MappingProxyType({})
    ) -> dict[str, Retrieved]:
        """What the server holds, by model; one that is in `texts` already is kept once."""
        actual: dict[str, Retrieved] = {}
        with self.track.step(f"{self.name}: reading", len(models)):
            async for model, retrieved in self.scenario.retrieve_all(models):
                text = texts.get(model)
                same = isinstance(retrieved, Held) and text and retrieved.text.same_as(text)
                actual[model] = Held(text) if text and same else retrieved
                self.track.advance()
        return actual


async def open_session(
    chosen: Chosen,
    stack: AsyncExitStack,
    *,
    progress: Progress,
    lock_timeout: float | None = None,
) -> Session:
    """Connect to the target until the stack is closed, and hold its lock where a time is given.

    What other machines recorded of it is taken in first.
    """
    track = progress.track(chosen.name)
    scenario = await stack.enter_async_context(chosen.connect(track.notice))
    stack.callback(lambda: track.spent(scenario.requests))
    if lock_timeout is None:
        await sharing.fetch(chosen)
    else:
        lock = locked(chosen.workspace.repository, chosen.name, timeout=lock_timeout)
        await stack.enter_async_context(lock)
        await sharing.catch_up(chosen)
    return Session(chosen, scenario, track)


async def side_by_side(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Answer]], *, name: Callable[[Item], str]
) -> tuple[list[Answer], list[int]]:
    """Do the work for each; return the answers, and the exit codes of those that failed.

    What is wrong with the only target is wrong with the command: its SyncError is raised.
    """
    answers = await asyncio.gather(*(_attempt(item, work) for item in items))
    return _sorted_out(items, answers, name)


async def one_by_one(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Answer]], *, name: Callable[[Item], str]
) -> tuple[list[Answer], list[int]]:
    """As `side_by_side`, one after the other in the order of their names.

    Two runs that take the same locks in the same order never wait for each other.
    """
    items = sorted(items, key=name)
    return _sorted_out(items, [await _attempt(item, work) for item in items], name)


def _sorted_out(
    items: Sequence[Item], answers: Sequence[Answer | SyncError], name: Callable[[Item], str]
) -> tuple[list[Answer], list[int]]:
    errors = [
        (item, answer)
        for item, answer in zip(items, answers, strict=True)
        if isinstance(answer, SyncError)
    ]
    if errors and len(items) == 1:
        raise errors[0][1]
    for item, error in errors:
        complain(error, prefix=f"{name(item)}: ")
    codes = [error.exit_code for _, error in errors]
    return [answer for answer in answers if not isinstance(answer, SyncError)], codes


async def _attempt(item: Item, work: Callable[[Item], Awaitable[Answer]]) -> Answer | SyncError:
    try:
        return await work(item)
    except SyncError as error:
        return error
