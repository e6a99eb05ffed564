"""`comment`: keep one comment on a pull request, or one issue, that has a report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli.exit_codes import DONE
from sync.cli.options import Command
from sync.cli.output import print_info
from sync.counts import shorten_commit
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--repository",
    metavar="NAME",
    help="Use this repository: OWNER/NAME, or GitLab's id or path [default: that of the CI job].",
)
@click.option(
    "--number",
    type=click.IntRange(min=1),
    help="Use this pull or merge request [default: that of the CI job].",
)
@click.option(
    "--commit",
    metavar="ID",
    help="Use the pull or merge request that was merged with this commit, if there is one.",
)
@click.option(
    "--page", metavar="URL", help="Link this page, the report as readers will see it, at the top."
)
@click.option(
    "--issue",
    is_flag=True,
    help="Keep one issue instead of a comment: open, update or close it.",
)
@click.option("--title", metavar="TEXT", help="Give the issue this title [default: the target].")
@click.pass_obj
def command(
    global_options: GlobalOptions,
    file: Path,
    repository: str | None,
    number: int | None,
    commit: str | None,
    page: str | None,
    issue: bool,
    title: str | None,
) -> int:
    """Post a Markdown report as a pull request comment (updates the existing one).

    FILE is a report written by `--report markdown=FILE`. Each target has one comment, which is
    found again and updated; other comments are never changed. If nothing changes, no comment is
    created. A report that is too long for the server is shortened.

    With --issue, the report is kept in one issue of its target. The issue is opened if the report
    has news. Later reports update it; one in which nothing differs closes it. If a person closed
    it, another one is opened only for other differences.

    In CI the pull request is found automatically. The token is GITHUB_TOKEN or GITLAB_TOKEN.

    \b
    Examples:
      description-sync plan --since origin/main --report markdown=plan.md
      description-sync comment plan.md
      description-sync comment run.md --commit "$GITHUB_SHA"
      description-sync comment drift.md --issue
      description-sync comment plan.md --repository studio/descriptions --number 7
    """
    from sync.forge.detect_forge import detect_forge, detect_tracker
    from sync.forge.post_report import post_comment, post_issue
    from sync.reports.comment import parse_markdown_report
    from sync.workspace.named_file import read_named_text
    from sync.workspace.workspace import choose_sleep

    hint = f"`description-sync plan --report markdown={file}` writes such a file."
    text = read_named_text(file, kind="a report", hint=hint)
    report = parse_markdown_report(text, path=str(file))
    report = report.link_page(page) if page else report
    sleep = choose_sleep()
    if issue and (number or commit):
        raise UsageError(
            "--issue finds its issue by itself", hint="Leave out --number and --commit."
        )
    if commit and not number:
        number = detect_tracker(os.environ, repository).find_pull_request(commit)
        if number is None:
            print_info(f"no pull request brought {shorten_commit(commit)}: nothing was posted")
            return DONE
    if title and not issue:
        raise UsageError("--title is for an issue", hint="Pass --issue, too.")
    if issue:
        tracker = detect_tracker(os.environ, repository)
        words = title or f"Descriptions differ from Scenario: {report.title}"
        done = post_issue(tracker, report, title=words, sleep=sleep)
    else:
        forge = detect_forge(os.environ, repository, number=number)
        done = post_comment(forge, report, sleep=sleep)
    if not global_options.quiet:
        reason = ": somebody closed it, and nothing else differs" if done == "left closed" else ""
        print_info(f"{'issue' if issue else 'comment'} {done}{reason}")
    return DONE
