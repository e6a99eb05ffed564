"""Send the requests for one item, retry failures, and raise an error after the last retry."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from tenacity import AsyncRetrying, retry_if_exception

from sync.errors import AbortRunError, RequestError
from sync.scenario.clock import WaitNotice
from sync.scenario.json_body import SchemaError
from sync.scenario.responses import WRONG_SERVER_HINT, RequestFailure
from sync.scenario.throttle import MAX_WAIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

    from sync.scenario.clock import Clock, Observer
    from sync.scenario.session import ApiSession
    from sync.scenario.throttle import Permit


FIRST_WAIT = 0.5  # seconds, doubled for each retry
LONGEST_WAIT = 8.0
# Seconds, tripled for each retry: five retries take longer than a window of one minute.
FIRST_RATE_LIMIT_WAIT = 0.75

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class RetryingCall:
    """The requests for one item, with retries; `subject` names the item in messages."""

    def __init__(
        self,
        session: ApiSession,
        subject: str,
        *,
        clock: Clock,
        random: Callable[[], float],
        observe: Observer,
    ) -> None:
        self.subject = subject
        self.request_count = 0
        self._was_retried = False
        self._suspected_outage: RequestFailure | None = None  # to be settled before the last retry
        self._attempt_start = 0.0
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
        """Call `step` until it succeeds, and return its result.

        If the whole server seems to be out, all items wait for it before their last retry, so that
        an outage costs time and no item.

        Raises RequestError after the last retry, and AbortRunError if the server was never reached
        or if too many items in a row failed because of the server.
        """
        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception(_is_retryable),
            wait=self._compute_wait,
            stop=self._is_exhausted,
            before_sleep=self._announce_retry,
            reraise=True,
        )
        try:
            result: _Result = await retrying(self._attempt, step, *args, **kwargs)
        except RequestFailure as failure:
            raise self._convert_failure(failure) from failure
        self._session.record_success()
        return result

    async def _attempt(
        self,
        step: Callable[_Parameters, Awaitable[_Result]],
        *args: _Parameters.args,
        **kwargs: _Parameters.kwargs,
    ) -> _Result:
        failure, self._suspected_outage = self._suspected_outage, None
        if failure and not await self._session.health.wait_for_end_of_outage(
            self._attempt_start, failure.message
        ):
            raise self._make_outage_error(failure)
        self._attempt_start = self._clock.monotonic()
        return await step(*args, **kwargs)

    async def send(
        self,
        method: str,
        target: str,
        parse: Callable[[bytes], _Result],
        *,
        payload: object = None,
        permit: Permit | None = None,
    ) -> _Result:
        """Send one request and return the parsed body; raise RequestFailure if it does not fit.

        With a `permit` (of `ApiSession.acquire_permit`) the request is sent at once.
        """
        self.request_count += 1
        response = await self._session.send(method, target, payload=payload, permit=permit)
        try:
            result = parse(response.body)
        except SchemaError as error:
            raise RequestFailure(
                str(error),
                hint=WRONG_SERVER_HINT,
                status=response.status,
                retry=error.malformed,
                ambiguous=True,
                outage=error.is_foreign,
            ) from error
        self._session.health.record_good_answer()
        return result

    def _compute_wait(self, state: RetryCallState) -> float:
        """Return the seconds before the next retry: the server's wish, or exponential backoff.

        Half of the backoff is random, so that items that failed together are not retried together,
        and none is retried at once. After a 429 it is not random, because the throttle spaces those
        retries.
        """
        failure, times = _get_failure(state), state.attempt_number - 1
        if failure.wait is not None:
            return failure.wait
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            return FIRST_RATE_LIMIT_WAIT * 3.0**times
        return (1 + self._random()) / 2 * min(FIRST_WAIT * 2.0**times, LONGEST_WAIT)

    def _is_exhausted(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number > self._session.server.retries
            or state.idle_for + state.upcoming_sleep > MAX_WAIT
        )

    def _announce_retry(self, state: RetryCallState) -> None:
        self._was_retried = True
        failure = _get_failure(state)
        if state.attempt_number == self._session.server.retries:
            maybe = self._session.health.may_be_outage(failure)
            self._suspected_outage = failure if maybe else None
        # The throttle has already announced the wait after a 429.
        if failure.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._observe(
                WaitNotice("retry", state.upcoming_sleep, f"{self.subject}: {failure.message}")
            )

    def _convert_failure(self, failure: RequestFailure) -> RequestError | AbortRunError:
        if failure.unreachable and not self._session.has_answered:
            return AbortRunError(
                f"{failure.message[:1].upper()}{failure.message[1:]}.",
                hint=failure.hint,
                attempts=self.request_count,
            )
        if failure.outage and self._session.record_outage():
            return self._make_outage_error(failure)
        times = f" (after {self.request_count} requests)" if self._was_retried else ""
        return RequestError(
            f"{self.subject}: {failure.message}{times}",
            hint=failure.hint,
            status=failure.status,
            attempts=self.request_count,
        )

    def _make_outage_error(self, failure: RequestFailure) -> AbortRunError:
        return AbortRunError(
            f"{self._session.server.host} fails again and again: {failure.message}.",
            hint=failure.hint,
            status=failure.status,
            attempts=self.request_count,
        )


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, RequestFailure) and error.retry


def _get_failure(state: RetryCallState) -> RequestFailure:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, RequestFailure):
        raise TypeError(error)  # only a RequestFailure is ever retried
    return error
