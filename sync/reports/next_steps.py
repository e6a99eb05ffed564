"""What to do next after a plan or a run: one piece of advice per kind of problem."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.model import (
    Change,
    Drift,
    Failed,
    Invalid,
    Missing,
    Retired,
    Unmanaged,
    is_write,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model import Plan, Result, Run


MAX_NAMED_SUBJECTS = 3  # if there are more, they are counted and not named


@dataclass(frozen=True, slots=True)
class CodeSpan:
    """Text to copy without changes: a command, a flag, a setting or a ref."""

    text: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next about the subjects (paths or model ids); without subjects, about all."""

    subjects: tuple[str, ...]
    words: tuple[str | CodeSpan, ...]


def advise_on_plan(plan: Plan) -> Iterator[Advice]:
    """Advise on each kind of problem in the plan."""
    target, changes = plan.target.name, plan.changes
    drifted = [change for change in changes if isinstance(change, Drift)]
    yield from _advise_on_drift(drifted, plan)
    yield from _advise_on_missing(changes, target=target)
    yield from _make_advice(
        _list_subjects(change for change in changes if isinstance(change, Invalid)),
        *_choose_fix_words(plan),
    )
    yield from _make_advice(
        _list_subjects(change for change in changes if isinstance(change, Failed)),
        "could not be read, and is left alone: see the reason above, then run again.",
    )
    yield from _make_advice(
        _list_subjects(c for c in changes if isinstance(c, Retired) and not c.notes),
        "to delete what a removed file described, set ",
        CodeSpan("prune: true"),
        f" for {target}.",
    )
    yield from _make_advice(
        _list_subjects(change for change in changes if isinstance(change, Unmanaged)),
        "take it into git with ",
        CodeSpan(shlex.join(["description-sync", "pull", "--all", "--target", target])),
        ".",
    )


def _advise_on_missing(changes: Iterable[Change], *, target: str) -> Iterator[Advice]:
    yield from _make_advice(
        _list_subjects(change for change in changes if isinstance(change, Missing)),
        f"{target} has no such model, or hides it from this key: check the id in the file's name, "
        "its front matter or config.yaml.",
    )


def _choose_fix_words(plan: Plan) -> tuple[str | CodeSpan, ...]:
    """Choose the words on how to fix faults of files, or of texts from another target."""
    if plan.source.kind != "target" or plan.source.label is None:
        check = CodeSpan("description-sync check")
        return "nothing is written while a file has faults: mend them, then ", check, "."
    proposal = CodeSpan(
        shlex.join(["description-sync", "map", plan.source.label, plan.target.name])
    )
    return "nothing is written while a reference would break: ", proposal, " proposes names."


def _advise_on_drift(drifted: Sequence[Drift], plan: Plan) -> Iterator[Advice]:
    """Advise on drift, by its cause: `pull` helps only if somebody edited the text."""
    target = plan.target.name
    replaced = [change for change in drifted if change.policy == "overwrite"]
    unresolved = [change for change in drifted if change.policy != "overwrite"]
    edited = [change for change in unresolved if change.cause == "edited"]
    ref = CodeSpan(plan.target.snapshot_ref)
    if plan.source.kind == "snapshot":
        yield from _make_advice(
            _list_subjects(edited),
            "to put the older text back all the same, pass ",
            CodeSpan("--on-drift overwrite"),
            "; the text that goes is kept on ",
            ref,
            ".",
        )
    else:
        yield from _advise_on_edits(edited, ref, target=target, total=len(plan.changes))
    yield from _make_advice(
        _list_subjects(change for change in unresolved if change.cause == "behind"),
        "merge or rebase onto the commits that have the newer text, then plan again; to deploy the "
        "older text all the same, pass ",
        CodeSpan("--allow-older"),
        ".",
    )
    yield from _make_advice(
        _list_subjects(change for change in unresolved if change.cause == "elsewhere"),
        "merge the branch that has this text, or replace it with ",
        CodeSpan("--on-drift overwrite"),
        ".",
    )
    yield from _make_advice(
        _list_subjects(change for change in unresolved if change.cause == "unknown"),
        "complete the history as said above, then plan again.",
    )
    yield from _make_advice(_list_subjects(replaced), "the text that goes is kept on ", ref, ".")


def _advise_on_edits(
    edited: Sequence[Drift], ref: CodeSpan, *, target: str, total: int
) -> Iterator[Advice]:
    undeletable = [change for change in edited if change.after is None]
    edited_files = [change for change in edited if change.after]
    one = len(edited_files) == 1
    if len(edited_files) > MAX_NAMED_SUBJECTS and 2 * len(edited_files) > total:
        yield _advise_first_pull(len(edited_files), target=target, total=total)
    else:
        yield from _make_advice(
            _list_subjects(edited_files),
            "take the edit into git with " if one else "take the edits into git with ",
            _make_pull_command(edited_files, target),
            ", or replace it with " if one else ", or replace them with ",
            CodeSpan("--on-drift overwrite"),
            " (the text is kept on " if one else " (the texts are kept on ",
            ref,
            ").",
        )
    yield from _make_advice(
        _list_subjects(undeletable),
        "git does not have the text, so it is not deleted; take it into git first with ",
        CodeSpan(
            shlex.join(
                ["description-sync", "pull", "--target", target, *_list_all_options(undeletable)]
            )
        ),
        ".",
    )


