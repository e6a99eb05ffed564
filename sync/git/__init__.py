"""Everything that runs git: tracked files, the history of texts, snapshots, three-way merges."""

from sync.git.branches import BranchCommit, check_new_branch, commit_on_branch
from sync.git.commit_files import (
    find_blobs,
    find_present_paths,
    hash_blob,
    list_blobs,
    read_changes_of_named_files,
    read_contents,
)
from sync.git.events import (
    EVERY_REF,
    Event,
    read_file_versions,
)
from sync.git.exchange import fetch_snapshots, push_snapshots
from sync.git.folder_listing import FolderListing, normalize_path
from sync.git.history import FolderHistory, is_inside
from sync.git.merge import merge_three_way
from sync.git.messages import RunInfo
from sync.git.remote_branches import (
    fetch_branch,
    has_same_changes,
    list_commits_without_trailer,
    push_branch,
    write_commits,
)
from sync.git.repository import Repository, TrackedFiles, create_repository
from sync.git.rollbacks import ROLLBACK, RolledBackModel
from sync.git.shared_history import list_unshared_commits
from sync.git.snapshot_records import (
    PendingWrite,
    PulledText,
    PullRecord,
    ReplacedText,
    WrittenText,
)
from sync.git.snapshots import SnapshotStore, make_run_id
from sync.git.subtrees import find_squashed_subtree
from sync.git.text_search import (
    Branch,
    TextSearchResult,
    find_newer_texts,
    find_texts,
    find_texts_elsewhere,
)
from sync.git.uncommitted_files import find_uncommitted_files

__all__ = [
    "EVERY_REF",
    "ROLLBACK",
    "Branch",
    "BranchCommit",
    "Event",
    "FolderHistory",
    "FolderListing",
    "PendingWrite",
    "PullRecord",
    "PulledText",
    "ReplacedText",
    "Repository",
    "RolledBackModel",
    "RunInfo",
    "SnapshotStore",
    "TextSearchResult",
    "TrackedFiles",
    "WrittenText",
    "check_new_branch",
    "commit_on_branch",
    "create_repository",
    "fetch_branch",
    "fetch_snapshots",
    "find_blobs",
    "find_newer_texts",
    "find_present_paths",
    "find_squashed_subtree",
    "find_texts",
    "find_texts_elsewhere",
    "find_uncommitted_files",
    "has_same_changes",
    "hash_blob",
    "is_inside",
    "list_blobs",
    "list_commits_without_trailer",
    "list_unshared_commits",
    "make_run_id",
    "merge_three_way",
    "normalize_path",
    "push_branch",
    "push_snapshots",
    "read_changes_of_named_files",
    "read_contents",
    "read_file_versions",
    "write_commits",
]
