"""Listening to the calls of the anthropic and openai packages while somebody wants to know.

A :class:`Listener` is told before a call is sent, what its answer says, and when it is over. The
packages are changed only while there is a listener, whether they are imported already or not.
"""

from __future__ import annotations

from contextlib import contextmanager

from pricing.capture.calls import Asked, Call, Listener
from pricing.capture.heard import Heard
from pricing.capture.patch import start, stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Asked", "Call", "Heard", "Listener", "capture", "start", "stop"]


@contextmanager
def capture(listener: Listener) -> Iterator[None]:
    """Tell a listener of every call of the SDKs in this process; the same one only once.

    Raises:
        CaptureError: a package is of a version that cannot be listened to.
    """
    start(listener)
    try:
        yield
    finally:
        stop(listener)
