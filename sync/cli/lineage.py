"""What git tells of a file's past: what it was made from, and what was merged into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.adopt import nearest
from sync.documents import Naming, digests, read_document
from sync.git import taken_in, versions
from sync.model import Document, Known, Text, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.cli.workspace import Chosen
    from sync.git import PulledRecord
    from sync.model import Drift


def pulled_texts(
    chosen: Chosen, commit: str | None, *, wanted: Mapping[str, Wanted]
) -> dict[str, Known]:
    """Those of the remote texts that were merged into files which the history has by now."""
    pulled = {
        model: record
        for model, record in chosen.snapshots.pulled().items()
        if model in wanted and record.remote == wanted[model].sha256
    }
    models = _taken_in(chosen, commit, wanted=wanted, pulled=pulled)
    return {model: Known("commit") for model in models}


def bases(
    chosen: Chosen, commit: str | None, *, drifted: Sequence[Drift], complete: bool
) -> dict[str, Text]:
    """What each file and the remote text were both made from, as far as anybody can tell.

    That is what was last sent or pulled; else the text of the file's history nearest to the
    remote one, if the history is complete.
    """
    wanted = {
        change.model: Wanted(
            change.path, change.before.sha256, change.after.sha256 if change.after else None
        )
        for change in drifted
    }
    pulled = chosen.snapshots.pulled()
    models = _taken_in(chosen, commit, wanted=wanted, pulled=pulled)
    known = chosen.snapshots.bases(wanted.keys(), taken_in=models)
    unknown = [change for change in drifted if change.model not in known]
    return {**known, **(_nearest(chosen, commit, unknown) if complete and unknown else {})}


def _taken_in(
    chosen: Chosen,
    commit: str | None,
    *,
    wanted: Mapping[str, Wanted],
    pulled: Mapping[str, PulledRecord],
) -> set[str]:
    naming = chosen.naming
    return taken_in(
        chosen.workspace.repository,
        wanted,
        pulled=pulled,
        folder=chosen.workspace.folder,
        digests=lambda _, data: digests(data, naming),
        commit=commit,
    )


def _nearest(chosen: Chosen, commit: str | None, drifted: Sequence[Drift]) -> dict[str, Text]:
    naming, folder = chosen.naming, chosen.workspace.folder
    past = versions(
        chosen.workspace.repository,
        [change.path for change in drifted if change.path],
        folder=folder,
        digests=lambda _, data: digests(data, naming),
        commit=commit,
    )
    found = {}
    for change in drifted:
        texts = _texts(past.get(change.path or "", ()), change, naming=naming, folder=folder)
        if text := nearest(change.before, texts):
            found[change.model] = text
    return found


def _texts(contents: Sequence[bytes], change: Drift, *, naming: Naming, folder: str) -> list[Text]:
    path = change.path or ""
    read = (read_document(path, data, naming, folder=folder) for data in contents)
    return [document.text for document in read if isinstance(document, Document)]
