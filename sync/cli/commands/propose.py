"""`propose`: commit drift to a branch, and keep one pull request for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import FORMATS, Command, build_options, format_option, model_option
from sync.cli.output import print_report

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@model_option
@click.option(
    "--branch",
    default="",
    metavar="NAME",
    help="Push to this branch [default: description-sync-edits/TARGET].",
)
@click.option(
    "--base",
    default="",
    metavar="BRANCH",
    help="Propose for this branch [default: the remote's default branch].",
)
@click.option(
    "--remote",
    default="origin",
    show_default=True,
    metavar="NAME",
    help="Push to this git remote.",
)
@click.option(
    "--repository",
    metavar="NAME",
    help="Use this repository: OWNER/NAME, or GitLab's id or path [default: that of the CI job].",
)
@format_option(*FORMATS)
@click.pass_obj
def command(
    global_options: GlobalOptions, /, repository: str | None, report_format: Format, **given: object
) -> int:
    """Propose texts that were changed outside git as a pull request.

    The edits are merged into the files of HEAD, as by `pull`, and pushed to one branch. Its pull
    or merge request is opened, updated, or closed once no edit is left. Files that both sides
    changed at the same lines get conflict markers on the branch. Commits of others on the branch
    are kept. A request that a person closed is opened again only for other edits.

    No file here changes. The token is GITHUB_TOKEN or GITLAB_TOKEN; git must be able to push.

    \b
    Examples:
      description-sync propose
      description-sync propose --target production --base main
      description-sync propose --repository studio/descriptions --branch edits

    \b
    Exit codes:
      0    done, or nothing to do
      1    failed: network, server or git
      2    the command or config.yaml is wrong
      4    some items failed; the rest is done
      5    some items were refused; the rest is done
      75   another run holds the lock
    """
    import asyncio

    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.forge.detect_forge import detect_tracker
    from sync.operations.propose import ProposalPlace, propose
    from sync.operations.selection import Selection
    from sync.reports.pull import build_pull_report
    from sync.workspace.workspace import choose_sleep

    target = global_options.open_workspace().get_only_target("a proposal is for one target")
    run = asyncio.run(
        propose(
            target,
            build_options(Selection, given),
            place=build_options(ProposalPlace, given),
            tracker=detect_tracker(os.environ, repository),
            events=choose_events(quiet=global_options.quiet),
            sleep=choose_sleep(),
        )
    )
    if not (
        global_options.quiet and run.proposal and run.proposal.action in {"not_needed", "unchanged"}
    ):
        print_report(
            render_table_reports(
                report_format, [run], global_options, build_table=build_pull_report
            )
        )
    if run.summary.get("refused"):
        return exit_codes.REFUSED
    return exit_codes.SOME_FAILED if run.summary.get("failed") else exit_codes.DONE
