"""Work done side by side, a few items at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

Item = TypeVar("Item")
Result = TypeVar("Result")


async def concurrently(
    function: Callable[[Item], Awaitable[Result]], items: Iterable[Item], *, limit: int
) -> AsyncGenerator[tuple[Item, Result], None]:
    """Each item with its result, as they come, from `limit` workers.

    What one raises stops the others, and is raised here. A task for every item would cost ten
    times as much.
    """
    remaining = iter(items)
    finished: asyncio.Queue[tuple[Item, Result] | asyncio.Task[None]] = asyncio.Queue()

    async def work() -> None:
        for item in remaining:
            finished.put_nowait((item, await function(item)))
            await asyncio.sleep(0)  # or work that never waits would hide its results till the end

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
