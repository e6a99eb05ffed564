"""Write the reports of one command on stdout and into files, in the formats of its options."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeVar, assert_never

import click

from sync.cli.exit_codes import needs_no_action
from sync.cli.output import (
    STDOUT_LOSS,
    get_terminal_width,
    is_interactive,
    print_on_stderr,
    print_report,
    uses_color,
    write_file,
)
from sync.errors import SyncError
from sync.model.changes import is_write
from sync.model.plan import Plan
from sync.model.run import Run, get_plan
from sync.operations.sessions import Failure
from sync.reports.formats.text import render_text
from sync.reports.plan import build_plan_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format, ReportOptions
    from sync.model.target_identity import TargetIdentity
    from sync.model.text import Text
    from sync.operations.sessions import Session
    from sync.reports.formats.json import ReportSubject
    from sync.reports.formats.text import MarkdownRenderer
    from sync.reports.media import Media
    from sync.reports.report import Report


Subject = TypeVar("Subject", bound="ReportSubject")


class ReportOutput:
    """The output of a command's reports in every format that its options name.

    HTML and Markdown are slow to import and need facts about assets and models from the server:
    both are loaded only if such a report was asked for.
    """

    def __init__(
        self,
        global_options: GlobalOptions,
        reporting: ReportOptions,
        *,
        kind: Literal["plan", "apply"],
    ) -> None:
        self._global_options = global_options
        self._reporting = reporting
        self._kind: Literal["plan", "apply"] = kind
        self._media: dict[str, Media] = {}
        self._failures: Sequence[Failure] = ()
        self._is_written = False

    @contextmanager
    def write_also_on_failure(self) -> Iterator[None]:
        """Write the report files also if the command fails as a whole, and let the error go on."""
        try:
            yield
        except SyncError as error:
            self._write_failure(error)
            raise
        except (KeyboardInterrupt, click.Abort):
            self._write_failure(SyncError("the command was interrupted", hint="Run it again."))
            raise

    def _write_failure(self, error: SyncError) -> None:
        if self._is_written:
            return
        self._failures = [Failure(name, error) for name in self._list_targets() or [""]]
        for form, path in self._reporting.reports:
            write_file(path, self._render(form, (), in_file=True))

    def _list_targets(self) -> dict[str, TargetIdentity]:
        """Return the chosen targets by name; leave out those of which only the name is known."""
        try:
            targets = self._global_options.open_workspace().list_targets()
        except SyncError:  # which may be the failure that is to be reported
            return {}
        return {target.name: target.identity for target in targets}

    async def load_plan_media(self, session: Session, plan: Plan) -> None:
        """Load the assets and models that the changed texts refer to, for Markdown and HTML."""
        changes = [change for change in plan.changes if change.state != "in_sync"]
        texts = [text for change in changes for text in (change.before, change.after) if text]
        await self._load_media(session, texts, [change.model for change in changes])

    async def load_run_media(self, session: Session, run: Run) -> None:
        """Load the assets and models of altered texts; skip this if the server is down."""
        shown = [outcome for outcome in run.outcomes if outcome.change.state != "in_sync"]
        altered = [outcome for outcome in shown if outcome.result == "altered"]
        texts = [text for each in altered for text in (each.change.after, each.remote_text) if text]
        subjects = [outcome.change.model for outcome in shown]
        await self._load_media(session, texts, subjects, may_ask=_is_server_there(run))

    async def _load_media(
        self,
        session: Session,
        texts: Sequence[Text],
        subjects: Sequence[str],
        *,
        may_ask: bool = True,
    ) -> None:
        formats = self._reporting.formats
        if not formats & {"markdown", "html"}:
            return
        from sync.operations.media import PictureLimits, load_media  # noqa: PLC0415 - for these formats only

        pictures = may_ask and "html" in formats and not self._reporting.no_media
        allowance = PictureLimits() if pictures else PictureLimits(max_pictures=0)
        self._media[session.name] = await load_media(
            texts,
            session.scenario,
            subjects=filter(None, subjects),
            limits=allowance,
            may_ask=may_ask,
        )

    @property
    def is_quiet(self) -> bool:
        return self._global_options.quiet

    async def show_plan_before_apply(self, session: Session, plan: Plan) -> None:  # noqa: ARG002 - as handlers of plans are called
        """Show a plan that is about to be applied.

        The plan goes to stdout with `--format text`, otherwise to stderr, if that is a terminal.
        """
        if not plan.writes:
            return
        options = self._global_options
        text = render_text(
            _build_report(plan),
            color=uses_color(options, sys.stdout),
            width=get_terminal_width(),
            verbose=options.verbose,
            advice=False,
        )
        if self._reporting.report_format == "text" and not self._global_options.quiet:
            print_report(text)
        elif is_interactive():
            print_on_stderr(text)

    def write_reports(
        self, subjects: Sequence[Plan] | Sequence[Run], failures: Sequence[Failure] = ()
    ) -> None:
        """Write the report files, then the report on stdout, even if a file cannot be written.

        Each failure was already logged when it happened; the text on stdout does not repeat it.
        """
        self._failures = failures
        self._is_written = True
        due = [each for each in subjects if self._is_due(each)]
        try:
            for form, path in self._reporting.reports:
                write_file(path, self._render(form, subjects, in_file=True))
        finally:
            shown = due if self._reporting.report_format == "text" else subjects
            print_report(self._render(self._reporting.report_format, shown, in_file=False))
            self._remember_decisions(due)
            if any(isinstance(each, Run) and "applied" in each.summary for each in subjects):
                STDOUT_LOSS.is_lost = False  # the code of a run that wrote stands

    def _is_due(self, subject: Plan | Run) -> bool:
        """Return True unless `--quiet` hides the report: no news, and no reminder that is due."""
        plan = get_plan(subject)
        if not self._global_options.quiet:
            return True
        if needs_no_action(plan):
            return False
        from sync.decisions.open_decisions import find_open_decisions, has_news  # noqa: PLC0415
        from sync.workspace.reminders import is_reminder_due  # noqa: PLC0415

        return has_news(subject) or is_reminder_due(
            self._global_options.open_workspace().repository,
            plan.target,
            find_open_decisions(subject),
            hours=self._global_options.remind,
        )

    def _remember_decisions(self, due: Sequence[Plan | Run]) -> None:
        if not self._global_options.quiet or self._reporting.report_format != "text":
            return
        from sync.decisions.open_decisions import find_open_decisions  # noqa: PLC0415
        from sync.workspace.reminders import record_shown_decisions  # noqa: PLC0415

        for subject in due:
            decisions = find_open_decisions(subject)
            if decisions:
                repository = self._global_options.open_workspace().repository
                record_shown_decisions(repository, get_plan(subject).target, decisions)

    def _render(self, form: Format, subjects: Sequence[Plan | Run], *, in_file: bool) -> str:
        if form == "json":
            return _render_json(subjects, self._failures)
        build = _build_text_report if form == "text" else _build_report
        failed = self._build_failure_reports() if in_file or form != "text" else []
        urls = {}
        if form == "markdown":
            urls = {get_plan(each).target.name: self._find_files_url(each) for each in subjects}
        return _render_reports(
            form,
            [*map(build, subjects), *failed],
            color=not in_file and uses_color(self._global_options, sys.stdout),
            verbose=self._global_options.verbose,
            max_characters=self._reporting.max_characters,
            media=self._media,
            files_urls=urls,
        )

    def _build_failure_reports(self) -> list[Report]:
        if not self._failures:
            return []
        from sync.reports.failure import build_failure_report  # noqa: PLC0415
        from sync.workspace.workspace import find_relative_config  # noqa: PLC0415

        targets = self._list_targets()
        config = find_relative_config(self._global_options.config)
        return [
            build_failure_report(
                self._kind,
                each.error,
                target=targets.get(each.name),
                name=each.name,
                config=config,
            )
            for each in self._failures
        ]

    def _find_files_url(self, subject: Plan | Run) -> str:
        """Return the address of the descriptions in the forge of this CI job; "" outside of one."""
        from sync.forge.detect_forge import find_files_url  # noqa: PLC0415 - for Markdown only

        commit = get_plan(subject).source.commit
        return find_files_url(os.environ, self._global_options.open_workspace().folder, commit)


def render_table_reports(
    form: Format,
    subjects: Sequence[Subject],
    global_options: GlobalOptions,
    *,
    build_table: Callable[[Subject], Report],
    failures: Sequence[Failure] = (),
    media: Mapping[str, Media] = MappingProxyType({}),
    show_markdown: MarkdownRenderer | None = None,
) -> str:
    """Render one table report per subject, joined into one document of the given format.

    `media` is by the name of the target; `show_markdown` shows descriptions on a terminal.
    """
    if form == "json":
        return _render_json(subjects, failures)
    return _render_reports(
        form,
        [build_table(subject) for subject in subjects],
        color=uses_color(global_options, sys.stdout),
        verbose=global_options.verbose,
        media=media if form == "html" else {},
        show_markdown=show_markdown,
    )


def _render_reports(
    form: Literal["text", "markdown", "html"],
    reports: Sequence[Report],
    *,
    color: bool,
    verbose: bool,
    media: Mapping[str, Media],
    max_characters: int | None = None,
    files_urls: Mapping[str, str] = MappingProxyType({}),
    show_markdown: MarkdownRenderer | None = None,
) -> str:
    """Render reports into one document; `media` and `files_urls` are by the title of a report."""
    match form:
        case "text":
            return "\n".join(
                render_text(
                    report,
                    color=color,
                    width=get_terminal_width(),
                    verbose=verbose,
                    render_markdown=show_markdown,
                )
                for report in reports
            )
        case "markdown":
            from sync.reports.formats.markdown import DEFAULT_BUDGET, render_markdown  # noqa: PLC0415
            from sync.reports.media import NO_MEDIA  # noqa: PLC0415

            total = DEFAULT_BUDGET if max_characters is None else max_characters
            budget = (total + 1) // max(len(reports), 1) - 1  # one newline joins two reports
            return "\n".join(
                render_markdown(
                    report,
                    budget=budget,
                    media=media.get(report.title, NO_MEDIA),
                    files_url=files_urls.get(report.title, ""),
                )
                for report in reports
            )
        case "html":
            from sync.reports.formats.html import render_html  # noqa: PLC0415

            return render_html(reports, media=media)
        case _:
            assert_never(form)


def _render_json(subjects: Sequence[ReportSubject], failures: Sequence[Failure]) -> str:
    from sync.reports.formats.json import render_json  # noqa: PLC0415 - slow to import

    return render_json(subjects, failures={failure.name: failure.error for failure in failures})


def _build_text_report(subject: Plan | Run) -> Report:
    """Build the report of a plan or run; that of a run without anything to say is its plan's."""
    has_run = isinstance(subject, Run) and (subject.plan.writes or subject.files_after)
    return _build_report(subject if has_run else get_plan(subject))


def _build_report(subject: Plan | Run) -> Report:
    if isinstance(subject, Plan):
        return build_plan_report(subject)
    from sync.reports.run import build_run_report  # noqa: PLC0415 - a plan needs none

    return build_run_report(subject)


def _is_server_there(run: Run) -> bool:
    """Return False if the run was stopped early, or if every attempted write failed."""
    results = {outcome.result for outcome in run.outcomes if is_write(outcome.change)}
    is_stopped = run.interrupted or "not_attempted" in results
    return not is_stopped and ("failed" not in results or bool(results & {"applied", "altered"}))
