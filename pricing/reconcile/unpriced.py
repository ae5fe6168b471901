"""Requests of a log that have no price: money of which nothing can be said."""

from __future__ import annotations


class Unpriced:
    """Requests of the log without a price, for one reason."""

    __slots__ = ("place", "reason", "remedy", "requests")

    def __init__(self, reason: str, remedy: str | None, place: str) -> None:
        self.reason = reason
        self.remedy = remedy
        self.place = place
        self.requests = 0


def note(
    found: dict[str, Unpriced], reason: str, remedy: str | None, place: str, requests: int
) -> None:
    """Count requests that have no price for one reason."""
    if reason not in found:
        found[reason] = Unpriced(reason, remedy, place)
    found[reason].requests += requests
