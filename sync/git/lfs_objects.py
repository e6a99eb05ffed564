"""Read the files that Git LFS keeps in this clone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.git.repository import Repository


def read_lfs_objects(repository: Repository, oids: Iterable[str]) -> dict[str, bytes]:
    """Read the files of pointers, by SHA-256; leave out files that were not fetched."""
    asked = set(oids)
    if not asked:
        return {}
    # Source: https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-config.adoc
    storage = repository.git.run_command("config", "--type=path", "--get", "lfs.storage").stdout
    folder = repository.common_dir / (decode_printable(storage).rstrip("\n") or "lfs") / "objects"
    found = {}
    for oid in asked:
        try:
            data = (folder / oid[:2] / oid[2:4] / oid).read_bytes()
        except OSError:
            continue
        if hashlib.sha256(data).hexdigest() == oid:
            found[oid] = data
    return found
