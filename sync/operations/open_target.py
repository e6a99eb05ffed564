"""One target for programs: make plans and apply them, without a terminal."""

from __future__ import annotations

from contextlib import asynccontextmanager
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sync.decisions.limits import Overrides
from sync.errors import RefusedError
from sync.operations.apply import ApplyOptions, RunCallbacks, apply_plans, resume_plan
from sync.operations.events import Events, Stop
from sync.operations.log_runs import log_failure, log_runs
from sync.operations.plan import choose_source, make_plan
from sync.operations.saved_plan import check_plan_target
from sync.operations.selection import Selection
from sync.operations.sessions import open_session
from sync.operations.sources.files import read_files
from sync.operations.sources.snapshot import read_recorded_run
from sync.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
    from os import PathLike
    from typing import TypeAlias

    from sync.model.changes import DriftPolicy
    from sync.model.plan import Plan
    from sync.model.run import Run
    from sync.operations.apply import PlannedRun
    from sync.operations.sessions import Session

    ConfirmPlan: TypeAlias = Callable[[Plan], bool | Awaitable[bool]]


@asynccontextmanager
async def open_target(
    config: str | PathLike[str] | None = None,
    name: str | None = None,
    *,
    events: Events | None = None,
) -> AsyncIterator[OpenTarget]:
    """Connect to a target of config.yaml during the context.

    Without `config`, config.yaml is searched from the working directory upwards; without `name`,
    the default target is used. `events` receives progress and warnings. Raises ConfigError,
    UsageError and GitError.
    """
    workspace = open_workspace(Path(config) if config else None, (name,) if name else ())
    target = workspace.get_only_target("one target can be opened at a time")
    async with open_session(target, events=events or Events()) as session:
        yield OpenTarget(session)


class OpenTarget:
    """A connected target; `open_target` creates it. Every method raises SyncError."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def name(self) -> str:
        return self._session.name

    async def plan(  # noqa: PLR0913 - the options of the command `plan`, each with its default
        self,
        *,
        paths: Iterable[str | PathLike[str]] = (),
        models: Iterable[str] = (),
        since: str | None = None,
        commit: str | None = None,
        from_target: str | None = None,
        on_drift: DriftPolicy | None = None,
        unmanaged: bool = False,
        allow_older: bool = False,
        resume: bool = False,
    ) -> Plan:
        """Make a plan; nothing is written. The arguments are those of the command `plan`."""
        selection = Selection(
            paths=tuple(map(str, paths)),
            models=tuple(models),
            since=since,
            commit=commit,
            from_target=from_target,
            on_drift=on_drift,
            unmanaged=unmanaged,
            allow_older=allow_older,
            resume=resume,
        )
        files = read_files(self._session.target.workspace, selection)
        return await make_plan(choose_source(self._session, selection, files))

    async def plan_rollback(
        self,
        run: str | None = None,
        *,
        models: Iterable[str] = (),
        on_drift: DriftPolicy = "block",
    ) -> Plan:
        """Make a plan that restores the texts that a run replaced; by default the last run."""
        selection = Selection(models=tuple(models), on_drift=on_drift)
        return await make_plan(read_recorded_run(self._session, run, selection))

    async def apply(  # noqa: PLR0913 - the options of the command `apply`, each with its default
        self,
        plan: Plan,
        *,
        confirm: ConfirmPlan | None = None,
        overrides: Overrides | None = None,
        on_error: Literal["continue", "abort"] = "continue",
        lock_timeout: float = 60,
        stop: Stop | None = None,
    ) -> Run:
        """Apply a plan and return its run; refused and failed changes are in `run.outcomes`.

        Before the first write, `confirm` is called with the plan; it returns whether to write, and
        can be a coroutine function. Without it, the plan is written. `overrides` lift limits in
        `plan.violations`. `stop.request()` ends the run in order. Raises DeclinedError,
        LockedError, and RefusedError for a plan of another target or one made offline.
        """
        if plan.offline:
            raise RefusedError("the plan was made without asking the server: it is a preview only")
        check_plan_target(self._session.target, plan)
        options = ApplyOptions(overrides=overrides or Overrides(), on_error=on_error)
        callbacks = RunCallbacks(
            events=self._session.events,
            stop=stop or Stop(),
            confirm=_adapt_confirm(confirm) if confirm else None,
        )
        command = "rollback" if plan.source.kind == "snapshot" else "apply"
        # This plan was made by this program, with options that its caller gave.
        allowed = Selection(
            on_drift=plan.on_drift, allow_older=plan.allow_older, resume=plan.resume
        )
        target = self._session.target
        with log_failure([target], command):
            async with self._session.hold_lock(timeout=lock_timeout):
                planned = await resume_plan(self._session, plan, allowed=allowed)
                runs, _ = await apply_plans([planned], options, callbacks, command=command)
        log_runs([target], runs, (), command=command)
        return runs[0]


def _adapt_confirm(confirm: ConfirmPlan) -> Callable[[Sequence[PlannedRun]], Awaitable[bool]]:
    async def confirm_only_plan(planned: Sequence[PlannedRun]) -> bool:
        answer = confirm(planned[0].plan)
        return await answer if isawaitable(answer) else answer

    return confirm_only_plan
