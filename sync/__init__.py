"""Keep the descriptions of Scenario models under git.

The names in `__all__` are the public Python API (docs/python.md). Each is imported on first use.
"""

from __future__ import annotations

# Nothing is imported here: a Ctrl-C while it is would end the command with a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from sync.decisions.limits import Overrides
    from sync.errors import SyncError
    from sync.model.plan import Plan
    from sync.model.run import Outcome, Run
    from sync.model.text import Text
    from sync.operations.events import Events, Stop
    from sync.operations.open_target import OpenTarget, open_target
    from sync.scenario import Credentials, Scenario, Server

__version__ = "0.1.0"

__all__ = [
    "Credentials",
    "Events",
    "OpenTarget",
    "Outcome",
    "Overrides",
    "Plan",
    "Run",
    "Scenario",
    "Server",
    "Stop",
    "SyncError",
    "Text",
    "open_target",
]

_MODULES = {
    "Credentials": "sync.scenario",
    "Events": "sync.operations.events",
    "OpenTarget": "sync.operations.open_target",
    "Outcome": "sync.model.run",
    "Overrides": "sync.decisions.limits",
    "Plan": "sync.model.plan",
    "Run": "sync.model.run",
    "Scenario": "sync.scenario",
    "Server": "sync.scenario",
    "Stop": "sync.operations.events",
    "SyncError": "sync.errors",
    "Text": "sync.model.text",
    "open_target": "sync.operations.open_target",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - see above

    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
