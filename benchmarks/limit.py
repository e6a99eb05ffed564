"""A server that allows R requests in any second: how near we come to R.

    python benchmarks/limit.py [SECONDS]

The client knows of no limit, and finds it by what is rejected; some servers tell, with a rejection,
when they would accept again. SECONDS is how long each server
would take at the least; the shares include the finding.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from measuring import table
from server import counts, serving

READING = Path(__file__).with_name("reading.py")
RATES = (5, 20, 80)  # a second


def row(rate: int, *, tells: bool, seconds: int) -> list[str]:
    """One run against one server."""
    models = rate * seconds
    with serving(rate=rate, tells=tells, latency=0.05) as url:
        command = [sys.executable, READING, "ours", f"{url}/v1", str(models), "16"]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        took = json.loads(answer.stdout)["wall"]
        made = counts(url)
    return [
        f"{rate} a second",
        "when to come back" if tells else "nothing",
        f"{models}",
        f"{models / took / rate:.1%}",
        f"{made['rejected'] / (made['accepted'] + made['rejected']):.1%}",
    ]


if __name__ == "__main__":
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    rows = [row(rate, tells=tells, seconds=seconds) for tells in (True, False) for rate in RATES]
    table(["the server allows", "and says", "models", "of that reached", "rejected"], rows)
