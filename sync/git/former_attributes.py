"""Convert versions of files by the git attributes of other commits than the current one."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.git.commit_files import find_blobs, read_changes_of_named_files
from sync.git.conversions import (
    ConvertedVersions,
    convert_versions,
    lay_out_files,
    read_conversions,
)
from sync.git.events import EVERY_REF

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sync.git.conversions import Conversion
    from sync.git.process import Git
    from sync.git.repository import Repository

_CONVERTS = re.compile(rb"\b(filter|ident|working-tree-encoding)\b")
# Git reads the definition of an attribute only in the file at the root.
_DEFINITION = re.compile(rb"^\[attr\].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FormerAttributes:
    """The `.gitattributes` files of commits, of those that can convert texts.

    Each of `states` maps the paths that one commit had, from the root, to their bytes.
    `is_incomplete` says that a partial clone lacks some of them.
    """

    states: tuple[Mapping[str, bytes], ...] = ()
    is_incomplete: bool = False

    @property
    def is_empty(self) -> bool:
        """Return True if no commit converts a text, as far as this clone can tell."""
        return not (self.states or self.is_incomplete)


def read_former_attributes(repository: Repository, tip: str | None) -> FormerAttributes:
    """Read the attributes that the commits of all refs and of `tip` had, each state once."""
    revisions = [*EVERY_REF, *([tip] if tip else [])]
    events = read_changes_of_named_files(repository, [".gitattributes"], revisions=revisions)
    blobs = {blob for event in events for blob in (event.old, event.new) if blob}
    contents = dict(repository.git.read_blobs(repository.find_local_blobs(blobs)))
    converting = {blob for blob, data in contents.items() if _CONVERTS.search(data)}
    commits = {each.commit for each in events if not converting.isdisjoint((each.old, each.new))}
    states: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted({event.path for event in events}) if commits else ():
        for commit, blob in find_blobs(repository, commits, path).items():
            states[commit][path] = blob
    different = {tuple(state.items()) for state in states.values()}
    return FormerAttributes(
        tuple(
            {path: contents[blob] for path, blob in state if blob in contents}
            for state in sorted(different)
            if any(blob in converting for _, blob in state)
        ),
        is_incomplete=len(contents) < len(blobs),
    )


def convert_by_former_attributes(
    git: Git,
    versions: Collection[tuple[str, str]],
    *,
    attributes: FormerAttributes | None,
    with_keywords: Collection[str],
) -> ConvertedVersions:
    """Convert versions of files, each a path from the root and a blob, as other commits would.

    Conversions that today's attributes make as well are left out.
    """
    paths = {path for path, _ in versions}
    if not (paths and attributes and attributes.states):
        return ConvertedVersions({}, frozenset())
    today = read_conversions(git, paths)
    with lay_out_files(git, _combine_states(attributes.states)) as former:
        places = {f"{n}/{path}": path for n in range(len(attributes.states)) for path in paths}
        different: dict[tuple[str, Conversion], str] = {}
        for place, conversion in read_conversions(former, places).items():
            if conversion != today.get(places[place]):
                different[places[place], conversion] = place
        places_by_path: defaultdict[str, list[str]] = defaultdict(list)
        for (path, _), place in different.items():
            places_by_path[path].append(place)
        asked = {(place, blob) for path, blob in versions for place in places_by_path[path]}
        return convert_versions(former, asked, with_keywords=with_keywords)


def _combine_states(states: Collection[Mapping[str, bytes]]) -> dict[str, bytes]:
    """Return files by which the path `N/PATH` has the attributes that PATH has in state N."""
    files: dict[str, bytes] = {}
    definitions: dict[bytes, None] = {}
    for number, state in enumerate(states):
        files |= {f"{number}/{path}": _DEFINITION.sub(b"", data) for path, data in state.items()}
        definitions |= dict.fromkeys(_DEFINITION.findall(state.get(".gitattributes", b"")))
    files[".gitattributes"] = b"\n".join(definitions)
    return files
