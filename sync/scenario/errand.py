"""All requests made for one item: tried again by the rules, and given up in words."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from tenacity import AsyncRetrying, retry_if_exception

from sync.errors import PointlessError, RequestError
from sync.scenario.answers import STRANGE, AttemptError
from sync.scenario.schema import SchemaError
from sync.scenario.throttle import PATIENCE
from sync.scenario.waits import Notice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

    from sync.scenario.session import Session
    from sync.scenario.waits import Clock, Observer

FIRST_WAIT = 0.5  # seconds, doubled every time
LONGEST_WAIT = 8.0
# Seconds, trebled every time: five of them outlast a window of a minute.
FIRST_WAIT_WHEN_LIMITED = 0.75

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class Errand:
    """One item's share of a session; `subject` names the item in messages."""

    def __init__(
        self,
        session: Session,
        subject: str,
        *,
        clock: Clock,
        random: Callable[[], float],
        observe: Observer,
    ) -> None:
        self.subject = subject
        self.requests = 0
        self._session = session
        self._clock = clock
        self._random = random
        self._observe = observe

    async def run(
        self,
        step: Callable[_Parameters, Awaitable[_Result]],
        *args: _Parameters.args,
        **kwargs: _Parameters.kwargs,
    ) -> _Result:
        """The step's result, after as many attempts as it takes and the server's rules allow.

        Raises RequestError when it gives up; PointlessError when the server was never reached.
        """
        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception(_may_be_retried),
            wait=self._wait,
            stop=self._is_enough,
            before_sleep=self._announce,
            reraise=True,
        )
        try:
            result: _Result = await retrying(step, *args, **kwargs)
        except AttemptError as failure:
            raise self._given_up(failure) from failure
        self._session.went_well()
        return result

    async def send(
        self,
        method: str,
        target: str,
        parse: Callable[[bytes], _Result],
        *,
        payload: object = None,
    ) -> _Result:
        """What the answer to one request holds; AttemptError if it holds something else."""
        self.requests += 1
        answer = await self._session.send(method, target, payload=payload)
        try:
            return parse(answer.body)
        except SchemaError as error:
            raise AttemptError(
                str(error),
                hint=STRANGE,
                status=answer.status,
                retry=error.malformed,
                ambiguous=True,
                outage=error.is_foreign,
            ) from error

    def _wait(self, state: RetryCallState) -> float:
        """As long as the server asked for, else longer every time.

        A random share of it, so that those who failed together do not come back together; but
        the throttle spaces out those that were too many.
        """
        failure, times = _failure(state), state.attempt_number - 1
        if failure.wait is not None:
            return failure.wait
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            return FIRST_WAIT_WHEN_LIMITED * 3.0**times
        return self._random() * min(FIRST_WAIT * 2.0**times, LONGEST_WAIT)

    def _is_enough(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number > self._session.server.retries
            or state.idle_for + state.upcoming_sleep > PATIENCE
        )

    def _announce(self, state: RetryCallState) -> None:
        failure = _failure(state)
        if failure.status != HTTPStatus.TOO_MANY_REQUESTS:  # the throttle has told of that
            self._observe(
                Notice("retry", state.upcoming_sleep, f"{self.subject}: {failure.message}")
            )

    def _given_up(self, failure: AttemptError) -> RequestError | PointlessError:
        if failure.unreachable and not self._session.answered:
            return PointlessError(
                f"{failure.message[:1].upper()}{failure.message[1:]}.",
                hint=failure.hint,
                attempts=self.requests,
            )
        if failure.outage and self._session.is_out():
            return PointlessError(
                f"{self._session.server.host} fails again and again: {failure.message}.",
                hint=failure.hint,
                status=failure.status,
                attempts=self.requests,
            )
        times = f" (after {self.requests} requests)" if self.requests > 1 else ""
        return RequestError(
            f"{self.subject}: {failure.message}{times}",
            hint=failure.hint,
            status=failure.status,
            attempts=self.requests,
        )


def _may_be_retried(error: BaseException) -> bool:
    return isinstance(error, AttemptError) and error.retry


def _failure(state: RetryCallState) -> AttemptError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, AttemptError):
        raise TypeError(error)  # only an AttemptError is ever tried again
    return error
