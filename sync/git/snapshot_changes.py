"""Make the lines and files of a snapshot from the texts that a run writes or pulls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from sync.git.messages import SnapshotLine
from sync.git.snapshot_names import make_snapshot_file_name
from sync.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.git.snapshot_records import PendingWrite, PulledText, WrittenText

FileChanges: TypeAlias = Mapping[str, bytes | None]
ALTERED, MERGED, CONFLICT = "altered", "merged", "conflict"


def make_text_changes(model: str, *, stored: str, sent: str = "") -> FileChanges:
    """Return the files to write for one model; None removes a file."""
    name = make_snapshot_file_name(model)
    return {f"texts/{name}": stored.encode() or None, f"sent/{name}": sent.encode() or None}


def make_pull_changes(pulled: PulledText) -> FileChanges:
    """Return the files to write for a text that was pulled."""
    name, marked = make_snapshot_file_name(pulled.model), pulled.conflict_text
    return {
        f"pulled/{name}": pulled.remote_text.encode(),
        f"marked/{name}": None if marked is None else marked.encode(),
    }


def make_outcome_changes(model: str, left: WrittenText) -> FileChanges:
    """Return the files to write for the result of a write; none if it is not known."""
    if left.stored is None:
        return {}
    altered = not Text(left.stored).is_same_as(Text(left.sent))
    return make_text_changes(model, stored=left.stored, sent=left.sent if altered else "")


def merge_changes(changes: Iterator[FileChanges]) -> FileChanges:
    """Merge the files of several models."""
    return {path: text for each in changes for path, text in each.items()}


def make_pending_line(entry: PendingWrite) -> SnapshotLine:
    """Describe a write that the run is about to make."""
    before = Text(entry.before).sha256 if entry.before else None
    return SnapshotLine(entry.state, entry.model, entry.path, entry.sent_sha256, before)


def make_outcome_line(model: str, left: WrittenText) -> SnapshotLine:
    """Describe the result of a write."""
    sent = Text(left.sent).sha256
    stored = None if left.stored is None else Text(left.stored).sha256
    word = "unsure" if stored is None else "written" if stored == sent else ALTERED
    return SnapshotLine(word, model, None, sent, stored)


def make_pull_line(pulled: PulledText) -> SnapshotLine:
    """Describe a text that was pulled."""
    word = MERGED if pulled.result_sha256 else CONFLICT
    stored = Text(pulled.remote_text).sha256
    return SnapshotLine(
        word, pulled.model, pulled.path, pulled.result_sha256 or pulled.ours_sha256, stored
    )
