"""Reading descriptions: our client beside the official one, and beside the ideal.

    python benchmarks/clients.py [MODELS] [ROUNDS]

Every description has 20 assets; the ideal is MODELS x latency / concurrency. Read by a loop, a
tenth of the models is enough to know what one takes. A client that makes more than one request a
model is an error.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measuring import Took, interleaved, table
from server import counts, serving

READING = Path(__file__).with_name("reading.py")
LATENCIES = (0, 0.02, 0.1)
CONCURRENCIES = (16, 32)


@dataclass(frozen=True, slots=True)
class Contest:
    """One server, and how many models are read from it."""

    url: str
    models: int

    def run(self, way: str, *, concurrency: int) -> Took:
        """Divide the cost by the number of models."""
        models = self.models // 10 if way == "sdk-sync" else self.models
        command = [sys.executable, READING, way, f"{self.url}/v1", str(models), str(concurrency)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        if counts(self.url)["accepted"] != models:
            sys.exit(f"{way} made other requests than one for each model")
        took = json.loads(answer.stdout)
        return Took(took["wall"] / models, took["cpu"] / models, took["memory"])


def beside_the_official_client(models: int, *, rounds: int) -> None:
    """Wall time, CPU and memory at each latency, 16 requests at a time, ours being 1."""
    names = {
        "ours": "description-sync",
        "sdk-async": "official, async, semaphore of 16",
        "sdk-sync": "official, a loop",
    }
    rows = []
    for latency in LATENCIES:
        with serving(latency=latency) as url:
            contest = Contest(url, models)
            ways = {way: partial(contest.run, way, concurrency=16) for way in names}
            took = interleaved(ways, rounds=rounds)
        ours = took["ours"]
        rows += [
            [
                f"{1000 * latency:.0f} ms",
                names[way],
                f"{each.wall / ours.wall:.2f}",
                f"{each.cpu / ours.cpu:.2f}",
                "-" if way == "sdk-sync" else f"{each.memory / ours.memory:.2f}",
            ]
            for way, each in took.items()
        ]
    table(["latency", "client", "wall", "CPU", "memory"], rows)


def beside_the_ideal(models: int, *, rounds: int) -> None:
    """Wall time at 100 ms as a multiple of the least that it could take."""
    latency = LATENCIES[-1]
    rows = []
    with serving(latency=latency) as url:
        contest = Contest(url, models)
        for concurrency in CONCURRENCIES:
            took = interleaved(
                {"ours": partial(contest.run, "ours", concurrency=concurrency)}, rounds=rounds
            )
            ideal = latency / concurrency
            rows.append([str(concurrency), f"{took['ours'].wall / ideal:.3f}"])
    table(["concurrency", "wall / ideal at 100 ms"], rows)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    models, rounds = (*numbers, *(2000, 3)[len(numbers) :])
    beside_the_official_client(models, rounds=rounds)
    beside_the_ideal(models, rounds=rounds)
