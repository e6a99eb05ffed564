"""The nouns of the program: texts, files, plans and runs.

Each module is imported at the first use of one of its names: shell completion needs two constants.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.model.changes import (
        Change,
        Create,
        Delete,
        Drift,
        DriftCause,
        DriftPolicy,
        Failed,
        Held,
        InSync,
        Invalid,
        InvalidCause,
        Missing,
        PlanItem,
        PlannedWrite,
        Protected,
        Retired,
        State,
        Unmanaged,
        Update,
        is_write,
    )
    from sync.model.config_names import ROOT_CONFIGS
    from sync.model.document import (
        Document,
        Fault,
        InvalidFile,
        Reference,
        ReferenceKind,
        ReferenceTarget,
    )
    from sync.model.git_knowledge import (
        DELETED_WRITE,
        DeployedCommit,
        KnownText,
        LastWrite,
        TextLookup,
    )
    from sync.model.plan import LimitRule, Plan, SnapshotSharing, Source, SourceKind, Violation
    from sync.model.remote_text import NoSuchModel, RemoteState, RemoteText, UnreadableModel
    from sync.model.run import FilesAfterRollback, Outcome, Result, Run, Snapshot
    from sync.model.run_record import ForeignRuns, LoggedRun, RunEnd, RunRecord
    from sync.model.target_identity import TargetIdentity, make_snapshot_ref
    from sync.model.text import EMPTY_TEXT, Text, canonical

_NAMES = {
    "changes": (
        "Change Create Delete Drift DriftCause DriftPolicy Failed Held InSync Invalid "
        "InvalidCause Missing PlanItem PlannedWrite Protected Retired State Unmanaged Update "
        "is_write"
    ),
    "config_names": "ROOT_CONFIGS",
    "document": "Document Fault InvalidFile Reference ReferenceKind ReferenceTarget",
    "git_knowledge": "DELETED_WRITE DeployedCommit KnownText LastWrite TextLookup",
    "plan": "LimitRule Plan SnapshotSharing Source SourceKind Violation",
    "remote_text": "NoSuchModel RemoteState RemoteText UnreadableModel",
    "run": "FilesAfterRollback Outcome Result Run Snapshot",
    "run_record": "ForeignRuns LoggedRun RunEnd RunRecord",
    "target_identity": "TargetIdentity make_snapshot_ref",
    "text": "EMPTY_TEXT Text canonical",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [
    "DELETED_WRITE",
    "EMPTY_TEXT",
    "ROOT_CONFIGS",
    "Change",
    "Create",
    "Delete",
    "DeployedCommit",
    "Document",
    "Drift",
    "DriftCause",
    "DriftPolicy",
    "Failed",
    "Fault",
    "FilesAfterRollback",
    "ForeignRuns",
    "Held",
    "InSync",
    "Invalid",
    "InvalidCause",
    "InvalidFile",
    "KnownText",
    "LastWrite",
    "LimitRule",
    "LoggedRun",
    "Missing",
    "NoSuchModel",
    "Outcome",
    "Plan",
    "PlanItem",
    "PlannedWrite",
    "Protected",
    "Reference",
    "ReferenceKind",
    "ReferenceTarget",
    "RemoteState",
    "RemoteText",
    "Result",
    "Retired",
    "Run",
    "RunEnd",
    "RunRecord",
    "Snapshot",
    "SnapshotSharing",
    "Source",
    "SourceKind",
    "State",
    "TargetIdentity",
    "Text",
    "TextLookup",
    "Unmanaged",
    "UnreadableModel",
    "Update",
    "Violation",
    "canonical",
    "is_write",
    "make_snapshot_ref",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"sync.model.{_MODULES[name]}"), name)
