"""`comment`: post a report as a comment on a pull request, or update that comment."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli.exit_codes import DONE
from sync.cli.options import Command
from sync.cli.output import print_info
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.cli.settings import Settings


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
@click.pass_obj
def command(settings: Settings, file: Path, repository: str | None, number: int | None) -> int:
    """Post a Markdown report as a pull request comment (updates the existing one).

    FILE is a report written by `--report markdown=FILE`. Each target has one comment, which is
    found again and updated; other comments are never changed. If nothing changes, no comment is
    created. A report that is too long for the server is shortened.

    In CI the pull request is found automatically. The token is GITHUB_TOKEN or GITLAB_TOKEN.

    \b
    Examples:
      description-sync plan --since origin/main --report markdown=plan.md
      description-sync comment plan.md
      description-sync comment plan.md --repository studio/descriptions --number 7
    """
    from sync.forge import post_comment
    from sync.forge.ci import detect_forge
    from sync.reports.comment import parse_markdown_report
    from sync.workspace.workspace import NO_WAIT

    report = parse_markdown_report(_read_markdown(file), path=str(file))
    forge = detect_forge(os.environ, repository, number=number)
    done = post_comment(forge, report, sleep=_skip_wait if os.environ.get(NO_WAIT) else time.sleep)
    if not settings.quiet:
        print_info(f"comment {done}")
    return DONE


def _read_markdown(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no report: it is not UTF-8") from error


def _skip_wait(_: float) -> None:
    """End a wait at once: for tests of the whole command."""
