"""Hash the texts of earlier versions of files, as git has them and as checkouts had them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from sync.descriptions.lfs_pointer import find_pointer_oid_in_file
from sync.git.conversions import convert_versions, has_keyword
from sync.git.former_attributes import convert_by_former_attributes
from sync.git.lfs_objects import read_lfs_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.former_attributes import FormerAttributes
    from sync.git.repository import Repository

    TextHasher = Callable[[bytes], Iterable[str]]


@dataclass(frozen=True, slots=True)
class VersionTexts:
    """The hashes of the texts in blobs.

    A version that git converts on its way to a checkout counts in both forms. The other fields
    name the gaps: blobs that a partial clone lacks, filters of git that failed, and files of Git
    LFS that were not fetched.
    """

    hashes_by_blob: Mapping[str, frozenset[str]] = field(default_factory=dict)
    has_missing_blobs: bool = False
    failed_filters: frozenset[str] = frozenset()
    has_missing_lfs_objects: bool = False


def hash_versions(
    repository: Repository,
    versions: AbstractSet[tuple[str, str]],
    *,
    hash_texts: TextHasher,
    attributes: FormerAttributes | None = None,
) -> VersionTexts:
    """Hash versions of files, each a path from the root and a blob.

    They are converted by today's attributes, and by `attributes` of other commits.
    """
    every = {blob for _, blob in versions}
    blobs = repository.find_local_blobs(every)
    hashes, pointers, with_keywords = dict[str, frozenset[str]](), dict[str, str](), set[str]()
    for blob, data in repository.git.read_blobs(blobs):
        hashes[blob] = frozenset(hash_texts(data))
        if oid := find_pointer_oid_in_file(data):
            pointers[blob] = oid
        if has_keyword(data):
            with_keywords.add(blob)
    local = {(path, blob) for path, blob in versions if blob in blobs}
    today = convert_versions(repository.git, local, with_keywords=with_keywords)
    former = convert_by_former_attributes(
        repository.git, local, attributes=attributes, with_keywords=with_keywords
    )
    for (_, blob), data in chain(today.contents.items(), former.contents.items()):
        hashes[blob] |= frozenset(hash_texts(data))
        if not find_pointer_oid_in_file(data):
            pointers.pop(blob, None)
    objects = read_lfs_objects(repository, pointers.values())
    for blob, oid in pointers.items():
        if oid in objects:
            hashes[blob] |= frozenset(hash_texts(objects[oid]))
    return VersionTexts(
        hashes,
        has_missing_blobs=len(blobs) < len(every) or bool(attributes and attributes.is_incomplete),
        failed_filters=today.failed_filters | former.failed_filters,
        has_missing_lfs_objects=len(objects) < len(set(pointers.values())),
    )
