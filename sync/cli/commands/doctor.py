"""`doctor`: what is well with a target and what is not, and how its server treats texts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sync.checkup import (
    NOT_TRIED,
    Checkup,
    ServerFacts,
    Verdict,
    git_verdicts,
    refusal,
    server_verdicts,
)
from sync.cli import exits
from sync.cli.lock import is_locked
from sync.cli.options import FORMATS, Command, Settings, complete_model, format_option
from sync.cli.output import is_interactive, report
from sync.cli.progress import progress
from sync.cli.showing import listed
from sync.cli.trying import try_texts
from sync.cli.workspace import open_workspace
from sync.errors import SyncError, UsageError
from sync.git import observe
from sync.reports.checkup import checkup_as_json, checkup_listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.cli.options import Format
    from sync.cli.progress import Progress
    from sync.cli.workspace import Chosen
    from sync.scenario import Notice


@click.command(cls=Command)
@click.option(
    "--model",
    metavar="ID",
    help="Also send texts to this scratch model, to see what becomes of them.",
    shell_complete=complete_model,
)
@click.option("--yes", is_flag=True, help="Do not ask before writing to the scratch model.")
@format_option(*FORMATS)
@click.pass_obj
def command(settings: Settings, model: str | None, yes: bool, report_format: Format) -> int:
    """Check credentials, project, clock, permissions, rate and git, and say what to do.

    Nothing is written, unless --model names a scratch model: texts with trailing spaces, CRLF,
    HTML, odd Unicode and great lengths are sent there, to see how the server treats them. Its own
    text is kept on the snapshot ref first, and put back afterwards, interrupted or not. Exits 1
    where something fails; warnings are no failure.

    \b
    description-sync doctor
    description-sync doctor --target production --format json
    description-sync doctor --model model_scratch
    """
    workspace = open_workspace(settings)
    targets = workspace.targets()
    if model:
        chosen = workspace.only_target("a scratch model belongs to one target")
        if not yes:
            _ask(model, chosen)
    shown = progress(quiet=settings.quiet)
    checkups = asyncio.run(_check_all(targets, model, progress=shown))
    report(
        listed(report_format, checkups, settings, listing=checkup_listing, document=checkup_as_json)
    )
    return exits.worst(map(_exit_code, checkups))


def _ask(model: str, chosen: Chosen) -> None:
    if not is_interactive():
        raise UsageError(
            "there is no terminal to ask on", hint="Pass --yes to try texts without a question."
        )
    question = f"Send texts to {model} of {chosen.name}, and put its own text back afterwards?"
    if not click.confirm(question, err=True):
        raise SyncError("not agreed to: nothing was written")


def _exit_code(checkup: Checkup) -> int:
    if checkup.interrupted:
        return exits.INTERRUPTED
    return exits.FAILED if checkup.count("fail") else exits.DONE


# --- one target ----------------------------------------------------------------------------------


async def _check_all(
    targets: Sequence[Chosen], model: str | None, *, progress: Progress
) -> list[Checkup]:
    return await asyncio.gather(*(_check(each, model, progress=progress) for each in targets))


async def _check(chosen: Chosen, model: str | None, *, progress: Progress) -> Checkup:
    verdicts = [*_of_git(chosen), *await _of_server(chosen)]
    if model is None:
        return Checkup(chosen.identity, verdicts)
    if any(verdict.level == "fail" for verdict in verdicts):
        return Checkup(chosen.identity, [*verdicts, NOT_TRIED])
    try:
        tries = await try_texts(chosen, model, progress=progress)
    except SyncError as error:
        verdicts.append(Verdict("scratch model", "fail", error.message, error.hint))
        return Checkup(chosen.identity, verdicts)
    return Checkup(chosen.identity, [*verdicts, *tries.verdicts], interrupted=tries.interrupted)


def _of_git(chosen: Chosen) -> list[Verdict]:
    workspace, target = chosen.workspace, chosen.target
    unfit = []
    try:
        locked = is_locked(workspace.repository, chosen.name)
    except SyncError as error:
        locked = False
        unfit = [Verdict("lock", "fail", error.message, error.hint)]
    facts = observe(
        workspace.repository,
        chosen.name,
        deploy_branch=target.deploy_branch,
        remote=workspace.config.push_remote(target),
        locked=locked,
    )
    return [*git_verdicts(facts), *unfit]


async def _of_server(chosen: Chosen) -> list[Verdict]:
    """What one look at the project shows; it is tried again once at most."""
    impatient = replace(chosen, target=chosen.target.model_copy(update={"retries": 1}))
    notices: list[Notice] = []
    try:
        async with impatient.connect(notices.append) as scenario:
            seen = await scenario.look()
            read = (seen.model, await scenario.retrieve(seen.model)) if seen.model else None
    except SyncError as error:
        key = chosen.target.credentials.api_key_env
        return [refusal(error, chosen.identity, key=key)]
    facts = ServerFacts(
        seconds=seen.seconds,
        skew=seen.skew,
        limits=seen.limits,
        rejections=sum(notice.kind == "rejected" for notice in notices),
        requests_per_minute=scenario.server.requests_per_minute,
        needs_key=scenario.server.credentials is not None,
        read=read,
    )
    return list(server_verdicts(facts, chosen.identity))
