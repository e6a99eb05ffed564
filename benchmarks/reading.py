"""One way to read every description, measured in its own process; prints what it took as JSON.

    python benchmarks/reading.py WAY URL MODELS CONCURRENCY

WAY is `ours`, or the script that one would write with the official client: `sdk-sync`, a loop, or
`sdk-async`, a task for each model and a semaphore.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def ours(url: str, models: list[str], concurrency: int) -> int:
    """Read with the client of description-sync."""
    from sync.model.remote_text import RemoteText  # noqa: PLC0415
    from sync.scenario import Credentials, Scenario, Server  # noqa: PLC0415

    server = Server(
        base_url=url,
        credentials=Credentials(key="key", secret="secret"),  # noqa: S106 - any will do
        requests_per_minute=0,
        concurrency=concurrency,
    )

    async def read() -> int:
        async with Scenario(server) as scenario:
            answers = [answer async for _, answer in scenario.retrieve_all(models)]
        return sum(isinstance(answer, RemoteText) for answer in answers)

    return timed(lambda: asyncio.run(read()))


def sdk_sync(url: str, models: list[str], _concurrency: int) -> int:
    """Read with the official client, one model after the other."""
    from scenario_sdk import Scenario  # noqa: PLC0415

    def read() -> int:
        with Scenario(base_url=url, api_key="key", api_secret="secret") as client:  # noqa: S106
            retrieve = client.models.description.retrieve
            return sum(bool(retrieve(model).description.value) for model in models)

    return timed(read)


def sdk_async(url: str, models: list[str], concurrency: int) -> int:
    """Read with the official client, all models at once behind a semaphore."""
    from scenario_sdk import AsyncScenario  # noqa: PLC0415

    async def read() -> int:
        seats = asyncio.Semaphore(concurrency)
        async with AsyncScenario(base_url=url, api_key="key", api_secret="secret") as client:  # noqa: S106

            async def retrieve(model: str) -> str:
                async with seats:
                    answer = await client.models.description.retrieve(model)
                return answer.description.value

            return sum(map(bool, await asyncio.gather(*map(retrieve, models))))

    return timed(lambda: asyncio.run(read()))


def timed(read: Callable[[], int]) -> int:
    """Run it, and print what it took, in seconds and bytes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    count = read()
    took = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "memory": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024,
    }
    print(json.dumps(took))
    return count


WAYS = {"ours": ours, "sdk-sync": sdk_sync, "sdk-async": sdk_async}

if __name__ == "__main__":
    way, url, count, concurrency = sys.argv[1:]
    models = [f"model_{number:05}" for number in range(int(count))]
    if WAYS[way](url, models, int(concurrency)) != len(models):
        sys.exit("not every model was read")
