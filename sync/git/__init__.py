"""The only room with git: tracked files, every text the folder ever held, snapshots, merges."""

from sync.git.branches import Step, check_new_branch, commit_on_branch
from sync.git.create import create_repository
from sync.git.events import contents
from sync.git.exchange import fetch_snapshots, push_snapshots
from sync.git.facts import has_remote, observe, usual_branch
from sync.git.history import FolderHistory, History
from sync.git.merge import merge_three_way
from sync.git.messages import RunInfo
from sync.git.repository import Repository, Tracked
from sync.git.snapshots import (
    Entry,
    Left,
    Pulled,
    PulledRecord,
    Replacement,
    Snapshots,
    new_run_id,
)

__all__ = [
    "Entry",
    "FolderHistory",
    "History",
    "Left",
    "Pulled",
    "PulledRecord",
    "Replacement",
    "Repository",
    "RunInfo",
    "Snapshots",
    "Step",
    "Tracked",
    "check_new_branch",
    "commit_on_branch",
    "contents",
    "create_repository",
    "fetch_snapshots",
    "has_remote",
    "merge_three_way",
    "new_run_id",
    "observe",
    "push_snapshots",
    "usual_branch",
]
