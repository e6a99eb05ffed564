"""Commit drift to a branch, and keep one pull request for it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sync.abandonment import run_in_thread
from sync.decisions.pull import (
    ConflictedFile,
    CreatedFile,
    MergedFile,
    Proposal,
    PullRun,
    UpdatedFile,
)
from sync.forge.post_report import retry_busy
from sync.forge.tickets import TicketDraft, is_same_text
from sync.git import (
    fetch_branch,
    has_same_changes,
    list_commits_without_trailer,
    push_branch,
    write_commits,
)
from sync.git.facts import find_default_branch
from sync.operations.plan import note_failed_exchange
from sync.operations.pull.branch import make_commits
from sync.operations.pull.pull import (
    LOCK_TIMEOUT,
    decide_selected_files,
    record_pull,
    sort_pulled_files,
)
from sync.operations.sessions import open_session
from sync.operations.sources.files import read_files
from sync.reports.propose import (
    ProposalMarker,
    format_proposal_text,
    format_proposal_title,
    hash_edits,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.decisions.desired import SourceFiles
    from sync.decisions.pull import ChangedFile, ProposalAction, PullOutcome
    from sync.forge.tickets import Ticket, Tracker
    from sync.operations.events import Events
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target

TRAILER = "Proposed-By"
_TRAILERS = f"{TRAILER}: description-sync\n"


@dataclass(frozen=True, slots=True)
class ProposalPlace:
    """The place of a proposal: a branch of a git remote, and the branch to merge it into.

    An empty `branch` or `base` stands for `description-sync-edits/TARGET` and the default branch.
    """

    remote: str = "origin"
    branch: str = ""
    base: str = ""


async def propose(  # noqa: PLR0913 - what, where, and who is told
    target: Target,
    selection: Selection,
    *,
    place: ProposalPlace,
    tracker: Tracker,
    events: Events,
    sleep: Callable[[float], None] = time.sleep,
) -> PullRun:
    """Commit the drift of a target to a branch, and open, update or close its pull request.

    The branch starts at HEAD. If others committed to it, the run adds its commits to theirs. Raises
    UsageError, GitError, ForgeError and ScenarioError.
    """
    repository = target.workspace.repository
    place = replace(
        place,
        branch=place.branch or f"description-sync-edits/{target.name}",
        base=place.base or find_default_branch(repository),
    )
    async with open_session(target, events=events, lock_timeout=LOCK_TIMEOUT) as session:
        head = repository.resolve_commit("HEAD")
        files, decided = await _decide(session, selection, head)
        remote_tip = await run_in_thread(fetch_branch, repository, place.remote, place.branch)
        work = _ProposingRun(
            session=session,
            place=place,
            tracker=tracker,
            sleep=sleep,
            head=head,
            remote_tip=remote_tip,
        )
        run = await run_in_thread(work.close_or_decline, decided)
        if run is None and work.has_commits_of_others():
            files, decided = await _decide(session, selection, remote_tip or head)
        if run is None:
            run = await run_in_thread(work.push_and_open, files, decided)
        await session.push_snapshots()
        return run


async def _decide(
    session: Session, selection: Selection, commit: str
) -> tuple[SourceFiles, list[PullOutcome]]:
    files = read_files(session.target.workspace, replace(selection, commit=commit))
    return files, await decide_selected_files(session, selection, files=files, dirty=())


def _list_changed_files(files: Sequence[PullOutcome]) -> list[ChangedFile]:
    kinds = CreatedFile | UpdatedFile | MergedFile | ConflictedFile
    return sort_pulled_files(file for file in files if isinstance(file, kinds))


@dataclass(slots=True, eq=False, kw_only=True)
class _ProposingRun:
    """One run of `propose`: `remote_tip` is the commit of the branch on the remote, or None.

    `edits` are the files that differ from HEAD, `ours` the pull requests of earlier runs.
    """

    session: Session
    place: ProposalPlace
    tracker: Tracker
    sleep: Callable[[float], None]
    head: str
    remote_tip: str | None
    edits: list[ChangedFile] = field(default_factory=list)
    ours: list[tuple[Ticket, ProposalMarker]] = field(default_factory=list)

    @property
    def open(self) -> tuple[Ticket, ProposalMarker] | None:
        """Return the open pull request of ours."""
        return next((each for each in self.ours if each[0].is_open), None)

    def close_or_decline(self, decided: Sequence[PullOutcome]) -> PullRun | None:
        """Close the pull request if no drift is left; return None if edits are to be proposed.

        Edits that a person refused by closing the pull request are not proposed again.
        """
        self.edits = _list_changed_files(decided)
        self.ours = retry_busy(self.sleep)(self._find_ours)
        if not self.edits:
            return self._finish(decided, retry_busy(self.sleep)(self._close))
        refused = next((each for each in self.ours if not each[0].is_merged), None)
        if refused and not refused[0].is_open and hash_edits(self.edits) <= refused[1].edits:
            return self._finish(decided, self._describe("declined", refused[0]))
        return None

    def has_commits_of_others(self) -> bool:
        """Return True if anybody else committed to the branch."""
        if self.remote_tip is None:
            return False
        if self.open and self.open[1].tip not in {"-", self.remote_tip}:
            return True
        return bool(
            list_commits_without_trailer(
                self.session.target.workspace.repository,
                self.remote_tip,
                base=self.head,
                trailer=TRAILER,
            )
        )

    def push_and_open(self, files: SourceFiles, decided: Sequence[PullOutcome]) -> PullRun:
        """Push new commits, and open or update the pull request."""
        pushed = self._push(files, decided)
        tip = pushed or (self.open[1].tip if self.open else self.remote_tip) or "-"
        proposal = retry_busy(self.sleep)(self._open_or_update, tip)
        return self._finish(decided, proposal, commit=pushed or self.remote_tip)

    # --- the branch ---

    def _push(self, files: SourceFiles, decided: Sequence[PullOutcome]) -> str | None:
        """Push the commits; return the new tip, None if the branch has everything."""
        repository = self.session.target.workspace.repository
        commits = make_commits(self.session.target, decided, trailers=_TRAILERS)
        if not commits:
            return None
        start = files.source.commit or self.head
        tip = write_commits(repository, start, commits)
        if self.remote_tip and has_same_changes(repository, self.remote_tip, tip, base=self.head):
            return None
        push_branch(
            repository, self.place.remote, self.place.branch, commit=tip, replacing=self.remote_tip
        )
        record_pull(self.session, decided, files=files)
        return tip

    # --- the pull request ---

    def _find_ours(self) -> list[tuple[Ticket, ProposalMarker]]:
        target = self.session.target.identity.digest
        found = [
            (ticket, marker)
            for ticket in self.tracker.list_pull_requests(self.place.branch)
            if (marker := ProposalMarker.parse(ticket.text)) and marker.target == target
        ]
        return sorted(found, key=lambda each: each[0].number, reverse=True)

    def _open_or_update(self, tip: str) -> Proposal:
        self.ours = self._find_ours()  # an attempt whose answer was lost may have made it
        identity = self.session.target.identity
        marker = ProposalMarker(identity.digest, hash_edits(self.edits), tip)
        draft = TicketDraft(
            format_proposal_title(identity, self.edits),
            format_proposal_text(identity, self.edits, marker),
            self.place.branch,
            self.place.base,
        )
        if self.open is None:
            return self._describe("opened", self.tracker.create_ticket("pull request", draft))
        ticket, _ = self.open
        if is_same_text(ticket.text, draft.text) and ticket.title == draft.title:
            return self._describe("unchanged", ticket)
        self.tracker.update_ticket("pull request", ticket, draft)
        return self._describe("updated", ticket)

    def _close(self) -> Proposal:
        """Close the pull request, unless others committed to its branch."""
        self.ours = self._find_ours()
        if self.open is None:
            return Proposal("not_needed", self.tracker.noun)
        if self.has_commits_of_others():
            return self._describe("left_open", self.open[0])
        ticket, marker = self.open
        draft = TicketDraft(ticket.title, marker.forget_edits(ticket.text))
        self.tracker.update_ticket("pull request", ticket, draft)
        self.tracker.close_ticket("pull request", ticket)
        return self._describe("closed", ticket)

    def _finish(
        self, decided: Sequence[PullOutcome], proposal: Proposal, *, commit: str | None = None
    ) -> PullRun:
        target = self.session.target
        return PullRun(
            target.identity,
            target.workspace.folder,
            sort_pulled_files(decided),
            branch=self.place.branch if commit else None,
            commit=commit,
            notes=note_failed_exchange(self.session),
            proposal=proposal,
        )

    def _describe(self, action: ProposalAction, ticket: Ticket) -> Proposal:
        return Proposal(action, self.tracker.noun, ticket.number, ticket.url)
