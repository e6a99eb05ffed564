"""What a fresh sandbox holds, read from a YAML or JSON file.

    project: proj_…                      # optional: the one project that this sandbox serves
    models: {ID: {name, type, privacy, description, …}}
    assets: {ID: {kind, mimeType, …}}

Keys are the API's own field names; whatever is left out gets a plausible value.
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from sync.errors import UsageError
from sync.sandbox.shapes import Asset, Model
from sync.yaml import Loader

STUDIO = Path(__file__).with_name("seed.yaml")
"""A game studio's project: the seed of a sandbox that is told nothing else."""


class Seed(BaseModel):
    """Models and assets by id; without a project, any project that asks is the right one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str | None = None
    models: dict[str, Model] = {}
    assets: dict[str, Asset] = {}

    @field_validator("models", "assets", mode="before")
    @classmethod
    def _with_ids(cls, entries: object) -> object:
        """Entries know their ids; an entry that says nothing is all plausible values."""
        if not isinstance(entries, dict):
            return {} if entries is None else entries
        return {
            key: _with_id(key, {} if entry is None else entry) for key, entry in entries.items()
        }


def read_seed(path: Path = STUDIO) -> Seed:
    """The seed in a file; raises UsageError naming the file and every key at fault."""
    try:
        return Seed.model_validate(_entries(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise UsageError(f"{path}: the seed cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the seed is neither YAML nor JSON: {error}") from error
    except ValidationError as error:
        faults = (f"{path}: {_at(each['loc'])}: {each['msg']}" for each in error.errors())
        raise UsageError("\n".join(faults)) from error


def _entries(text: str) -> object:
    """What the text says; YAML reads most JSON, but neither its tabs nor its surrogate pairs."""
    try:
        return json.loads(text)
    except ValueError:
        return yaml.load(text, Loader)  # noqa: S506  # it is the safe loader, or its C twin


def _with_id(key: object, entry: object) -> object:
    return {"id": key, **entry} if isinstance(entry, dict) else entry


def _at(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the file"
