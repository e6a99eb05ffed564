"""The interface of all sources of desired texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.decisions.desired import DesiredSelection, DesiredState
    from sync.decisions.drift import GitKnowledge, Policy
    from sync.decisions.map import RemoteModel
    from sync.model.remote_text import RemoteState
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target


class TextSource(Protocol):
    """The source of one target's desired texts, with the texts to compare them with."""

    @property
    def target(self) -> Target:
        """Return the target that the texts are for."""

    @property
    def session(self) -> Session | None:
        """Return the open session; None if the source sends no requests."""

    @property
    def policy(self) -> Policy:
        """Return the policy from config.yaml and the command line."""

    async def read_desired(self) -> DesiredSelection:
        """Read the desired texts. Raises UsageError if the selection does not fit."""

    async def retrieve_remote(self, desired: DesiredSelection) -> Mapping[str, RemoteState]:
        """Return the remote state of each model that the plan needs. Raises AbortRunError."""

    async def list_models(self) -> list[RemoteModel]:
        """List the models of the project, to suggest one for a model that does not exist.

        Returns an empty list if they are unknown. Costs requests.
        """

    def look_up_in_git(
        self, desired: DesiredState, remote: Mapping[str, RemoteState]
    ) -> GitKnowledge:
        """Return the knowledge of git about the remote texts that would be replaced."""
