"""A server whose token bucket is small, and that asks for waits in whole seconds: the hardest.

    python benchmarks/small_bucket.py

The bucket holds 10 tokens and fills at 60 a second; the client begins with no limit of its own.
Time is virtual, as in the tests of the throttle, so the machine does not count. Each row is of
twenty runs, with other delays on the network.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import mean

from measuring import table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from test_throttle import Bucket, World, in_virtual_time, in_whole_seconds

RATE = 60  # tokens a second
HELD = 10
LATENCIES = (0.005, 0.02, 0.05, 0.1)  # seconds
DURATIONS = (10, 60)  # seconds at the full rate
SEEDS = range(20)


def measure(latency: float, seconds: int) -> tuple[str, str]:
    """Return the least and the mean share of the limit, and the largest share of rejections."""
    number, shares, rejected = RATE * seconds, [], []
    for seed in SEEDS:
        world = World(Bucket(RATE, HELD), says=in_whole_seconds, latency=latency, seed=seed)
        took = in_virtual_time(world.drive(number))
        shares.append(number / took / RATE)
        rejected.append(world.rejected / (number + world.rejected))
    return f"{min(shares):.1%}, {mean(shares):.1%}", f"{max(rejected):.1%}"


def main() -> None:
    """Print the table."""
    heads = ["latency"]
    for seconds in DURATIONS:
        heads += [f"of the limit, {RATE * seconds:,} requests", "rejected at most"]
    rows = [
        [f"{latency * 1000:.0f} ms", *(cell for s in DURATIONS for cell in measure(latency, s))]
        for latency in LATENCIES
    ]
    table(heads, rows)


if __name__ == "__main__":
    main()
