"""The facts that git has about a remote text: its place, and the last recorded write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sync.model.text import EMPTY_TEXT

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class TextLookup:
    """A remote text to look up in git by its hash, with the file of its model.

    `path` is the file of the model's document, or the last path of a removed file. `desired_sha256`
    is the hash of the text in that file now, None if the file was removed.
    """

    path: str | None
    sha256: str
    desired_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class DeployedCommit:
    """The newest commit that had the remote text, and the number of later versions of the file.

    `versions_behind` is 0 if the files have this text now.
    """

    commit: str
    versions_behind: int


@dataclass(frozen=True, slots=True)
class KnownText:
    """The place where git still has a remote text.

    `commit`: the history of the desired texts' commit. `snapshot`: the target's snapshots.
    `deploy_branch`: commits that this history does not contain, of the branch `ref`, so the files
    are behind. `later_run`: the snapshot of a run whose source commit this history does not
    contain; `ref` is that commit. `elsewhere`: another ref or path; `ref` and `path` name them.
    `deployed` is None if no commit of the repository's own history has the text.
    """

    location: Literal["commit", "snapshot", "deploy_branch", "later_run", "elsewhere"]
    deployed: DeployedCommit | None = None
    ref: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class LastWrite:
    """The last recorded write of a model: hashes of the canonical texts that it sent and left.

    The two hashes differ if the server altered the text. `stored_sha256` is None if the run was cut
    off before it could record the answer. `source_commit` is the commit that the run deployed.
    `replaced_sha256` is the text before the run, that of the empty text if there was none; None if
    the record does not say.
    """

    sent_sha256: str
    stored_sha256: str | None
    source_commit: str | None = field(default=None, compare=False)
    replaced_sha256: str | None = field(default=None, compare=False)
    recorded_at: datetime | None = field(default=None, compare=False)


DELETED_WRITE = LastWrite(sent_sha256=EMPTY_TEXT.sha256, stored_sha256=EMPTY_TEXT.sha256)
"""The record of a run that deleted the description."""
