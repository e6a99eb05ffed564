"""The JSON documents that programs read: one module per kind, with the fields of each."""

from __future__ import annotations

from typing import Literal, TypeAlias

DocumentKind: TypeAlias = Literal[
    "plan",
    "apply",
    "pull",
    "history",
    "check",
    "map",
    "import",
    "doctor",
    "show",
    "undocumented",
    "targets",
    "failure",
]
