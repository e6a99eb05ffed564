"""The small language in which the sandbox is told to misbehave, and the values it stands for.

    METHOD:EFFECT[:TIMES][@MODEL]        METHOD is GET, PUT, POST or ANY

    PUT:503             every PUT answers 503
    GET:500:2           the first two GETs answer 500, the others succeed
    PUT:403@model_abc   only that model's
    GET:unset=404       how a model without description answers: empty, null, absent or 404
    PUT:cut=2000        the server keeps the first 2,000 characters; also trim, crlf, strip-html

`BREAKS` lists the other effects.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sync.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

METHODS = ("GET", "PUT", "POST", "ANY")
BREAKS = {
    "drop": "the connection is cut before anything happens",
    "drop-after": "the connection is cut after the request was carried out",
    "hang": "no answer ever comes",
    "html": "a gateway's page answers, with status 502",
    "expired": "the token has expired (403)",
    "plan-limit": "the plan allows no more (a final 429)",
    "redirect": "another server is said to know the answer",
    "empty": "200 with nothing in it",
    "garbage": "200 with half a JSON document",
    "other-shape": "200 with JSON that holds no description",
    "truncated": "the connection is cut in the middle of the answer",
    "huge": "200 megabytes of answer",
    "endless": "an answer that does not end",
    "trickle": "an endless answer, a byte every half second",
}
UNSETS = ("empty", "null", "absent", "404")
ALTERATIONS = ("trim", "crlf", "strip-html", "cut")

_FAULT = re.compile(
    r"(?P<method>[^:@]+):(?P<effect>[^:@=]+)(?:=(?P<value>[^:@]+))?(?::(?P<times>[^:@]+))?(?:@(?P<model>.+))?"
)


@dataclass(frozen=True, slots=True)
class Status:
    """The request is answered with this error status, and not carried out."""

    code: int


@dataclass(frozen=True, slots=True)
class Break:
    """One of `BREAKS`."""

    name: str


@dataclass(frozen=True, slots=True)
class Unset:
    """How a model without description answers: one of `UNSETS`."""

    shape: str


@dataclass(frozen=True, slots=True)
class Alter:
    """What the server makes of a text that it is sent: one of `ALTERATIONS`."""

    name: str
    limit: int = 0

    def __call__(self, text: str) -> str:
        match self.name:
            case "trim":
                return text.strip()
            case "crlf":
                return text.replace("\n", "\r\n")
            case "strip-html":
                return re.sub(r"</?[a-zA-Z][^>]*>", "", text)
            case _:
                return text[: self.limit]


Effect: TypeAlias = Status | Break | Unset | Alter
EffectT = TypeVar("EffectT", bound=Effect)


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect on the requests with this method, the first `times` of them; None: on each."""

    method: str
    effect: Effect
    times: int | None = None
    model: str | None = None

    def concerns(self, method: str, model: str | None) -> bool:
        return self.method in ("ANY", method) and self.model in (None, model)


class Faults:
    """The faults of one sandbox, which remembers how often each of them struck."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults
        self._struck: Counter[Fault] = Counter()

    def breaking(self, method: str, model: str | None) -> Status | Break | None:
        """The first fault that keeps this request from its answer."""
        due: Iterator[Status | Break] = self._due(method, model, of=(Status, Break))
        return next(due, None)

    def unset(self, method: str, model: str) -> str:
        shapes = (effect.shape for effect in self._due(method, model, of=(Unset,)))
        return next(shapes, "empty")

    def altered(self, text: str, *, method: str, model: str) -> str:
        for alter in self._due(method, model, of=(Alter,)):
            text = alter(text)
        return text

    def _due(
        self, method: str, model: str | None, *, of: tuple[type[EffectT], ...]
    ) -> Iterator[EffectT]:
        for fault in self._faults:
            if isinstance(fault.effect, of) and fault.concerns(method, model):
                self._struck[fault] += 1
                if fault.times is None or self._struck[fault] <= fault.times:
                    yield fault.effect


def parse_fault(words: str) -> Fault:
    """The fault that these words stand for; raises UsageError saying what would be understood."""
    parts = _FAULT.fullmatch(words)
    if parts is None:
        raise _misunderstood(words, "it does not read METHOD:EFFECT[:TIMES][@MODEL]")
    if parts["method"] not in METHODS:
        raise _misunderstood(words, f"{parts['method']!r} is none of {', '.join(METHODS)}")
    effect = _effect(parts["effect"], parts["value"], words=words)
    times = None if parts["times"] is None else _count(parts["times"], "TIMES", words=words)
    return Fault(parts["method"], effect, times=times, model=parts["model"])


def _effect(name: str, value: str | None, *, words: str) -> Effect:
    match name, value:
        case _, None if name.isdecimal() and _is_error(int(name)):
            return Status(int(name))
        case _, None if name in BREAKS:
            return Break(name)
        case "unset", str() if value in UNSETS:
            return Unset(value)
        case "unset", _:
            raise _misunderstood(words, f"unset= takes one of {', '.join(UNSETS)}")
        case "cut", _:
            return Alter("cut", _count(value or "", "cut=", words=words))
        case _, None if name in ALTERATIONS:
            return Alter(name)
        case _:
            near = did_you_mean(name, [*BREAKS, *ALTERATIONS, "unset"])
            raise _misunderstood(words, f"{name!r} is no effect{near}")


def _count(text: str, of: str, *, words: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise _misunderstood(words, f"{of} takes a whole number above zero, not {text!r}")
    return int(text)


def _is_error(code: int) -> bool:
    return code in set(HTTPStatus) and code >= HTTPStatus.BAD_REQUEST


def _misunderstood(words: str, why: str) -> UsageError:
    effects = ", ".join([*BREAKS, "unset=SHAPE", "trim", "crlf", "strip-html", "cut=N"])
    return UsageError(
        f"The fault {words!r} is not understood: {why}",
        hint="For example PUT:503, GET:500:2 or GET:hang@model_abc. "
        f"Effects are an error status, {effects}.",
    )
