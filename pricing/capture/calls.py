"""A call of an SDK, from before it is sent until its answer is read, and who listens."""

from __future__ import annotations

from contextvars import ContextVar

from pricing.capture.heard import Heard, heard, is_silent
from pricing.capture.tee import listen
from pricing.errors import PricingError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CaptureError(PricingError):
    """An SDK is of a version that cannot be listened to."""


class Listener:
    """What is told of calls; what it does not care for it leaves as it is here."""

    def begin(self, call: Call) -> None:
        """Be told before a call is sent; what is raised here stops it."""

    def heard(self, call: Call, answer: Heard) -> None:
        """Be told what an answer says. Must not raise: an SDK may take that as a broken line."""

    def end(self, call: Call) -> None:
        """Be told when a call gave its result, or when its stream is over; may raise."""


class Asked:
    """What a call asks for: its method, its path or URL, and its JSON body."""

    __slots__ = ("body", "method", "path")

    def __init__(self, method: str, path: str, body: dict[str, Any]) -> None:
        self.method = method
        self.path = path
        self.body = body


class Call:
    """One call of an SDK, which may hold several attempts; ``open_streams`` are being read."""

    __slots__ = ("_answers", "asked", "open_streams", "returned", "told")

    def __init__(self, asked: Asked | None = None) -> None:
        #: None where it cannot be told
        self.asked = asked
        #: the answers that are listened to: each is heard once
        self._answers: list[Any] = []
        self.open_streams = 0
        #: whether the SDK gave its result
        self.returned = False
        #: the listeners that were told of its beginning
        self.told: list[Listener] = []

    @property
    def is_over(self) -> bool:
        return self.returned and not self.open_streams

    def begin(self, listeners: list[Listener]) -> None:
        for listener in listeners:
            self.told.append(listener)
            listener.begin(self)

    def over(self, *, may_raise: bool = True) -> None:
        """Tell that the SDK gave its result."""
        self.returned = True
        self.end(may_raise=may_raise)

    def broke_off(self, error: BaseException) -> None:
        """Tell that the SDK raised; what ran out of time or was cancelled may be billed."""
        names = {kind.__name__ for kind in type(error).__mro__}
        if not self._answers and (names & _MAY_BE_BILLED or not isinstance(error, Exception)):
            fault = UsageError(
                f"a call broke off before its answer ({type(error).__name__}): it may be billed",
                remedy="Give it the time it needs; what such a call cost is only on the bill.",
            )
            for listener in self.told:
                listener.heard(self, Heard("a call", fault=fault))
        self.over(may_raise=False)

    def end(self, *, may_raise: bool = True) -> None:
        """Tell that the call returned, or that one of its streams ended."""
        first: PricingError | None = None
        for listener in self.told:
            try:
                listener.end(self)
            except PricingError as error:
                first = first or error
        if first is not None and may_raise:
            raise first

    def answer(self, response: Any) -> None:
        """Listen to an answer, once it is there."""
        if any(response is known for known in self._answers):
            return
        self._answers.append(response)
        request = response.request
        method, path = request.method, request.url.path
        if is_silent(method, path, response.status_code):
            return
        kind = response.headers.get("content-type", "")
        streamed = not response.is_closed

        def done(content: bytes, is_whole: bool, may_raise: bool) -> None:
            try:
                answers = heard(method, path, kind, content, is_whole)
            except PricingError as error:
                answers = [Heard(f"{method} {path}", fault=_as_usage(error))]
            for answer in answers:
                for listener in self.told:
                    listener.heard(self, answer)
            if streamed:
                self.open_streams -= 1
                # within the call its end is still to come
                if self.returned:
                    self.end(may_raise=may_raise)

        self.open_streams += streamed
        listen(response, done)


_MAY_BE_BILLED = {"APITimeoutError", "CancelledError"}


def _as_usage(error: PricingError) -> UsageError:
    if isinstance(error, UsageError):
        return error
    return UsageError(error.what, remedy=error.remedy)


#: the call in which an SDK is
CURRENT: ContextVar[Call | None] = ContextVar("pricing_call", default=None)
