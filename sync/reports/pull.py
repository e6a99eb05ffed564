"""What became of the files of a pull: as a listing, for a program, and for git's history."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from sync.reports.inert import defused_json, visible
from sync.reports.listing import Entry, Listing, Table
from sync.reports.rows import counted, short
from sync.reports.steps import Code, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.adopt import Adopted, Pull, PullResult
    from sync.model import TargetIdentity
    from sync.reports.listing import Tone

_MARKS: dict[PullResult, tuple[str, str, Tone]] = {
    "created": ("+", "created", "good"),
    "updated": ("~", "updated", "change"),
    "merged": ("~", "merged", "change"),
    "conflict": ("!", "conflict", "bad"),
    "unchanged": ("=", "unchanged", "quiet"),
    "refused": ("!", "left alone", "bad"),
    "failed": ("!", "failed", "bad"),
    "not_attempted": ("·", "not attempted", "quiet"),
}


# --- as a listing --------------------------------------------------------------------------------


def pull_listing(pull: Pull) -> Listing:
    """A row for each file that there is something to say of, and what to do next."""
    if not pull.files and not pull.interrupted:
        return Listing(
            kind="pull",
            title=pull.target.name,
            subtitle="nothing to take in",
            target=pull.target,
        )
    entries = tuple(_entry(file) for file in pull.files if file.result != "unchanged")
    return Listing(
        kind="pull",
        title=pull.target.name,
        subtitle=f"into branch {pull.branch}" if pull.branch else f"into {pull.folder}/",
        target=pull.target,
        blocks=(Table(("Result", "File", "Model", "Why"), entries),) if entries else (),
        quiet=tuple(_unchanged(pull.files)),
        sum=_sum(pull),
        steps=tuple(Step((), tuple(words)) for words in _steps(pull)),
    )


def _entry(file: Adopted) -> Entry:
    sign, label, tone = _MARKS[file.result]
    path = Code(file.path) if file.path else "(no file)"
    return Entry(f"{sign} {label}", tone, (path, Code(file.model)), file.reason)


def _unchanged(files: Sequence[Adopted]) -> Iterator[str]:
    reasons = Counter(file.reason for file in files if file.result == "unchanged")
    return (f"{counted(count, 'file')} unchanged: {reason}" for reason, count in reasons.items())


def _sum(pull: Pull) -> str:
    summary = pull.summary
    nouns = {result: label for result, (_, label, _) in _MARKS.items() if result in summary}
    counts = [
        counted(summary[result], noun) if result == "conflict" else f"{summary[result]} {noun}"
        for result, noun in nouns.items()
    ]
    total = ", ".join(counts) or "nothing yet"
    return f"Interrupted: {total}." if pull.interrupted else f"{total[0].upper()}{total[1:]}."


def _steps(pull: Pull) -> Iterator[tuple[str | Code, ...]]:
    summary = pull.summary
    if pull.interrupted:
        yield ("Run it again for the rest: what is done is not done twice.",)
    if "conflict" in summary and pull.branch:
        yield ("Nothing was committed. Pull without --branch, and choose between the texts.",)
    elif "conflict" in summary:
        yield ("Choose between the texts at the markers, then commit.",)
    if pull.commit and pull.branch:
        push = Code(shlex.join(["git", "push", "-u", "origin", pull.branch]))
        yield f"Committed as {short(pull.commit)}, ready for a pull request: ", push
    elif not pull.branch and {"created", "updated", "merged", "unchanged"} & summary.keys():
        add = shlex.join(["git", "add", "-A", pull.folder])
        yield "Look at the changes, then commit them: ", Code(f"{add} && git commit")
    if "merged" in summary:
        apply = Code(shlex.join(["description-sync", "apply", "--target", pull.target.name]))
        yield "What was merged is newer than what the server holds; once committed: ", apply


# --- for a program -------------------------------------------------------------------------------


def pull_as_json(pull: Pull) -> str:
    """One document; paths are relative to the descriptions folder."""
    document = {
        "version": 1,
        "kind": "pull",
        "target": asdict(pull.target),
        "branch": pull.branch,
        "commit": pull.commit,
        "interrupted": pull.interrupted,
        "summary": pull.summary,
        "files": [
            {
                "model": file.model,
                "path": file.path,
                "result": file.result,
                "reason": file.reason,
            }
            for file in pull.files
        ],
    }
    return defused_json(json.dumps(document, indent=2)) + "\n"


# --- for git's history ---------------------------------------------------------------------------


def as_message(target: TargetIdentity, files: Sequence[Adopted], *, merged: bool = False) -> str:
    """A commit's message: what was taken from where, or merged with it, a line for each file."""
    count = counted(len(files), "description")
    verb = f"Merge edits of {count} made" if merged else f"Take {count} as edited"
    lines = "\n".join(f"{file.result} {visible(file.path or '')} ({file.model})" for file in files)
    project = f"\nProject: {target.project_id}" if target.project_id else ""
    trailers = f"Target: {target.name}\nServer: {target.base_url}{project}"
    return f"{verb} on {target.name}\n\n{lines}\n\n{trailers}\n"
