"""What became of the files of a pull: for a person, for a program, and for git's history."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from sync.reports.inert import defused, defused_json, visible
from sync.reports.rows import counted, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.adopt import Adopted, Pull, PullResult
    from sync.model import TargetIdentity

_SIGNS: dict[PullResult, tuple[str, str, int]] = {
    "created": ("+", "created", 32),
    "updated": ("~", "updated", 33),
    "merged": ("~", "merged", 33),
    "conflict": ("!", "conflict", 31),
    "unchanged": ("=", "unchanged", 2),
    "refused": ("!", "left alone", 31),
    "failed": ("!", "failed", 31),
    "not_attempted": ("·", "not attempted", 2),
}
_WIDEST_COLUMN = 40


# --- for a person --------------------------------------------------------------------------------


def pull_as_text(pull: Pull, *, color: bool, width: int) -> str:
    """A line for each file, the sum, and what to do next; `width` counts columns."""
    title = _painted(visible(pull.target.name), 1, color=color)
    if not pull.files and not pull.interrupted:
        return defused(f"{title} · nothing to take in\n")
    rows = [*_rows(pull.files, color=color, width=width), ""] if pull.files else []
    end = [_painted(_sum(pull), 1, color=color), *map(visible, _steps(pull))]
    lines = [f"{title} · {_where(pull)}", "", *rows, *end]
    return defused("".join(f"{line.rstrip()}\n" for line in lines))


def _where(pull: Pull) -> str:
    return f"into branch {visible(pull.branch)}" if pull.branch else f"into {visible(pull.folder)}/"


def _rows(files: Sequence[Adopted], *, color: bool, width: int) -> Iterator[str]:
    told = [file for file in files if file.result != "unchanged"]
    if told:
        columns = [_widest(cells) for cells in zip(*map(_cells, told), strict=True)]
        for file in told:
            yield from _row(file, columns, color=color, width=width)
    reasons = Counter(file.reason for file in files if file.result == "unchanged")
    for reason, count in reasons.items():
        yield _painted(f"  = {counted(count, 'file')} unchanged: {visible(reason)}", 2, color=color)


def _widest(cells: Iterable[str]) -> int:
    return max((size for size in map(_columns, cells) if size <= _WIDEST_COLUMN), default=0)


def _row(file: Adopted, columns: Sequence[int], *, color: bool, width: int) -> Iterator[str]:
    label, path, model = map(_padded, _cells(file), columns)
    sign, _, style = _SIGNS[file.result]
    row = f"{_painted(f'{sign} {label}', style, color=color)}  {path}  {model}"
    reason = visible(file.reason)
    fits = 10 + sum(columns) + _columns(reason) <= width
    yield f"  {row}  {reason}" if fits else f"  {row}"
    if reason and not fits:
        yield f"      {reason}"


def _cells(file: Adopted) -> tuple[str, str, str]:
    return _SIGNS[file.result][1], visible(file.path or "(no file)"), visible(file.model)


def _sum(pull: Pull) -> str:
    summary = pull.summary
    counts = [
        f"{summary[result]} {label}"
        for result, (_, label, _) in _SIGNS.items()
        if result in summary
    ]
    total = ", ".join(counts) or "nothing yet"
    return f"Interrupted: {total}." if pull.interrupted else f"{total[0].upper()}{total[1:]}."


def _steps(pull: Pull) -> Iterator[str]:
    summary = pull.summary
    if pull.interrupted:
        yield "Run it again for the rest: what is done is not done twice."
    if "conflict" in summary and pull.branch:
        yield "Nothing was committed. Pull without --branch, and choose between the texts."
    elif "conflict" in summary:
        yield "Choose between the texts at the markers, then commit."
    if pull.commit and pull.branch:
        push = shlex.join(["git", "push", "-u", "origin", pull.branch])
        yield f"Committed as {short(pull.commit)}, ready for a pull request: `{push}`"
    elif not pull.branch and {"created", "updated", "merged", "unchanged"} & summary.keys():
        add = shlex.join(["git", "add", "-A", pull.folder])
        yield f"Look at the changes, then commit them: `{add} && git commit`"
    if "merged" in summary:
        apply = shlex.join(["description-sync", "apply", "--target", pull.target.name])
        yield f"What was merged is newer than what the server holds; once committed: `{apply}`"


def _painted(text: str, style: int, *, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color else text


def _padded(text: str, size: int) -> str:
    return text + " " * (size - _columns(text))


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


# --- for a program -------------------------------------------------------------------------------


def pull_as_json(pull: Pull) -> str:
    """One document; paths are relative to the descriptions folder."""
    document = {
        "version": 1,
        "kind": "pull",
        "target": {
            "name": pull.target.name,
            "base_url": pull.target.base_url,
            "project_id": pull.target.project_id,
        },
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
