"""Fault rules: a small language that makes the sandbox fail, and the values it is parsed into.

    METHOD:EFFECT[:TIMES][@MODEL]        METHOD is GET, PUT, POST or ANY

    PUT:503             every PUT answers 503
    GET:500:2           the first two GETs answer 500, the others succeed
    PUT:403@model_abc   only that model's
    GET:unset=404       the response for a model without description: empty, null, absent, lists
                        (no value, but `assets` and `models`) or 404
    PUT:cut=2000        the server keeps the first 2,000 characters
    PUT:limit=50000     the server refuses longer texts (400)

`EFFECTS` lists all effects (docs/reference.md has them, too).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sync.errors import UsageError, did_you_mean
from sync.sandbox.odd_answers import RESHAPED_RESPONSES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

METHODS = ("GET", "PUT", "POST", "ANY")
BROKEN_RESPONSES = {
    "drop": "the connection is cut before anything happens",
    "drop-after": "the connection is cut after the request was carried out",
    "hang": "no answer ever comes",
    "html": "a gateway's page answers, with status 502",
    "expired": "the token has expired (403 of the gateway)",
    "firewall": "a firewall refuses the request (403 of the gateway)",
    "no-route": "the gateway knows no such path (403)",
    "restricted": "the account's plan does not include the model (403)",
    "plan-limit": "the plan allows no more (a final 429)",
    "quota": "the gateway's quota is used up (a final 429)",
    "redirect": "another server is said to know the answer",
    "empty": "200 with nothing in it",
    "garbage": "200 with half a JSON document",
    "other-shape": "200 with JSON that holds no description",
    "truncated": "the connection is cut in the middle of the answer",
    "huge": "200 megabytes of answer",
    "endless": "an answer that does not end",
    "trickle": "an endless answer, a byte every half second",
}
MISSING_DESCRIPTION_FORMS = ("empty", "null", "absent", "lists", "404")
TEXT_ALTERATIONS = {
    "trim": "blanks at both ends of a text are removed",
    "crlf": "line ends become CRLF",
    "strip-html": "HTML tags are removed",
    "break-tags": "HTML tags lose their `>`",
    "comment": "a comment is added at the end",
    "fold": "several blank lines become one",
    "untab": "tabs become spaces",
    "join": "the first two words of each line become one",
    "tight-headings": "`# A` becomes `#A`",
    "restyle": "`*a*` becomes `_a_`",
    "drop-references": "tags of assets and models are removed",
}
WRITE_VARIANTS = {
    "keep": "200, and the old text stays",
    "no-null": "null is refused (400), an empty text is not",
    "touch": "`updatedAt` of the model moves",
    "picky-firewall": "a firewall refuses bodies over 8 KB and texts with `<script` (403)",
}
BULK_VARIANTS = {
    "all-or-none": "a bulk call with one unknown id is refused as a whole (400)",
    "own-only": "a bulk call with `projectId` leaves out what belongs to others",
}
_WITH_VALUE = {
    "unset=FORM": "the answer for a model without a description; FORM is one of "
    + ", ".join(f"`{form}`" for form in MISSING_DESCRIPTION_FORMS),
    "cut=N": "the first N characters of a text are kept",
    "limit=N": "texts of more than N characters are refused (400)",
}
EFFECTS = (
    BROKEN_RESPONSES
    | RESHAPED_RESPONSES
    | TEXT_ALTERATIONS
    | WRITE_VARIANTS
    | BULK_VARIANTS
    | _WITH_VALUE
)

_FAULT = re.compile(
    r"(?P<method>[^:@]+):(?P<effect>[^:@=]+)(?:=(?P<value>[^:@]+))?(?::(?P<times>[^:@]+))?(?:@(?P<model>.+))?"
)


@dataclass(frozen=True, slots=True)
class ErrorStatus:
    """An error status in place of a response; the request is not carried out."""

    code: int


@dataclass(frozen=True, slots=True)
class BrokenResponse:
    """A broken response; `name` is a key of `BROKEN_RESPONSES`."""

    name: str


@dataclass(frozen=True, slots=True)
class MissingDescription:
    """The form of a response without description: one of `MISSING_DESCRIPTION_FORMS`."""

    shape: str


@dataclass(frozen=True, slots=True)
class TextAlteration:
    """An alteration that the server makes to a text; `name` is one of `TEXT_ALTERATIONS`."""

    name: str
    limit: int = 0

    def __call__(self, text: str) -> str:
        return text[: self.limit] if self.name == "cut" else _ALTERATIONS[self.name](text)


_ALTERATIONS: dict[str, Callable[[str], str]] = {
    "trim": str.strip,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "strip-html": lambda text: re.sub(r"</?[a-zA-Z][^>]*>", "", text),
    "break-tags": lambda text: re.sub(r"(</?[a-zA-Z][^<>]*)>", r"\1", text),
    "comment": lambda text: f"{text}<!-- checked -->\n",
    "fold": lambda text: re.sub(r"\n{3,}", "\n\n", text),
    "untab": lambda text: text.expandtabs(4),
    "join": lambda text: re.sub(r"(?m)^(\w+) (?=\w)", r"\1", text),
    "tight-headings": lambda text: re.sub(r"(?m)^(#+) ", r"\1", text),
    "restyle": lambda text: re.sub(r"\*(\w[^*\n]*)\*", r"_\1_", text),
    "drop-references": lambda text: re.sub(r"\{(?:asset|model):[^{}\s]+\}", "", text),
}


@dataclass(frozen=True, slots=True)
class ReshapedResponse:
    """A response that does not keep the contract; `name` is a key of `RESHAPED_RESPONSES`."""

    name: str


@dataclass(frozen=True, slots=True)
class WriteVariant:
    """A write that is carried out differently or not at all; `name` is one of `WRITE_VARIANTS`."""

    name: str


@dataclass(frozen=True, slots=True)
class BulkVariant:
    """A bulk call that is answered differently; `name` is one of `BULK_VARIANTS`."""

    name: str


@dataclass(frozen=True, slots=True)
class TextLimit:
    """The number of characters above which a text is refused."""

    limit: int


Effect: TypeAlias = (
    ErrorStatus
    | BrokenResponse
    | MissingDescription
    | TextAlteration
    | ReshapedResponse
    | WriteVariant
    | BulkVariant
    | TextLimit
)
EffectT = TypeVar("EffectT", bound=Effect)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """An effect on requests of one method; on the first `times`, or on all if that is None."""

    method: str
    effect: Effect
    times: int | None = None
    model: str | None = None

    def applies_to(self, method: str, model: str | None) -> bool:
        return self.method in ("ANY", method) and self.model in (None, model)


class FaultInjector:
    """The fault rules of one sandbox, with a count of the requests that each rule applied to."""

    def __init__(self, faults: Sequence[FaultRule]) -> None:
        self._faults = faults
        self._hit_counts: Counter[FaultRule] = Counter()

    def find_failure(self, method: str, model: str | None) -> ErrorStatus | BrokenResponse | None:
        """Return the first effect that replaces the response; None if the request succeeds.

        Counts the request for that rule.
        """
        due: Iterator[ErrorStatus | BrokenResponse] = self._find_due_effects(
            method, model, of=(ErrorStatus, BrokenResponse)
        )
        return next(due, None)

    def find_missing_form(self, method: str, model: str) -> str:
        shapes = (
            effect.shape
            for effect in self._find_due_effects(method, model, of=(MissingDescription,))
        )
        return next(shapes, "empty")

    def alter_text(self, text: str, *, method: str, model: str) -> str:
        for alter in self._find_due_effects(method, model, of=(TextAlteration,)):
            text = alter(text)
        return text

    def find_reshapes(self, method: str, model: str | None) -> list[str]:
        effects = self._find_due_effects(method, model, of=(ReshapedResponse,))
        return [effect.name for effect in effects]

    def find_write_variants(self, method: str, model: str) -> set[str]:
        effects = self._find_due_effects(method, model, of=(WriteVariant,))
        return {effect.name for effect in effects}

    def find_bulk_variants(self, method: str) -> set[str]:
        effects = self._find_due_effects(method, None, of=(BulkVariant,))
        return {effect.name for effect in effects}

    def find_text_limit(self, method: str, model: str) -> float:
        """Return the number of characters that a text may have."""
        limits = (effect.limit for effect in self._find_due_effects(method, model, of=(TextLimit,)))
        return min(limits, default=math.inf)

    def _find_due_effects(
        self, method: str, model: str | None, *, of: tuple[type[EffectT], ...]
    ) -> Iterator[EffectT]:
        for fault in self._faults:
            if isinstance(fault.effect, of) and fault.applies_to(method, model):
                self._hit_counts[fault] += 1
                if fault.times is None or self._hit_counts[fault] <= fault.times:
                    yield fault.effect


def parse_fault(words: str) -> FaultRule:
    """Parse a fault rule; raise UsageError, which lists the valid effects."""
    parts = _FAULT.fullmatch(words)
    if parts is None:
        raise _build_usage_error(words, "it does not read METHOD:EFFECT[:TIMES][@MODEL]")
    if parts["method"] not in METHODS:
        raise _build_usage_error(words, f"{parts['method']!r} is none of {', '.join(METHODS)}")
    effect = _parse_effect(parts["effect"], parts["value"], words=words)
    times = None if parts["times"] is None else _parse_count(parts["times"], "TIMES", words=words)
    return FaultRule(parts["method"], effect, times=times, model=parts["model"])


def _parse_effect(name: str, value: str | None, *, words: str) -> Effect:
    match name, value:
        case _, None if name.isdecimal() and _is_error_status(int(name)):
            return ErrorStatus(int(name))
        case _, None if kind := _find_kind(name):
            return kind(name)
        case "unset", str() if value in MISSING_DESCRIPTION_FORMS:
            return MissingDescription(value)
        case "unset", _:
            raise _build_usage_error(
                words, f"unset= takes one of {', '.join(MISSING_DESCRIPTION_FORMS)}"
            )
        case "cut", _:
            return TextAlteration("cut", _parse_count(value or "", "cut=", words=words))
        case "limit", _:
            return TextLimit(_parse_count(value or "", "limit=", words=words))
        case _:
            near = did_you_mean(name, [each.partition("=")[0] for each in EFFECTS])
            raise _build_usage_error(words, f"{name!r} is not an effect{near}")


def _find_kind(name: str) -> Callable[[str], Effect] | None:
    """Return the class of an effect that is a name alone."""
    kinds: tuple[tuple[Collection[str], Callable[[str], Effect]], ...] = (
        (BROKEN_RESPONSES, BrokenResponse),
        (RESHAPED_RESPONSES, ReshapedResponse),
        (WRITE_VARIANTS, WriteVariant),
        (BULK_VARIANTS, BulkVariant),
        (_ALTERATIONS, TextAlteration),
    )
    return next((kind for names, kind in kinds if name in names), None)


def _parse_count(text: str, of: str, *, words: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise _build_usage_error(words, f"{of} takes a whole number above zero, not {text!r}")
    return int(text)


def _is_error_status(code: int) -> bool:
    return code in set(HTTPStatus) and code >= HTTPStatus.BAD_REQUEST


def _build_usage_error(words: str, why: str) -> UsageError:
    return UsageError(
        f"The fault {words!r} is not understood: {why}",
        hint="For example PUT:503, GET:500:2 or GET:hang@model_abc. "
        f"Effects are an error status, {', '.join(EFFECTS)}.",
    )
