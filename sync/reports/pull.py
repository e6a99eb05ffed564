"""Reports of a pull: as a table and as a commit message."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sync.counts import format_count, shorten_commit
from sync.reports.formats.sanitize import escape_invisible
from sync.reports.report import Advice, CodeSpan, ModelSpan, Report, Row, Table
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.decisions.pull import Proposal, ProposalAction, PullOutcome, PullResult, PullRun
    from sync.model.target_identity import TargetIdentity
    from sync.reports.report import Symbol, Tone

_RESULT_LABELS: dict[PullResult, tuple[Symbol, str, Tone]] = {
    "created": ("+", "created", "good"),
    "updated": ("~", "updated", "change"),
    "merged": ("~", "merged", "change"),
    "conflict": ("!", "conflict", "bad"),
    "unchanged": ("=", "unchanged", "quiet"),
    "refused": ("!", "left alone", "bad"),
    "failed": ("!", "failed", "bad"),
    "not_attempted": ("·", "not attempted", "quiet"),
}


# --- as a table ----------------------------------------------------------------------------------


def build_pull_report(pull: PullRun) -> Report:
    """Build the report: one row per file that is not unchanged, and what to do next."""
    next_steps = tuple(Advice((), tuple(words)) for words in _list_next_steps(pull))
    if not pull.files and not pull.interrupted:
        return Report(
            kind="pull",
            title=pull.target.name,
            subtitle="nothing to pull",
            target=pull.target,
            notes=pull.notes,
            next_steps=next_steps if pull.proposal else (),
        )
    entries = tuple(_make_row(file) for file in pull.files if file.result != "unchanged")
    return Report(
        kind="pull",
        title=pull.target.name,
        subtitle=f"into branch {pull.branch}" if pull.branch else f"into {pull.folder}/",
        target=pull.target,
        blocks=(Table(("Result", "File", "Model", "Why"), entries),) if entries else (),
        notes=(*_count_unchanged(pull.files), *pull.notes),
        summary=_summarize_pull(pull),
        next_steps=next_steps,
    )


def _make_row(file: PullOutcome) -> Row:
    symbol, label, tone = _RESULT_LABELS[file.result]
    path = CodeSpan(file.path) if file.path else "(no file)"
    return Row(label, tone, (path, ModelSpan(file.model)), file.reason, symbol=symbol)


def _count_unchanged(files: Sequence[PullOutcome]) -> Iterator[str]:
    reasons = Counter(file.reason for file in files if file.result == "unchanged")
    return (
        f"{format_count(count, 'file')} unchanged: {reason}" for reason, count in reasons.items()
    )


def _summarize_pull(pull: PullRun) -> str:
    summary = pull.summary
    nouns = {result: label for result, (_, label, _) in _RESULT_LABELS.items() if result in summary}
    counts = [
        format_count(summary[result], noun) if result == "conflict" else f"{summary[result]} {noun}"
        for result, noun in nouns.items()
    ]
    total = ", ".join(counts) or "nothing yet"
    return f"Interrupted: {total}." if pull.interrupted else f"{total[0].upper()}{total[1:]}."


def _list_next_steps(pull: PullRun) -> Iterator[tuple[str | CodeSpan, ...]]:
    summary = pull.summary
    if pull.proposal:
        yield from _describe_proposal(pull, pull.proposal)
        return
    if pull.interrupted:
        yield ("Run the command again for the rest. Finished files are not written again.",)
    if "conflict" in summary and pull.branch:
        yield ("Nothing was committed. Pull without --branch, then resolve the conflicts.",)
    elif "conflict" in summary:
        yield ("Resolve the conflicts at the markers in the files, then commit.",)
    if pull.commit and pull.branch:
        push = CodeSpan(join_words(["git", "push", "-u", "origin", pull.branch]))
        yield f"Committed as {shorten_commit(pull.commit)}, ready for a pull request: ", push
    elif not pull.branch and {"created", "updated", "merged", "unchanged"} & summary.keys():
        add = CodeSpan(join_words(["git", "add", "-A", pull.folder]))
        yield "Review the changes, then commit them: ", add, ", then ", CodeSpan("git commit")
    if "merged" in summary:
        apply = CodeSpan(join_words(["description-sync", "apply", "--target", pull.target.name]))
        yield "The merged files are newer than the texts in Scenario. After the commit, run ", apply


_PROPOSAL_WORDS: dict[ProposalAction, str] = {
    "opened": "was opened",
    "updated": "was updated",
    "unchanged": "has these edits already",
    "closed": "was closed: no edit is left",
    "left_open": "was left open: no edit is left, but somebody else committed to its branch",
    "declined": "was closed by a person. It is opened again only for other edits",
    "not_needed": "is needed: no edit is left",
}


def _describe_proposal(pull: PullRun, proposal: Proposal) -> Iterator[tuple[str | CodeSpan, ...]]:
    words = _PROPOSAL_WORDS[proposal.action]
    if proposal.number is None:
        yield (f"No {proposal.noun} {words}.",)
        return
    url = f": {proposal.url}" if proposal.url else "."
    noun = f"{proposal.noun[0].upper()}{proposal.noun[1:]}"
    yield (f"{noun} {proposal.number} {words}{url}",)
    if "conflict" in pull.summary and pull.branch:
        yield "Resolve the conflicts at the markers on the branch ", CodeSpan(pull.branch), "."


# --- for git's history ---------------------------------------------------------------------------


def format_commit_message(
    target: TargetIdentity, files: Sequence[PullOutcome], *, merged: bool = False
) -> str:
    """Format the commit message: the source of the edits, and the result for each file."""
    count = format_count(len(files), "description")
    verb = f"Merge edits of {count} made" if merged else f"Take {count} as edited"
    lines = "\n".join(
        f"{file.result} {escape_invisible(file.path or '')} ({file.model})" for file in files
    )
    return f"{verb} on {target.name}\n\n{lines}\n\n{format_trailers(target)}"


def format_trailers(target: TargetIdentity) -> str:
    """Format the last lines of a commit message: the project whose texts the commit has."""
    project = f"Project: {target.project_id}\n" if target.project_id else ""
    return f"Target: {target.name}\nServer: {target.base_url}\n{project}"