def _advise_first_pull(count: int, *, target: str, total: int) -> Advice:
    unknown = f"Git does not know {count} of {total} remote texts. "
    advice = "If they were written before this folder was, take them into git first: "
    command = CodeSpan(shlex.join(["description-sync", "pull", "--all", "--target", target]))
    return Advice((), (unknown + advice, command, "."))


def _make_pull_command(changes: Sequence[Drift], target: str) -> CodeSpan:
    """Make the command that pulls these texts; only `--all` creates files that do not exist."""
    if all(change.path for change in changes):
        chosen = (
            [change.path for change in changes if change.path]
            if len(changes) <= MAX_NAMED_SUBJECTS
            else []
        )
    else:
        chosen = _list_all_options(changes)
    return CodeSpan(shlex.join(["description-sync", "pull", "--target", target, *chosen]))


def _list_all_options(changes: Sequence[Drift]) -> list[str]:
    few = changes if len(changes) <= MAX_NAMED_SUBJECTS else []
    return ["--all", *(word for change in few for word in ("--model", change.model))]


def advise_on_run(run: Run) -> Iterator[Advice]:
    """Advise on changes that the run did not make, and on how to undo the run."""
    target = run.plan.target.name
    results: dict[Result, list[Change]] = {}
    for outcome in run.outcomes:
        results.setdefault(outcome.result, []).append(outcome.change)
    refused = results.get("refused", [])
    drifted = [change for change in refused if isinstance(change, Drift) and not is_write(change)]
    yield from _advise_on_drift(drifted, run.plan)
    yield from _make_advice(
        _list_subjects(
            change
            for change in refused
            if is_write(change) and change.model not in run.unkept_models
        ),
        "left alone, as it is no longer what the plan was made from: plan again.",
    )
    yield from _advise_on_unkept(
        [change for change in refused if change.model in run.unkept_models], run.sharing.remote
    )
    yield from _make_advice(
        _list_subjects(results.get("altered", [])),
        "the server keeps its own form of the text, which is remembered and not sent again.",
    )
    failed = results.get("failed", [])
    yield from _advise_on_missing(failed, target=target)
    yield from _make_advice(
        _list_subjects(
            change
            for change in [*failed, *results.get("not_attempted", [])]
            if not isinstance(change, Missing)
        ),
        "run again for the rest: what is done is not done twice.",
    )
    if run.snapshot.run and ("applied" in results or "altered" in results):
        yield from _advise_undo(run, run.snapshot.run)


def _advise_on_unkept(unkept: Sequence[Change], remote: str | None) -> Iterator[Advice]:
    """Advise on texts that were not replaced because no lasting copy would have been left."""
    setting = CodeSpan("snapshots: {push: REMOTE}")
    cure: tuple[str | CodeSpan, ...] = (
        (f"repair the push to {remote}",) if remote else ("set ", setting, " in the config file")
    )
    yield from _make_advice(
        _list_subjects(unkept),
        *cure,
        ", then run again; or take the text into git with ",
        CodeSpan("description-sync pull"),
        "; or replace it without a lasting copy: ",
        CodeSpan("--allow-unshared"),
        ".",
    )


def _advise_undo(run: Run, run_id: str) -> Iterator[Advice]:
    """Say where the replaced texts are kept, and how to undo the run if that clone lasts."""
    sharing, undo = run.sharing, ["description-sync", "rollback", run_id]
    command = CodeSpan(shlex.join([*undo, "--target", run.plan.target.name]))
    ref = CodeSpan(run.snapshot.ref)
    lasts = sharing.shared or not sharing.is_clone_temporary
    match _has_replaced_text(run), lasts:
        case True, True:
            place = f"here and on {sharing.remote}" if sharing.shared else "in this clone only"
            yield Advice(
                (),
                (
                    "Replaced texts are kept on ",
                    ref,
                    f", {place}; put them back with ",
                    command,
                    ".",
                ),
            )
        case True, False:
            yield Advice(
                (),
                (
                    "Replaced texts are on ",
                    ref,
                    " in this clone only, which is temporary: to keep them, set ",
                    CodeSpan("snapshots: {push: REMOTE}"),
                    " in the config file.",
                ),
            )
        case False, True:
            yield Advice((), ("No text was replaced. To undo this run: ", command, "."))
        case _:
            pass


def _has_replaced_text(run: Run) -> bool:
    """Return True if a write of the run has, or may have, replaced a text."""
    return any(
        outcome.change.before is not None and not outcome.change.before.is_empty
        for outcome in run.outcomes
        if outcome.result in {"applied", "altered"} or outcome.in_doubt
    )


def _make_advice(subjects: tuple[str, ...], *words: str | CodeSpan) -> Iterator[Advice]:
    """Yield the advice if it has any subject."""
    if subjects:
        yield Advice(subjects, words)


def _list_subjects(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(change.path or change.model for change in changes)
