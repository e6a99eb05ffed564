"""Names of models and assets that stand for ids of one target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from sync.model.document import Reference, ReferenceKind


@dataclass(frozen=True, slots=True)
class Aliases:
    """The aliases of one target: its name, and the ids that names in files stand for.

    `names_elsewhere` are the names that other targets have, `models_elsewhere` the models
    that only their names stand for: the target and the name of each, by id.
    """

    target: str
    models: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    names_elsewhere: AbstractSet[tuple[ReferenceKind, str]] = field(
        default=frozenset(), repr=False, compare=False
    )

    models_elsewhere: Mapping[str, tuple[str, str]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def get_model_id(self, name: str) -> str:
        """Return the id of the model that a file names."""
        return self.models.get(name, name)

    def get_ids(self, kind: ReferenceKind) -> Mapping[str, str]:
        """Return the ids of a kind by name."""
        return self.models if kind == "model" else self.assets

    def is_known_elsewhere(self, reference: Reference) -> bool:
        """Return True if another target has the name that the reference uses."""
        return (reference.kind, reference.id.removeprefix("@")) in self.names_elsewhere

    def resolve_reference(self, reference: Reference) -> str | None:
        """Return the id that a reference stands for; None for an unknown alias."""
        if not reference.id.startswith("@"):
            return reference.id
        return self.get_ids(reference.kind).get(reference.id.removeprefix("@"))
