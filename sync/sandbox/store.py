"""The store of the sandbox: models, assets and texts in one SQLite file.

Several processes can share the file.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from sync.errors import SyncError
from sync.sandbox.schema import StoredAsset, StoredModel
from sync.sandbox.seed import Seed, read_seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TextField: TypeAlias = Literal["description", "prompt_guide"]
ShapeT = TypeVar("ShapeT", StoredModel, StoredAsset)

_VERSION = 1
_TABLES = """
CREATE TABLE project (id TEXT);
CREATE TABLE model (
    position INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, shape TEXT NOT NULL,
    description TEXT, prompt_guide TEXT
);
CREATE TABLE asset (id TEXT PRIMARY KEY, shape TEXT NOT NULL);
"""
_READ_TEXT = {
    "description": "SELECT description FROM model WHERE id = ?",
    "prompt_guide": "SELECT prompt_guide FROM model WHERE id = ?",
}
_WRITE_TEXT = {
    "description": "UPDATE model SET description = ? WHERE id = ?",
    "prompt_guide": "UPDATE model SET prompt_guide = ? WHERE id = ?",
}


class Store:
    """The content of one simulated project; a new file is filled with the seed.

    `path` may be `:memory:`. Raises SyncError if the file is not a store of this version.
    """

    def __init__(self, path: Path | str, *, seed: Seed | None = None) -> None:
        self.path = path
        with _translate_errors(path), ExitStack() as undo:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = _connect(path)
            undo.callback(self._db.close)
            self._initialize(seed)
            undo.pop_all()

    def close(self) -> None:
        self._db.close()

    def reset(self, seed: Seed | None = None) -> None:
        """Delete everything and fill the store with the seed; other processes see it at once."""
        seed = seed or read_seed()
        with self._transaction():
            for table in ("project", "model", "asset"):
                self._db.execute(f"DROP TABLE {table}")
            self._fill_with_seed(seed)

    @property
    def project(self) -> str | None:
        """Return the only project id that this store serves; None if it serves any project."""
        ((project,),) = self._db.execute("SELECT id FROM project")
        return str(project) if project is not None else None

    # --- models and assets -----------------------------------------------------------------------

    def list_models_after(self, position: int) -> Iterator[tuple[int, StoredModel]]:
        """Yield the models after the given position, with their positions, oldest first."""
        rows = self._db.execute(
            "SELECT position, shape FROM model WHERE position > ? ORDER BY position", (position,)
        )
        return ((position, StoredModel.model_validate_json(shape)) for position, shape in rows)

    def find_models(self, ids: Sequence[str]) -> list[StoredModel]:
        """Return the models with these ids, in this order; leave out unknown ids."""
        return self._load_records("SELECT shape FROM model WHERE id = ?", ids, of=StoredModel)

    def find_assets(self, ids: Sequence[str]) -> list[StoredAsset]:
        """Return the assets with these ids, in this order; leave out unknown ids."""
        return self._load_records("SELECT shape FROM asset WHERE id = ?", ids, of=StoredAsset)

    def _load_records(self, query: str, ids: Sequence[str], *, of: type[ShapeT]) -> list[ShapeT]:
        rows = (self._db.execute(query, (each,)).fetchone() for each in dict.fromkeys(ids))
        return [of.model_validate_json(row[0]) for row in rows if row]

    # --- texts -----------------------------------------------------------------------------------

    def read_text(self, model: str, field: TextField = "description") -> str | None:
        """Return the text exactly as it was written; None if there is no text or no such model."""
        row = self._db.execute(_READ_TEXT[field], (model,)).fetchone()
        return row[0] if row else None

    def write_text(self, model: str, text: str | None, *, field: TextField = "description") -> None:
        self._db.execute(_WRITE_TEXT[field], (text, model))

    def touch_model(self, model: str, time: str) -> None:
        """Set the time at which the model was updated last."""
        for stored in self.find_models([model]):
            shape = stored.model_copy(update={"updated_at": time}).model_dump_json()
            self._db.execute("UPDATE model SET shape = ? WHERE id = ?", (shape, model))

    def list_descriptions(self) -> dict[str, str]:
        """Return all descriptions by model id."""
        return dict(
            self._db.execute("SELECT id, description FROM model WHERE description IS NOT NULL")
        )

    # --- the file --------------------------------------------------------------------------------

    def _initialize(self, seed: Seed | None) -> None:
        self._check_is_store()
        # The file stores the mode: the first process sets it, and the others wait for that.
        self._db.execute("PRAGMA journal_mode = WAL")
        with self._transaction():
            if self._read_version() == 0:
                self._fill_with_seed(seed or read_seed())
        if self._read_version() != _VERSION:
            raise SyncError(
                f"{self.path}: this store was made by another version of the sandbox.",
                hint=f"Delete {self.path}: the next run makes a fresh one.",
            )

    def _check_is_store(self) -> None:
        ((tables,),) = self._db.execute("SELECT count(*) FROM sqlite_master")
        if tables and self._read_version() == 0:
            raise SyncError(
                f"{self.path} is a database of something else.", hint="Name another file."
            )

    def _read_version(self) -> int:
        ((version,),) = self._db.execute("PRAGMA user_version")
        return int(version)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:
            yield

    def _fill_with_seed(self, seed: Seed) -> None:
        for statement in _TABLES.split(";"):
            self._db.execute(statement)
        self._db.execute("INSERT INTO project VALUES (?)", (seed.project,))
        self._db.executemany(
            "INSERT INTO model (id, shape, description, prompt_guide) VALUES (?, ?, ?, ?)",
            (
                (each.id, each.model_dump_json(), each.description, each.prompt_guide)
                for each in seed.models.values()
            ),
        )
        self._db.executemany(
            "INSERT INTO asset VALUES (?, ?)",
            ((each.id, each.model_dump_json()) for each in seed.assets.values()),
        )
        self._db.execute(f"PRAGMA user_version = {_VERSION}")


def _connect(path: Path | str) -> sqlite3.Connection:
    """Open a connection in autocommit mode; SQLite serialises the threads that share it."""
    return sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)


@contextmanager
def _translate_errors(path: Path | str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise SyncError(f"{path}: the sandbox's store cannot be opened: {error}") from error
