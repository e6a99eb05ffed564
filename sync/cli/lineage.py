"""What git tells of texts: whether it has them, what they were made from, what was merged in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from sync.adopt import nearest
from sync.config import read_config
from sync.documents import Naming, body_of, digests, read_document
from sync.git import contents, in_history, known_texts, versions
from sync.model import Document, Known, Text, Wanted, canonical
from sync.settling import settles
from sync.yaml import FaultsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sync.cli.workspace import Chosen
    from sync.git import History, PulledRecord, Snapshots
    from sync.model import Drift


# --- texts that git has --------------------------------------------------------------------------


def history_of(chosen: Chosen, commit: str | None, *, wanted: Mapping[str, Wanted]) -> History:
    """Where git still has the wanted texts, whatever their aliases stood for at the time."""
    history = _known(chosen, commit, wanted=wanted, namings=[chosen.naming])
    unknown = {model: each for model, each in wanted.items() if model not in history.known}
    former = former_namings(chosen, commit) if unknown else []
    if not former:
        return history
    more = _known(chosen, commit, wanted=unknown, namings=former)
    return replace(history, known={**history.known, **more.known})


def _known(
    chosen: Chosen,
    commit: str | None,
    *,
    wanted: Mapping[str, Wanted],
    namings: Sequence[Naming],
) -> History:
    return known_texts(
        chosen.workspace.repository,
        wanted,
        folder=chosen.workspace.folder,
        digests=lambda _, data: digests(data, *namings),
        commit=commit,
        deploy_branch=chosen.target.deploy_branch,
        snapshot_ref=chosen.snapshots.ref,
    )


def former_namings(chosen: Chosen, commit: str | None) -> list[Naming]:
    """How earlier versions of config.yaml named things for the target, where not as today.

    Versions with faults are left out.
    """
    repository = chosen.workspace.repository
    tip = commit or repository.head()
    path = repository.relative(chosen.workspace.config_path)
    found: list[Naming] = []
    for data in contents(repository, path, commit=tip) if tip else ():
        naming = _naming(data, chosen.name)
        if naming and naming not in (chosen.naming, *found):
            found.append(naming)
    return found


def _naming(config: bytes, target: str) -> Naming | None:
    try:
        section = read_config(config.decode("utf-8-sig"), path="").targets.get(target)
    except (FaultsError, UnicodeDecodeError):
        return None
    return Naming(target, section.models, section.assets) if section else None


# --- pulls ---------------------------------------------------------------------------------------


def pulled_texts(
    chosen: Chosen, commit: str | None, *, wanted: Mapping[str, Wanted]
) -> dict[str, Known]:
    """Those of the remote texts that were merged into files which the history has by now."""
    pulled = {
        model: those
        for model, records in chosen.snapshots.pulled().items()
        if model in wanted
        if (those := [each for each in records if each.remote == wanted[model].sha256])
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
    records = chosen.snapshots.pulled()
    pulled = {model: records[model] for model in wanted if model in records}
    taken_in = _taken_in(chosen, commit, wanted=wanted, pulled=pulled)
    known = chosen.snapshots.bases(wanted.keys(), taken_in=taken_in)
    unknown = [change for change in drifted if change.model not in known]
    return {**known, **(_nearest(chosen, commit, unknown) if complete and unknown else {})}


def _taken_in(
    chosen: Chosen,
    commit: str | None,
    *,
    wanted: Mapping[str, Wanted],
    pulled: Mapping[str, Sequence[PulledRecord]],
) -> dict[str, PulledRecord]:
    """The newest pull of each model that became part of the history, and was not thrown away.

    That is so where the history has what came of the merge; where conflicts were left, where a
    later version of the file shows that somebody chose.
    """
    merged = {each.into for records in pulled.values() for each in records if each.into}
    there = _in_history(chosen, commit, merged) if merged else set()
    past = _past_of_conflicts(chosen, commit, wanted=wanted, pulled=pulled)
    found: dict[str, PulledRecord] = {}
    for model, records in pulled.items():
        for record in records:
            if record.into in there or past.settled(model, record):
                found.setdefault(model, record)
    return found


def _in_history(chosen: Chosen, commit: str | None, hashes: Collection[str]) -> set[str]:
    """Those of the texts that the history has, whatever their aliases stood for at the time."""

    def search(hashes: Collection[str], namings: Sequence[Naming]) -> set[str]:
        return in_history(
            chosen.workspace.repository,
            hashes,
            folder=chosen.workspace.folder,
            digests=lambda _, data: digests(data, *namings),
            commit=commit,
        )

    there = search(hashes, [chosen.naming])
    missing = {*hashes} - there
    former = former_namings(chosen, commit) if missing else []
    return there | search(missing, former) if former else there


@dataclass(frozen=True, slots=True)
class _Past:
    """What files held, newest first, by model, and all ways to read the aliases in it."""

    snapshots: Snapshots
    contents: Mapping[str, Sequence[bytes]]
    namings: Sequence[Naming]

    def settled(self, model: str, record: PulledRecord) -> bool:
        """Whether somebody chose between the texts of a conflict since it was left in the file."""
        contents = self.contents.get(model, ())
        if record.into or not contents:
            return False
        later = list(takewhile(lambda data: not self._says(data, record.ours), contents))
        marked = self.snapshots.marked(model, record)
        if marked is None or len(later) == len(contents):
            return False
        ours = _body(contents[len(later)])
        return any(settles(_body(data), marked=marked, ours=ours) for data in later)

    def _says(self, data: bytes, sha256: str | None) -> bool:
        return sha256 in digests(data, *self.namings)


def _body(data: bytes) -> str:
    body = body_of(data)
    return canonical(body.text) if body else ""


def _past_of_conflicts(
    chosen: Chosen,
    commit: str | None,
    *,
    wanted: Mapping[str, Wanted],
    pulled: Mapping[str, Sequence[PulledRecord]],
) -> _Past:
    """The past of the files in which a pull left conflicts; nothing is read where none did."""
    paths = {
        model: path
        for model, records in pulled.items()
        if not all(each.into for each in records) and (path := wanted[model].path)
    }
    if not paths:
        return _Past(chosen.snapshots, {}, ())
    past = _versions(chosen, commit, paths.values())
    namings = [chosen.naming, *former_namings(chosen, commit)]
    return _Past(
        chosen.snapshots, {model: past.get(path, []) for model, path in paths.items()}, namings
    )


# --- earlier texts -------------------------------------------------------------------------------


def _versions(
    chosen: Chosen, commit: str | None, paths: Iterable[str]
) -> Mapping[str, Sequence[bytes]]:
    return versions(
        chosen.workspace.repository,
        paths,
        folder=chosen.workspace.folder,
        digests=lambda _, data: digests(data, chosen.naming),
        commit=commit,
    )


def _nearest(chosen: Chosen, commit: str | None, drifted: Sequence[Drift]) -> dict[str, Text]:
    naming, folder = chosen.naming, chosen.workspace.folder
    past = _versions(chosen, commit, [change.path for change in drifted if change.path])
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
