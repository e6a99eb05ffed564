"""A simulated Scenario API with its own store, for trials, demos and tests."""

from __future__ import annotations

from importlib.util import find_spec

from sync.errors import SyncError

if not (find_spec("starlette") and find_spec("uvicorn")):
    raise SyncError(
        "The sandbox needs packages that are not installed.",
        hint="pip install 'description-sync[sandbox]'",
    )
