"""The reports of one command: on stdout in the format asked for, and in files."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TypeVar, assert_never

from sync.cli.exits import is_settled
from sync.cli.output import in_color, is_interactive, report, show, width, write_file
from sync.model import Plan
from sync.reports.inert import defused_json
from sync.reports.json import plan_as_json, run_as_json
from sync.reports.media import NO_MEDIA, Media
from sync.reports.text import listing_as_text, plan_as_text, run_as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.cli.options import Format, Reporting, Settings
    from sync.cli.targets import Failure, Session
    from sync.model import Run
    from sync.reports.listing import Listing

Subject = TypeVar("Subject")


class Reports:
    """What a command reports, as its options say.

    The heavier formats are imported, and what they show of assets and models is looked up, only
    where they were asked for.
    """

    def __init__(self, settings: Settings, reporting: Reporting) -> None:
        self._settings = settings
        self._reporting = reporting
        self._media: dict[str, Media] = {}
        self._failures: Sequence[Failure] = ()

    async def illustrate(self, session: Session, plan: Plan) -> None:
        """Ask the server what the texts refer to, for the reports that show it."""
        formats = self._reporting.formats
        if not formats & {"markdown", "html"}:
            return
        from sync.cli.media import Allowance, look_up  # noqa: PLC0415 - for these formats only

        pictures = "html" in formats and not self._reporting.no_media
        allowance = Allowance() if pictures else Allowance(pictures=0)
        changes = [change for change in plan.changes if change.state != "in_sync"]
        self._media[plan.target.name] = await look_up(
            changes, session.scenario, allowance=allowance
        )

    def before_applying(self, plan: Plan) -> None:
        """Show a plan that is about to be applied, where stdout is not for a document alone."""
        if not plan.writes:
            return
        text = self._text(plan, advice=False)
        if self._reporting.report_format == "text" and not self._settings.quiet:
            report(text)
        elif is_interactive():
            show(text)

    def finish(
        self, subjects: Sequence[Plan] | Sequence[Run], failures: Sequence[Failure] = ()
    ) -> None:
        """Write the files, and the report on stdout even where one of them cannot be written.

        A person was told of the failures as they happened; a program finds them in the document.
        """
        self._failures = failures
        try:
            for form, path in self._reporting.reports:
                write_file(path, self._as(form, subjects, in_file=True))
        finally:
            report(self._as(self._reporting.report_format, subjects, in_file=False))

    def _as(self, form: Format, subjects: Sequence[Plan] | Sequence[Run], *, in_file: bool) -> str:
        match form:
            case "text":
                return "\n".join(
                    self._text(subject, in_file=in_file)
                    for subject in subjects
                    if in_file or not (self._settings.quiet and is_settled(_plan_of(subject)))
                )
            case "json":
                return one_document([*map(_as_json, subjects)], self._failures)
            case "markdown":
                budget = _share(self._reporting.max_characters, subjects)
                return "\n".join(self._markdown(subject, budget) for subject in subjects)
            case "html":
                return self._html(subjects)
            case _:
                assert_never(form)

    def _text(self, subject: Plan | Run, *, in_file: bool = False, advice: bool = True) -> str:
        """The text; of a run that had nothing to write, that of its plan."""
        color = not in_file and in_color(self._settings, sys.stdout)
        verbose = self._settings.verbose
        if isinstance(subject, Plan) or not subject.plan.writes:
            plan = _plan_of(subject)
            return plan_as_text(plan, color=color, width=width(), verbose=verbose, advice=advice)
        return run_as_text(subject, color=color, width=width(), verbose=verbose)

    def _markdown(self, subject: Plan | Run, budget: int) -> str:
        from sync.reports.markdown import plan_as_markdown, run_as_markdown  # noqa: PLC0415

        media = self._media.get(_plan_of(subject).target.name, NO_MEDIA)
        if isinstance(subject, Plan):
            return plan_as_markdown(subject, budget=budget, media=media)
        return run_as_markdown(subject, budget=budget, media=media)

    def _html(self, subjects: Sequence[Plan] | Sequence[Run]) -> str:
        from sync.reports.html import reports_as_html  # noqa: PLC0415

        return reports_as_html(subjects, media=self._media)


def listed(
    form: Format,
    subjects: Sequence[Subject],
    settings: Settings,
    *,
    listing: Callable[[Subject], Listing],
    document: Callable[[Subject], str],
    failures: Sequence[Failure] = (),
) -> str:
    """What a command lists of each subject, as one report in the format asked for."""
    match form:
        case "json":
            return one_document([document(subject) for subject in subjects], failures)
        case "text":
            color, columns = in_color(settings, sys.stdout), width()
            texts = (listing_as_text(listing(s), color=color, width=columns) for s in subjects)
            return "\n".join(texts)
        case "markdown":
            from sync.reports.markdown import BUDGET, listing_as_markdown  # noqa: PLC0415

            budget = _share(BUDGET, subjects)
            return "\n".join(listing_as_markdown(listing(s), budget=budget) for s in subjects)
        case "html":
            from sync.reports.html import listings_as_html  # noqa: PLC0415

            return listings_as_html([listing(subject) for subject in subjects])
        case _:
            assert_never(form)


def _share(characters: int, subjects: Sequence[object]) -> int:
    """How much each of the subjects may take of what all may take together."""
    return (characters + 1) // max(len(subjects), 1) - 1  # a blank line stands between two


def _plan_of(subject: Plan | Run) -> Plan:
    return subject if isinstance(subject, Plan) else subject.plan


def _as_json(subject: Plan | Run) -> str:
    return plan_as_json(subject) if isinstance(subject, Plan) else run_as_json(subject)


def one_document(documents: Sequence[str], failures: Sequence[Failure] = ()) -> str:
    """One JSON document, whatever the number of targets: of one it is that target's own."""
    if len(documents) == 1 and not failures:
        return documents[0]
    values = [json.loads(document) for document in documents]
    values += [
        {
            "version": 1,
            "kind": "failure",
            "target": {"name": failure.name},
            "error": failure.error.message,
            "hint": failure.error.hint,
            "exit_code": failure.error.exit_code,
        }
        for failure in failures
    ]
    return defused_json(json.dumps({"version": 1, "kind": "targets", "targets": values}, indent=2))
