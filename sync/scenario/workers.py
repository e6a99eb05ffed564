"""Run a function on many items with a fixed number of concurrent workers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable


Item = TypeVar("Item")
Result = TypeVar("Result")


async def run_concurrently(
    function: Callable[[Item], Awaitable[Result]], items: Iterable[Item], *, limit: int
) -> AsyncGenerator[tuple[Item, Result], None]:
    """Yield each item with its result, in order of completion, from `limit` workers.

    If one call raises, the other workers are cancelled and the exception is raised here. One task
    per item would cost ten times as much as one task per worker.
    """
    remaining = iter(items)
    finished: asyncio.Queue[tuple[Item, Result] | asyncio.Task[None]] = asyncio.Queue()

    async def work() -> None:
        for item in remaining:
            finished.put_nowait((item, await function(item)))
            await asyncio.sleep(0)  # let the consumer run, even if `function` never waits

    workers = [asyncio.create_task(work()) for _ in range(limit)]
    for worker in workers:
        worker.add_done_callback(finished.put_nowait)
    try:
        running = limit
        while running:
            match await finished.get():
                case asyncio.Task() as worker:
                    running -= 1
                    worker.result()
                case pair:
                    yield pair
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
