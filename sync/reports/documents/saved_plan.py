"""Read a saved plan: JSON that anybody can have changed, checked before it is believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sync.errors import RefusedError, UsageError
from sync.reports.documents.base import FORMAT_VERSION
from sync.reports.documents.plan import PlanDocument, compute_checksum

if TYPE_CHECKING:
    from sync.model.plan import Plan

_REMAKE_HINT = "Make it again: description-sync plan --out PLAN.json"


def parse_plan_json(text: str) -> Plan:
    """Parse a saved plan, which does not include the texts of items in sync.

    Raises UsageError if the text is not a saved plan, and RefusedError if the plan has another
    version or was changed after it was made.
    """
    content = _parse_object(text)
    _check_kind(content)
    _verify_checksum(content)
    try:
        return PlanDocument.model_validate(content).to_plan()
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the document"
        raise RefusedError(
            f"the saved plan is not valid at {place}: {fault['msg']}", hint=_REMAKE_HINT
        ) from error


def _parse_object(text: str) -> dict[str, object]:
    try:
        content = json.loads(
            text, object_pairs_hook=_reject_duplicate_keys, parse_constant=_reject_constant
        )
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not a saved plan: {error}", hint=_REMAKE_HINT) from error
    if not isinstance(content, dict):
        raise UsageError("this is not a saved plan: it is not a JSON object", hint=_REMAKE_HINT)
    return content


def _reject_duplicate_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("an object has the same key twice")
    return content


def _reject_constant(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _check_kind(content: dict[str, object]) -> None:
    if content.get("kind") != "plan":
        raise UsageError('this is not a saved plan: its kind is not "plan"', hint=_REMAKE_HINT)
    if content.get("version") != FORMAT_VERSION:
        raise RefusedError(
            f"this is a saved plan of another version: this program reads version {FORMAT_VERSION}",
            hint=_REMAKE_HINT,
        )


def _verify_checksum(content: dict[str, object]) -> None:
    try:
        is_intact = content.get("checksum") == compute_checksum(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not a saved plan: {error}", hint=_REMAKE_HINT) from error
    if not is_intact:
        raise RefusedError("the saved plan was changed after it was made", hint=_REMAKE_HINT)
