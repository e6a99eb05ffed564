"""Advise what to do next: commands per row, and one piece of advice per problem."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from sync.model.changes import (
    Change,
    Drift,
    Failed,
    Held,
    Invalid,
    Missing,
    Retired,
    Unmanaged,
    is_write,
)
from sync.reports.drift_commands import (
    make_overwrite_command,
    make_pull_command,
    make_resume_command,
)
from sync.reports.report import MAX_NAMED_SUBJECTS, Advice, CodeSpan, CommandLine
from sync.reports.rollback import advise_after_rollback
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model.changes import DriftCause
    from sync.model.plan import Plan
    from sync.model.run import Result, Run


def suggest_commands(change: Change, plan: Plan) -> Iterator[CommandLine]:
    """Suggest the commands that resolve a drift: take the text into git, or replace it.

    If many texts drifted, the advice on the whole plan suggests them once.
    """
    if not isinstance(change, Drift) or not _is_unresolved_edit(change):
        return
    # No more are looked for than needed: this is asked of each change of the plan.
    drifted = islice(filter(_is_unresolved_edit, plan.changes), MAX_NAMED_SUBJECTS + 1)
    if sum(1 for _ in drifted) > MAX_NAMED_SUBJECTS:
        return
    if plan.source.kind != "snapshot":
        yield CommandLine("keep it", make_pull_command([change], plan))
    if change.after:  # a text that git does not have is never deleted
        yield CommandLine("replace it", make_overwrite_command([change], plan))


def advise_on_plan(plan: Plan) -> Iterator[Advice]:
    """Advise on each kind of problem in the plan."""
    target, changes = plan.target.name, plan.changes
    for violation in plan.violations:
        yield Advice((), (f"Blocked: {violation.message}",), is_refusal=True)
    yield from _advise_on_drift([c for c in changes if isinstance(c, Drift)], plan)
    if any(_is_unresolved_edit(change) and change.after for change in changes):
        yield Advice((), ("A replaced text will be kept on ", *_describe_place(plan)))
    yield from _advise_on_held([c for c in changes if isinstance(c, Held)], plan)
    yield from _advise_on_missing(changes, plan)
    yield from _make_advice(
        _list_subjects(c for c in changes if isinstance(c, Invalid) and c.cause == "faults"),
        "fix the errors first; apply writes nothing until then. To check: ",
        CodeSpan("description-sync check"),
    )
    yield from _advise_on_untranslatable(changes, plan)
    yield from _make_advice(
        _list_subjects(change for change in changes if isinstance(change, Failed)),
        "could not be read and will be left alone. See the reason above, then run again.",
    )
    yield from _advise_on_retired([c for c in changes if isinstance(c, Retired)], target)
    unmanaged = _list_subjects(change for change in changes if isinstance(change, Unmanaged))
    yield from _make_advice(
        unmanaged,
        "to create its file, run " if len(unmanaged) == 1 else "to create their files, run ",
        CodeSpan(join_words(["description-sync", "pull", "--all", "--target", target])),
        ".",
    )


def _advise_on_retired(retired: Sequence[Retired], target: str) -> Iterator[Advice]:
    """Advise on models without a file, except those that this plan leaves alone on doubt."""
    leave_out = ("To leave the model out of plans, add it to ", CodeSpan("ignore.models"), ".")
    yield from _make_advice(
        tuple(change.model for change in retired if not change.notes),
        "no file names the model any more, the description stays in Scenario. To delete it, set ",
        CodeSpan("prune: true"),
        f" for {target}. ",
        *leave_out,
    )
    yield from _make_advice(
        tuple(change.model for change in retired if change.notes and change.before is None),
        "no file names the model any more. ",
        *leave_out,
    )


def advise_on_run(run: Run) -> Iterator[Advice]:
    """Advise on the changes that the run did not make, and how to undo the run."""
    results: dict[Result, list[Change]] = {}
    for outcome in run.outcomes:
        results.setdefault(outcome.result, []).append(outcome.change)
    refused = results.get("refused", [])
    yield from _advise_on_untranslatable(refused, run.plan)
    drifted = [change for change in refused if isinstance(change, Drift) and not is_write(change)]
    yield from _advise_on_drift(drifted, run.plan)
    yield from _make_advice(
        _list_subjects(
            change
            for change in refused
            if is_write(change) and change.model not in run.unkept_models
        ),
        "left alone for the reason above. Make a new plan.",
    )
    yield from _advise_on_unkept(
        [change for change in refused if change.model in run.unkept_models], run.sharing.remote
    )
    yield from _make_advice(
        _list_subjects(results.get("altered", [])),
        "Scenario keeps its own form of this text. It is recorded, and not sent again."
        if run.snapshot.after
        else "Scenario keeps its own form of this text. It could not be recorded, so that the next "
        "plan shows it as drift.",
    )
    failed = results.get("failed", [])
    yield from _advise_on_missing(failed, run.plan)
    yield from _make_advice(
        _list_subjects(
            change
            for change in [*failed, *results.get("not_attempted", [])]
            if not isinstance(change, Missing)
        ),
        "run the command again for the rest. Finished items are not written again.",
    )
    if run.snapshot.run and ("applied" in results or "altered" in results):
        yield from _advise_undo(run, run.snapshot.run)
    yield from advise_after_rollback(run)


def _advise_on_unkept(unkept: Sequence[Change], remote: str | None) -> Iterator[Advice]:
    """Advise on texts that were not replaced, because only this clone would have had a copy."""
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
    """Return where the replaced texts are kept, and how to undo the run if the clone lasts."""
    sharing, undo = run.sharing, ["description-sync", "rollback", run_id]
    command = CodeSpan(join_words([*undo, "--target", run.plan.target.name]))
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
                    f", {place}. To undo this run: ",
                    command,
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
            yield Advice((), ("Scenario showed no text to replace. To undo this run: ", command))
        case _:
            pass


def _has_replaced_text(run: Run) -> bool:
    """Return True if a write of the run has, or may have, replaced a text."""
    return any(
        outcome.change.before is not None and not outcome.change.before.is_empty
        for outcome in run.outcomes
        if outcome.result in {"applied", "altered"} or outcome.in_doubt
    )


# --- drift ---------------------------------------------------------------------------------------


def _is_unresolved_edit(change: Change) -> bool:
    """Return True if the text was changed outside git, and the run left it alone."""
    return isinstance(change, Drift) and change.cause in _EDITS and not is_write(change)


_EDITS: frozenset[DriftCause] = frozenset({"edited", "changed"})


def _advise_on_drift(drifted: Sequence[Drift], plan: Plan) -> Iterator[Advice]:
    """Advise on drift, by its cause: `pull` helps only if somebody edited the text."""
    unresolved = [change for change in drifted if not is_write(change)]
    yield from _advise_on_edits([c for c in unresolved if c.cause in _EDITS], plan)
    yield from _make_advice(
        _list_subjects(change for change in unresolved if change.cause == "behind"),
        "merge or rebase onto the commits that have the newer text, then make a new plan. "
        "To deploy the older text nevertheless, pass ",
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
        "complete the git history as described above, then make a new plan.",
    )
    yield from _make_advice(
        _list_subjects(change for change in drifted if is_write(change)),
        "the text in Scenario will be kept on ",
        *_describe_place(plan),
    )


def _describe_place(plan: Plan) -> tuple[str | CodeSpan, ...]:
    """Describe where apply will keep replaced texts, and if that place lasts."""
    ref, remote = CodeSpan(plan.target.snapshot_ref), plan.sharing.remote
    if remote:
        return ref, f", here and on {remote}."
    if plan.sharing.is_clone_temporary:
        return ref, ", in this clone only, which is temporary."
    return ref, ", in this clone only."


def _advise_on_edits(edited: Sequence[Drift], plan: Plan) -> Iterator[Advice]:
    """Advise on edits that are too many for commands in each row, and on deletions."""
    total = len(plan.changes)
    with_file = [change for change in edited if change.after]
    if len(edited) > MAX_NAMED_SUBJECTS:
        if plan.source.kind == "snapshot":
            yield from _advise_overwrite(with_file, plan)
        elif 2 * len(with_file) > total:
            yield _advise_first_pull(len(with_file), target=plan.target.name, total=total)
        else:
            yield from _advise_pull(with_file, plan)
    yield from _make_advice(
        _list_subjects(change for change in edited if not change.after),
        "this is not the text that the run left, so rollback will not delete it."
        if plan.source.kind == "snapshot"
        else "no branch, tag or stash of this clone has this text, so apply will not delete it.",
    )


def _advise_first_pull(count: int, *, target: str, total: int) -> Advice:
    unknown = f"No branch, tag or stash of this clone has {count} of {total} texts of Scenario. "
    advice = "If they are older than this folder, take them into git first: "
    command = CodeSpan(join_words(["description-sync", "pull", "--all", "--target", target]))
    return Advice((), (unknown + advice, command))


def _advise_pull(edited: Sequence[Drift], plan: Plan) -> Iterator[Advice]:
    yield from _make_advice(
        _list_subjects(edited),
        "to keep the texts of Scenario, run ",
        make_pull_command(edited, plan),
        "; to replace them, run ",
        make_overwrite_command(edited, plan),
        ".",
    )


def _advise_overwrite(edited: Sequence[Drift], plan: Plan) -> Iterator[Advice]:
    yield from _make_advice(
        _list_subjects(edited),
        "to restore the older texts nevertheless, run ",
        make_overwrite_command(edited, plan),
        ".",
    )


def _advise_on_held(held: Sequence[Held], plan: Plan) -> Iterator[Advice]:
    """Advise on texts that were rolled back and that the files still have."""
    yield from _make_advice(
        _list_subjects(held),
        "rolled back; apply leaves the text alone until the file changes. To write it now: ",
        make_resume_command(held, plan),
    )


# --- words ---------------------------------------------------------------------------------------


def _advise_on_missing(changes: Iterable[Change], plan: Plan) -> Iterator[Advice]:
    """Advise on models that do not exist; if none exists, another project was probably asked."""
    everything = [change for change in changes if isinstance(change, Missing)]
    name = plan.target.name
    for other in sorted({change.named_in for change in everything if change.named_in}):
        command = ["description-sync", "map", other, name, "--write", "--rewrite"]
        yield from _make_advice(
            _list_subjects(change for change in everything if change.named_in == other),
            f"the id is that of a model of {other}. To write its name in place of it: ",
            CodeSpan(join_words(command)),
        )
    missing = [change for change in everything if not change.named_in]
    if len(missing) == len(everything) > 1 and _knows_no_model(plan):
        project = plan.target.project_id
        where = f"project {project}" if project else "the project of this key"
        words = f"{name} has none of these models. Is base_url right ({plan.target.base_url}), or "
        yield Advice((), (f"{words}project_id ({where})?",))
        return
    yield from _make_advice(
        _list_subjects(missing),
        f"{name} has no such model, or this key cannot see it. Check the id in the file name, "
        "in the front matter or in config.yaml. If only another target has the model, say so in "
        "the front matter: ",
        CodeSpan("models: {TARGET: ID}"),
        ".",
    )


def _knows_no_model(plan: Plan) -> bool:
    """Return True if every model that Scenario was asked for is missing."""
    return all(isinstance(change, Missing | Invalid | Unmanaged) for change in plan.changes)


def _advise_on_untranslatable(changes: Iterable[Change], plan: Plan) -> Iterator[Advice]:
    """Advise on texts that refer to models or assets that the target lacks."""
    subjects = _list_subjects(
        change
        for change in changes
        if isinstance(change, Invalid) and change.cause == "untranslatable"
    )
    words: tuple[str | CodeSpan, ...] = (
        (
            f"{plan.target.name} does not have everything that the text refers to, "
            "so the text is left alone. To accept this: "
        ),
        CodeSpan("--skip-untranslatable"),
    )
    if plan.source.kind == "target" and plan.source.label:
        command = ["description-sync", "map", plan.source.label, plan.target.name]
        words = (*words, ". To find names: ", CodeSpan(join_words(command)))
    yield from _make_advice(subjects, *words, ".")


def _make_advice(subjects: tuple[str, ...], *words: str | CodeSpan) -> Iterator[Advice]:
    """Yield the advice if it has any subject."""
    if subjects:
        yield Advice(subjects, words)


def _list_subjects(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(change.path or change.model for change in changes)
