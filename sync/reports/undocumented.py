"""The report of the models that have no description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.reports.report import CodeSpan, CommandLine, ModelSpan, Report, Row, Table
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.decisions.undocumented import DocumentationStatus, UndocumentedModel


def build_undocumented_report(status: DocumentationStatus) -> Report:
    """Build the report: one row per model without a description."""
    rows = tuple(_make_rows(status))
    return Report(
        kind="status",
        title=status.target.name,
        subtitle=f"{status.described} of {status.total} described",
        target=status.target,
        blocks=(Table(("State", "Name", "Model", "File"), rows),) if rows else (),
    )


def _make_rows(status: DocumentationStatus) -> Iterator[Row]:
    for entry in status.undocumented:
        yield _make_row(entry, target=status.target.name)
    for model in status.unreadable:
        yield Row("failed", "bad", ("", ModelSpan(model)), remark="could not be read", symbol="!")


def _make_row(entry: UndocumentedModel, *, target: str) -> Row:
    if entry.path:
        words = ["apply", entry.path]
        remark, purpose = f"{entry.path} is not applied yet", "deploy it"
    else:
        words = ["new", entry.model.id]
        remark, purpose = "no file", "make one"
    command = CodeSpan(join_words(["description-sync", *words, "--target", target]))
    return Row(
        "undocumented",
        "change",
        (entry.model.name, ModelSpan(entry.model.id)),
        remark=remark,
        commands=(CommandLine(purpose, command),),
    )
