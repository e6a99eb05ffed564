"""Make the commands that resolve drift: take the texts into git, or replace them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.reports.report import MAX_NAMED_SUBJECTS, CodeSpan
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model.changes import (
        Drift,
        Held,
    )
    from sync.model.plan import Plan


def make_pull_command(changes: Sequence[Drift], plan: Plan) -> CodeSpan:
    """Make the command that pulls these texts; only `--all` creates files that do not exist.

    Models of copied texts are named by id, because their file may name only the other target's id.
    """
    if plan.source.kind != "target" and all(change.path and change.after for change in changes):
        selection = _list_paths(changes)
    else:
        selection = ["--all", *_list_model_options(changes)]
    words = ["description-sync", "pull", *selection, "--target", plan.target.name]
    return CodeSpan(join_words(words))


def make_overwrite_command(changes: Sequence[Drift], plan: Plan) -> CodeSpan:
    """Make the command that replaces these texts, from the source of the plan."""
    source, target = plan.source, ["--target", plan.target.name]
    if source.kind == "snapshot":
        words = ["rollback", *([source.label] if source.label else [])]
        selection = _list_model_options(changes)
    else:
        words = ["apply"]
        selection = _list_paths(changes) or _list_model_options(changes)
    options = [*_list_source_options(plan), *target, "--on-drift", "overwrite"]
    return CodeSpan(join_words(["description-sync", *words, *selection, *options]))


def make_resume_command(changes: Sequence[Held], plan: Plan) -> CodeSpan:
    """Make the command that writes texts again that were rolled back, from the plan's source."""
    words = ["description-sync", "apply", *_list_paths(changes), "--target", plan.target.name]
    return CodeSpan(join_words([*words, *_list_source_options(plan), "--resume"]))


def _list_source_options(plan: Plan) -> list[str]:
    """List the options that choose the plan's source; none if it is the worktree."""
    source = plan.source
    if source.kind == "target" and source.label:
        return ["--from-target", source.label]
    if source.kind == "commit" and source.commit:
        return ["--commit", source.commit]
    return []


def _list_paths(changes: Sequence[Drift | Held]) -> list[str]:
    """List the paths to select the changes; none if they are many or if one has no file."""
    paths = [change.path for change in changes if change.path]
    return paths if len(paths) == len(changes) <= MAX_NAMED_SUBJECTS else []


def _list_model_options(changes: Sequence[Drift]) -> list[str]:
    few = changes if len(changes) <= MAX_NAMED_SUBJECTS else []
    return [word for change in few for word in ("--model", change.model)]
