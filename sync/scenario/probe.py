"""One look at a project, and what the answer tells beside its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.scenario.answers import STRANGE, AttemptError, http_date
from sync.scenario.schema import ModelPage, SchemaError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.scenario.answers import Answer
    from sync.scenario.session import Session
    from sync.scenario.waits import Clock


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen; times in seconds, `skew` being our clock's lead over the server's.

    `skew` is None where the server shows no time. `limits` are the headers that tell of a rate
    limit, by name; `model` is one of the project's models, if it has any.
    """

    seconds: float
    skew: float | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    model: str | None = None


async def look(session: Session, target: str, *, clock: Clock) -> Seen:
    """List the models at the target. Raises AttemptError, CredentialsError or AccessError."""
    started = clock.monotonic()
    answer = await session.send("GET", target)
    seconds = clock.monotonic() - started
    theirs = http_date(answer.headers.get("date"))
    skew = None if theirs is None else clock.now() - seconds / 2 - theirs
    return Seen(seconds, skew, _limits(answer), _model(answer))


def _limits(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if "ratelimit" in name.lower()}


def _model(answer: Answer) -> str | None:
    try:
        models = parse(ModelPage, answer.body).models
    except SchemaError as error:
        raise AttemptError(str(error), hint=STRANGE, status=answer.status) from error
    return models[0].id if models else None
