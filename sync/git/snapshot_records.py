"""Define the values that are written into snapshots, or read from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.model.changes import State


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that the run is about to make.

    `before` is the raw text that the server has, None or empty if the model has no description.
    `sent_sha256` is the hash of the text to send; deleting sends the empty text.
    """

    model: str
    path: str | None
    state: State
    before: str | None
    sent_sha256: str


@dataclass(frozen=True, slots=True)
class WrittenText:
    """The result of a write: the raw text sent, and the raw text that the server then had.

    The empty text means that there is no description. `stored` is None if it is not known whether
    the write arrived.
    """

    sent: str
    stored: str | None


@dataclass(frozen=True, slots=True)
class ReplacedText:
    """A text that a run replaced, with the hashes of the texts sent and stored since.

    `before` is the raw text, None if there was no description. `stored_sha256` is None if it is not
    known what the server had after the run.
    """

    path: str | None
    before: str | None
    sent_sha256: str
    stored_sha256: str | None


@dataclass(frozen=True, slots=True)
class PulledText:
    """A raw text from Scenario that a pull merged into a file.

    `ours_sha256` is the hash of the file's text before, `result_sha256` of its text after the
    merge. If the merge left conflicts, `result_sha256` is None and `conflict_text` is the text with
    git's conflict markers.
    """

    model: str
    path: str | None
    remote_text: str
    ours_sha256: str
    result_sha256: str | None
    conflict_text: str | None = None


@dataclass(frozen=True, slots=True)
class PullRecord:
    """One recorded pull of a model, as hashes of texts.

    `commit` is the commit of the snapshot ref. Of the other two, one is None: a merge without
    conflicts has a `result_sha256`, a merge with conflicts has the `ours_sha256` of the file.
    """

    commit: str
    remote_sha256: str
    ours_sha256: str | None
    result_sha256: str | None
