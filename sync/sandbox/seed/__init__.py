"""The initial content of a sandbox, read from a YAML or JSON file.

    project: proj_…                      # optional: the one project that this sandbox serves
    models: {ID: {name, type, privacy, description, …}}
    assets: {ID: {kind, mimeType, …}}

Keys are the field names of the API. Missing fields get plausible values.
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from sync.config.yaml import Loader
from sync.errors import UsageError
from sync.sandbox.schema import StoredAsset, StoredModel

STUDIO_SEED = Path(__file__).with_name("seed.yaml")
"""The default seed: the project of a game studio."""


class Seed(BaseModel):
    """The models and assets of a seed, by id; if `project` is None, any project id is accepted."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    project: str | None = None
    models: dict[str, StoredModel] = {}
    assets: dict[str, StoredAsset] = {}

    @field_validator("models", "assets", mode="before")
    @classmethod
    def _add_ids(cls, entries: object) -> object:
        """Add its id to each entry; an empty entry gets plausible values only."""
        if not isinstance(entries, dict):
            return {} if entries is None else entries
        return {key: _add_id(key, {} if entry is None else entry) for key, entry in entries.items()}


def read_seed(path: Path = STUDIO_SEED) -> Seed:
    """Read a seed from a file; raise UsageError, which names the file and every wrong key."""
    try:
        return Seed.model_validate(_parse_entries(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise UsageError(f"{path}: the seed cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the seed is neither YAML nor JSON: {error}") from error
    except ValidationError as error:
        faults = (
            f"{path}: {_format_location(each['loc'])}: {each['msg']}" for each in error.errors()
        )
        raise UsageError("\n".join(faults)) from error


def _parse_entries(text: str) -> object:
    """Parse the text as JSON, or else as YAML.

    JSON is tried first, because YAML does not accept the tabs and surrogate pairs of JSON.
    """
    try:
        return json.loads(text)
    except ValueError:
        return yaml.load(text, Loader)  # noqa: S506  # Loader is the safe loader, or its C version


def _add_id(key: object, entry: object) -> object:
    return {"id": key, **entry} if isinstance(entry, dict) else entry


def _format_location(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the file"
