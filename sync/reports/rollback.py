"""Advise on the files after a rollback, in its report and in a commit message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.counts import format_count, shorten_commit
from sync.reports.formats.sanitize import escape_invisible
from sync.reports.pull import format_trailers
from sync.reports.report import MAX_NAMED_SUBJECTS, Advice, CodeSpan
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.model.plan import Plan
    from sync.model.run import FilesAfterRollback, Run


def advise_after_rollback(run: Run) -> Iterator[Advice]:
    """Advise on files that still have the newer texts: how long they are held, what to do."""
    files = run.files_after
    if files is None:
        return
    if files.held:
        have = "has" if len(files.held) == 1 else "have"
        text = (
            f"still {have} the text that was rolled back. Apply does not write it until the file "
        )
        reach = f"changes. {_describe_reach(run)} To write it now, pass "
        yield Advice(files.held, (text + reach, CodeSpan("--resume"), " to apply."))
        if not files.commit:
            yield Advice((), tuple(_describe_ways(files, run)))
    if files.other:
        have = "has" if len(files.other) == 1 else "have"
        text = f"{have} another text than the restored one. The next apply writes it."
        yield Advice(files.other, (text,))
    yield from _describe_branch(files)


def _describe_reach(run: Run) -> str:
    """Describe which clones have the record of the rollback."""
    sharing = run.sharing
    if sharing.shared:
        return f"Every clone that shares snapshots with {sharing.remote} knows this."
    return (
        "Only this clone knows this: other clones and CI jobs write it again, unless "
        "`snapshots: {push: REMOTE}` shares the record."
    )


def _describe_ways(files: FilesAfterRollback, run: Run) -> Iterator[str | CodeSpan]:
    """Name the commits that brought the texts, and the commands that restore the files."""
    named = [shorten_commit(each) for each in files.commits[:MAX_NAMED_SUBJECTS]]
    more = len(files.commits) - len(named)
    rest = f" (and {format_count(more, 'more commit')})" if more else ""
    if named and (more or not files.is_revertible):
        yield f"The text that was rolled back came with {', '.join(named)}{rest}. "
    yield "To keep the rollback, commit the restored text: "
    if files.is_revertible and not more:
        yield CodeSpan(join_words(["git", "revert", *named]))
        yield ", or "
    words = ["description-sync", "rollback", *([run.plan.source.label or ""])]
    command = [*words, "--branch", "NAME", "--target", run.plan.target.name]
    yield CodeSpan(join_words(word for word in command if word))
    yield " for a pull request."


def _describe_branch(files: FilesAfterRollback) -> Iterator[Advice]:
    if not files.branch:
        return
    if files.commit:
        push = CodeSpan(join_words(["git", "push", "-u", "origin", files.branch]))
        text = f"The restored texts are committed as {shorten_commit(files.commit)}, ready for a "
        yield Advice((), (f"{text}pull request: ", push))
    else:
        yield Advice((), (f"No branch {files.branch} was made: no file needs another text.",))
    for path, reason in files.unrestored.items():
        yield Advice((path,), (f"not on the branch: {reason}.",))


def format_restore_message(plan: Plan, paths: Sequence[str]) -> str:
    """Format the message of the commit that puts the restored texts into the files."""
    lines = "\n".join(map(escape_invisible, paths))
    subject = f"Restore {format_count(len(paths), 'description')} as before run {plan.source.label}"
    return f"{subject}\n\n{lines}\n\n{format_trailers(plan.target)}"
