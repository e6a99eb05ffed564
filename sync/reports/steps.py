"""What to do next: one step for each kind of problem, as words and things to copy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.escaping import snapshot_ref
from sync.model import Change, Drift, Failed, Invalid, Missing, Retired, Unmanaged, is_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model import Plan, Result, Run

MANY = 3  # more items than this are counted, not named


@dataclass(frozen=True, slots=True)
class Code:
    """Words to be copied as they are: a command, a flag, a setting, a ref."""

    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next about the subjects, which are paths or model ids; about all where none."""

    subjects: tuple[str, ...]
    words: tuple[str | Code, ...]


def plan_steps(plan: Plan) -> Iterator[Step]:
    """What to do about each kind of problem of the plan."""
    target, changes = plan.target.name, plan.changes
    drifted = [change for change in changes if isinstance(change, Drift)]
    yield from _drift_steps(drifted, plan)
    yield from _missing(changes, target=target)
    yield from _about(
        _named(change for change in changes if isinstance(change, Invalid)), *_mending(plan)
    )
    yield from _about(
        _named(change for change in changes if isinstance(change, Failed)),
        "could not be read, and is left alone: see the reason above, then run again.",
    )
    yield from _about(
        _named(c for c in changes if isinstance(c, Retired) and not c.notes),
        "to delete what a removed file described, set ",
        Code("prune: true"),
        f" for {target}.",
    )
    yield from _about(
        _named(change for change in changes if isinstance(change, Unmanaged)),
        "take it into git with ",
        Code(shlex.join(["description-sync", "pull", "--all", "--target", target])),
        ".",
    )


def _missing(changes: Iterable[Change], *, target: str) -> Iterator[Step]:
    yield from _about(
        _named(change for change in changes if isinstance(change, Missing)),
        f"{target} has no such model, or hides it from this key: check the id in the file's name, "
        "its front matter or config.yaml.",
    )


def _mending(plan: Plan) -> tuple[str | Code, ...]:
    """What to do about the faults of files, or of texts to be copied."""
    if plan.source.kind != "target" or plan.source.label is None:
        check = Code("description-sync check")
        return "nothing is written while a file has faults: mend them, then ", check, "."
    proposal = Code(shlex.join(["description-sync", "map", plan.source.label, plan.target.name]))
    return "nothing is written while a reference would break: ", proposal, " proposes names."


def _drift_steps(drifted: Sequence[Drift], plan: Plan) -> Iterator[Step]:
    """What to do about drift, by its cause: a pull helps where there is an edit to be taken in."""
    target = plan.target.name
    replaced = [change for change in drifted if change.policy == "overwrite"]
    left = [change for change in drifted if change.policy != "overwrite"]
    edited = [change for change in left if change.cause == "edited"]
    ref = Code(snapshot_ref(target))
    if plan.source.kind == "snapshot":
        yield from _about(
            _named(edited),
            "to put the older text back all the same, pass ",
            Code("--on-drift overwrite"),
            "; the text that goes is kept on ",
            ref,
            ".",
        )
    else:
        yield from _edit_steps(edited, ref, target=target, total=len(plan.changes))
    yield from _about(
        _named(change for change in left if change.cause == "behind"),
        "merge or rebase onto the deploy branch, which has this text, then plan again.",
    )
    yield from _about(
        _named(change for change in left if change.cause == "unknown"),
        "complete the history as said above, then plan again.",
    )
    yield from _about(_named(replaced), "the text that goes is kept on ", ref, ".")


def _edit_steps(edited: Sequence[Drift], ref: Code, *, target: str, total: int) -> Iterator[Step]:
    kept = [change for change in edited if change.after is None]
    left = [change for change in edited if change.after]
    one = len(left) == 1
    if len(left) > MANY and 2 * len(left) > total:
        yield _first_run(len(left), target=target, total=total)
    else:
        yield from _about(
            _named(left),
            "take the edit into git with " if one else "take the edits into git with ",
            _pull(left, target),
            ", or replace it with " if one else ", or replace them with ",
            Code("--on-drift overwrite"),
            " (the text is kept on " if one else " (the texts are kept on ",
            ref,
            ").",
        )
    yield from _about(
        _named(kept),
        "git does not have the text, so it is not deleted; take it into git first with ",
        Code(shlex.join(["description-sync", "pull", "--target", target, *_with_all(kept)])),
        ".",
    )


def _first_run(count: int, *, target: str, total: int) -> Step:
    unknown = f"Git does not know {count} of {total} remote texts. "
    advice = "If they were written before this folder was, take them into git first: "
    command = Code(shlex.join(["description-sync", "pull", "--all", "--target", target]))
    return Step((), (unknown + advice, command, "."))


def _pull(changes: Sequence[Drift], target: str) -> Code:
    """The pull that takes these in, of which `--all` alone makes files where there are none."""
    if all(change.path for change in changes):
        chosen = [change.path for change in changes if change.path] if len(changes) <= MANY else []
    else:
        chosen = _with_all(changes)
    return Code(shlex.join(["description-sync", "pull", "--target", target, *chosen]))


def _with_all(changes: Sequence[Drift]) -> list[str]:
    few = changes if len(changes) <= MANY else []
    return ["--all", *(word for change in few for word in ("--model", change.model))]


def run_steps(run: Run) -> Iterator[Step]:
    """What to do about what the run did not do, and how to undo what it did."""
    target = run.plan.target.name
    results: dict[Result, list[Change]] = {}
    for outcome in run.outcomes:
        results.setdefault(outcome.result, []).append(outcome.change)
    refused = results.get("refused", [])
    drifted = [change for change in refused if isinstance(change, Drift) and not is_write(change)]
    yield from _drift_steps(drifted, run.plan)
    yield from _about(
        _named(change for change in refused if is_write(change)),
        "left alone, as it is no longer what the plan was made from: plan again.",
    )
    yield from _about(
        _named(results.get("altered", [])),
        "the server keeps its own form of the text, which is remembered and not sent again.",
    )
    failed = results.get("failed", [])
    yield from _missing(failed, target=target)
    yield from _about(
        _named(
            change
            for change in [*failed, *results.get("not_attempted", [])]
            if not isinstance(change, Missing)
        ),
        "run again for the rest: what is done is not done twice.",
    )
    if run.snapshot.run and ("applied" in results or "altered" in results):
        yield _undo(run.snapshot.ref, run.snapshot.run, target=target)


def _undo(ref: str, run: str, *, target: str) -> Step:
    words = (
        "What was replaced is kept on ",
        Code(ref),
        "; put it back with ",
        Code(shlex.join(["description-sync", "rollback", run, "--target", target])),
        ".",
    )
    return Step((), words)


def _about(subjects: tuple[str, ...], *words: str | Code) -> Iterator[Step]:
    """The step, if there is anything that it is about."""
    if subjects:
        yield Step(subjects, words)


def _named(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(change.path or change.model for change in changes)
