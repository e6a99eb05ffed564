"""The identity of a target: its project on its server, and the git ref of its snapshots."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from sync.model.config_names import ROOT_CONFIGS


@dataclass(frozen=True, slots=True)
class TargetIdentity:
    """The project and the server that a plan is made for; it is not valid for any other.

    `config` is the path of the config file, relative to the root of the repository.
    """

    name: str
    base_url: str
    project_id: str | None = None
    config: str = ROOT_CONFIGS[0]

    @property
    def snapshot_ref(self) -> str:
        """Return the git ref of the target's snapshots: one per config file and target."""
        return make_snapshot_ref(self.name, self.config)

    @property
    def digest(self) -> str:
        """Return a short hash that no other target has."""
        return shorten_hash([self.name, self.base_url, self.project_id, self.config], digits=16)


def shorten_hash(value: object, *, digits: int = 8) -> str:
    """Return the first digits of the hash of a value that JSON can write."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:digits]


_MAX_REF_PART = 200


def make_snapshot_ref(target: str, config: str = ROOT_CONFIGS[0]) -> str:
    """Return the git ref of a target's snapshots.

    The path of the config file follows after `@`, unless it is the one in the root of the
    repository. No target's name contains `@`, and no file is inside another one, so git can have
    all these refs at once.

    >>> make_snapshot_ref("production"), make_snapshot_ref("production", "teams/a/config.yaml")
    ('refs/description-sync/production', 'refs/description-sync/production@teams/a/config.yaml')
    """
    ref = f"refs/description-sync/{percent_encode(target, r'[^A-Za-z0-9_-]')}"
    if config in ROOT_CONFIGS:
        return ref
    return f"{ref}@{'/'.join(map(_encode_ref_part, config.split('/')))}"


def _encode_ref_part(name: str) -> str:
    """Encode one part of a path as git allows it in a ref; shorten what no file system can hold."""
    encoded = percent_encode(name, r"^\.|\.(?=\.|$)|\.(?=lock$)|[^A-Za-z0-9._-]")
    return shorten_file_name(encoded, of=name)


def shorten_file_name(encoded: str, *, of: str) -> str:
    """Return what stands for `of` in the name of a file, with a hash in place of a long end."""
    if len(encoded) <= _MAX_REF_PART:
        return encoded
    return f"{encoded[:100]}-{hashlib.sha256(of.encode()).hexdigest()[:16]}"


def percent_encode(text: str, pattern: str) -> str:
    """Replace what the pattern finds by `%` and the hex of its bytes in UTF-8."""
    return re.sub(
        pattern, lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), text
    )
