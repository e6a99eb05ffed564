"""Check targets: git, the server, and its changes to texts that are sent to a scratch model."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from sync.abandonment import run_in_thread
from sync.decisions.doctor import (
    NOT_TRIED,
    Checkup,
    ServerFacts,
    judge_git,
    judge_refusal,
    judge_server,
)
from sync.decisions.doctor_verdict import Verdict
from sync.errors import SyncError, is_key_refused
from sync.git.facts import collect_git_facts
from sync.operations.doctor_runs import check_last_run, check_next_apply
from sync.operations.doctor_trials import try_texts
from sync.workspace.lock import is_locked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.operations.events import Events, Stop
    from sync.scenario import Notice
    from sync.workspace.workspace import Target


async def check_targets(
    targets: Sequence[Target], model: str | None, *, events: Events, stop: Stop
) -> list[Checkup]:
    """Check targets side by side; texts are sent only if `model` names a scratch model.

    `stop` ends the trials in order: the model's own text is restored.
    """
    return await asyncio.gather(
        *(_check_target(each, model, events=events, stop=stop) for each in targets)
    )


async def _check_target(
    target: Target, model: str | None, *, events: Events, stop: Stop
) -> Checkup:
    verdicts = [*await run_in_thread(_check_git, target), *check_last_run(target)]
    try:
        verdicts += await _check_server(target)
    except SyncError as error:
        key = target.config.credentials.api_key_env
        verdicts.append(judge_refusal(error, target.identity, key=key))
        untried = [NOT_TRIED] if model else []
        return Checkup(target.identity, [*verdicts, *untried], key_refused=is_key_refused(error))
    has_failed = any(verdict.level == "fail" for verdict in verdicts)
    verdicts += [] if has_failed else await check_next_apply(target, events=events)
    if model is None:
        return Checkup(target.identity, verdicts)
    if has_failed:
        return Checkup(target.identity, [*verdicts, NOT_TRIED])
    try:
        tries = await try_texts(target, model, events=events, stop=stop)
    except SyncError as error:
        verdicts.append(Verdict("scratch model", "fail", error.message, error.hint))
        return Checkup(target.identity, verdicts, key_refused=is_key_refused(error))
    return Checkup(
        target.identity,
        [*verdicts, *tries.verdicts],
        trials=tries.results,
        interrupted=tries.interrupted,
        key_refused=tries.key_refused,
    )


def _check_git(chosen: Target) -> list[Verdict]:
    workspace, target = chosen.workspace, chosen.config
    unfit = []
    try:
        locked = is_locked(workspace.repository, chosen.identity)
    except SyncError as error:
        locked = False
        unfit = [Verdict("lock", "fail", error.message, error.hint)]
    facts = collect_git_facts(
        workspace.repository,
        chosen.identity,
        deploy_branch=target.deploy_branch,
        remote=workspace.config.get_push_remote(target),
        locked=locked,
    )
    return [*judge_git(facts), *unfit]


async def _check_server(target: Target) -> list[Verdict]:
    """Check the server by a probe of the project and one read; a failed request is retried once.

    Raises SyncError if the project does not answer the probe.
    """
    impatient = replace(target, config=target.config.model_copy(update={"retries": 1}))
    notices: list[Notice] = []
    async with impatient.connect(notices.append) as scenario:
        seen = await scenario.probe()
        missing = Counter(seen.missing_fields)
        read = None
        if seen.model:
            state, lacking = await scenario.inspect(seen.model)
            read = (seen.model, state)
            missing.update(lacking)
    facts = ServerFacts(
        seconds=seen.seconds,
        skew=seen.skew,
        limits=seen.limits,
        rejections=sum(notice.kind == "rejected" for notice in notices),
        requests_per_minute=scenario.server.requests_per_minute,
        needs_key=scenario.server.credentials is not None,
        read=read,
        missing_fields=missing,
    )
    return list(judge_server(facts, target.identity))
