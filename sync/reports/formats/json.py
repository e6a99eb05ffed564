"""Reports as one JSON document for programs."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, assert_never

from sync.decisions.doctor import Checkup
from sync.decisions.import_ import ImportRun
from sync.decisions.map import ModelMap
from sync.decisions.pull import PullRun
from sync.decisions.show import ShownDescription
from sync.decisions.undocumented import DocumentationStatus
from sync.model.plan import Plan
from sync.model.run import Run
from sync.reports.check import CheckResult
from sync.reports.documents.check import CheckDocument
from sync.reports.documents.doctor import DoctorDocument
from sync.reports.documents.history import HistoryDocument
from sync.reports.documents.import_ import ImportDocument
from sync.reports.documents.map import MapDocument
from sync.reports.documents.plan import PlanDocument
from sync.reports.documents.pull import PullDocument
from sync.reports.documents.run import RunDocument
from sync.reports.documents.show import ShowDocument
from sync.reports.documents.targets import FailureDocument, TargetsDocument
from sync.reports.documents.undocumented import UndocumentedDocument
from sync.reports.formats.sanitize import neutralize_json_commands
from sync.reports.history import RunHistory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.errors import SyncError
    from sync.reports.documents.base import JsonDocument
    from sync.reports.documents.targets import TargetDocument

ReportSubject: TypeAlias = (
    Plan
    | Run
    | PullRun
    | RunHistory
    | CheckResult
    | ModelMap
    | ImportRun
    | Checkup
    | ShownDescription
    | DocumentationStatus
)
_NO_FAILURES: Mapping[str, SyncError] = MappingProxyType({})


def render_json(
    subjects: Sequence[ReportSubject], *, failures: Mapping[str, SyncError] = _NO_FAILURES
) -> str:
    """Render one JSON document; a single subject, or a single failure, is not put into a list.

    `failures` are the errors by the name of the target that failed.
    """
    documents = [*map(make_document, subjects)]
    if len(documents) == 1 and not failures:
        return _dump_document(documents[0])
    failed = [FailureDocument.from_error(target, error) for target, error in failures.items()]
    if len(failed) == 1 and not documents:
        return _dump_document(failed[0])
    return _dump_document(TargetsDocument(targets=[*documents, *failed]))


def make_document(subject: ReportSubject) -> TargetDocument:  # noqa: C901, PLR0911 - one per kind
    """Make the document of a subject."""
    match subject:
        case Plan():
            return PlanDocument.from_plan(subject)
        case Run():
            return RunDocument.from_run(subject)
        case PullRun():
            return PullDocument.from_pull(subject)
        case RunHistory():
            return HistoryDocument.from_history(subject)
        case CheckResult():
            return CheckDocument.from_result(subject)
        case ModelMap():
            return MapDocument.from_map(subject)
        case ImportRun():
            return ImportDocument.from_import(subject)
        case Checkup():
            return DoctorDocument.from_checkup(subject)
        case ShownDescription():
            return ShowDocument.from_shown(subject)
        case DocumentationStatus():
            return UndocumentedDocument.from_status(subject)
        case _:
            assert_never(subject)


def _dump_document(document: JsonDocument) -> str:
    content = json.dumps(document.model_dump(mode="json"), indent=2)
    return neutralize_json_commands(content) + "\n"
