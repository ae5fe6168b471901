"""Usage of one billed request: disjoint meters, attributes of the request, and when it was."""

from __future__ import annotations

from types import MappingProxyType

from pricing.errors import UsageError
from pricing.instants import instant
from pricing.money import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal
    from typing import Any

    from pricing.money import Money

    Quantity = int | Decimal

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Usage:
    """What one request used.

    Args:
        meters: disjoint quantities by meter; no token stands in two of them.
        at: the instant of the request; what prices it. None: must be given when it is rated.
        attributes: what describes the whole request, such as ``service_tier``.
        context_tokens: all input of the request, cache included; None: the sum of the input
            meters counted in tokens.
        aggregate: the sum of many requests, whose ``context_tokens`` cannot be told.

    Raises:
        UsageError: a quantity that is negative, not a number, or a float.
    """

    __slots__ = ("__dict__", "at", "attributes", "context_tokens", "id", "meters", "model", "raw")

    # What few records carry is a class default: a usage that a reader makes sets none of them.
    seller: str | None = None
    aggregate: bool = False
    labels: Mapping[str, str] = _NOTHING
    #: what the provider says it charged; ``reported_kind`` is charged, estimate or list_cumulative
    reported: Money | None = None
    reported_kind: str | None = None
    #: what the upstream seller charged, where a gateway says it
    upstream: Money | None = None
    #: why nothing is billed, as a skip reason such as errors_not_billed; None: it is billed
    free: str | None = None
    #: the counts of a session so far: the last snapshot stands for all before it
    cumulative: bool = False
    #: a stream that never finished: the counts are a lower bound
    incomplete: bool = False
    #: the id of the HTTP request, where a log has it beside the message's
    request: str | None = None
    #: a copy of a message in the log of a sub-agent
    is_replay: bool = False
    #: the HTTP status of the response
    status: int | None = None
    #: non-zero counters that the reader does not know: never dropped, never priced
    unknown: Mapping[str, Quantity] = _NOTHING
    warnings: tuple[str, ...] = ()
    #: file:line of the record, where it was read from a file
    place: str | None = None

    def __init__(
        self,
        meters: Mapping[str, Quantity | str],
        *,
        at: str | date | datetime | int | None = None,
        attributes: Mapping[str, Any] | None = None,
        model: str | None = None,
        seller: str | None = None,
        context_tokens: int | None = None,
        aggregate: bool = False,
        labels: Mapping[str, str] | None = None,
        reported: Money | None = None,
        id: str | None = None,
        status: int | None = None,
        raw: object = None,
    ) -> None:
        for what, value in (("model", model), ("seller", seller), *(("meter", m) for m in meters)):
            if not isinstance(value, str) and (value is not None or what == "meter"):
                raise UsageError(f"{what} is {value!r}: not a name")
        self.meters: dict[str, Quantity] = {
            meter: _quantity(meter, quantity) for meter, quantity in meters.items()
        }
        try:
            self.at = None if at is None else instant(at)
        except ValueError as error:
            raise UsageError(str(error)) from None
        self.attributes: dict[str, Any] = dict(attributes or {})
        if "context_tokens" in self.attributes:
            raise UsageError("context_tokens is no attribute", remedy="Give it by its own name.")
        self.model = model
        self.seller = seller
        if context_tokens is not None and (type(context_tokens) is not int or context_tokens < 0):
            raise UsageError(f"context_tokens is {context_tokens!r}: not a count")
        self.context_tokens = context_tokens
        self.aggregate = aggregate
        self.labels = dict(labels or {})
        self.reported = reported
        self.id = id
        self.status = status
        self.raw = raw

    def replace(self, **changes: Any) -> Usage:
        """Give a copy with some fields changed, which are taken as they are."""
        copy = Usage.__new__(Usage)
        copy.__dict__.update(self.__dict__)
        for name in self.__slots__[1:]:
            setattr(copy, name, getattr(self, name))
        for name, value in changes.items():
            setattr(copy, name, value)
        return copy

    def __repr__(self) -> str:
        return f"<Usage {self.model or '?'} {self.meters}>"


def _quantity(meter: str, quantity: Quantity | str) -> Quantity:
    if isinstance(quantity, bool):
        raise UsageError(f"{meter}: {quantity} is no quantity")
    if not isinstance(quantity, int):
        try:
            number = decimal(quantity)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{meter}: {error}") from None
        except ArithmeticError:
            raise UsageError(f"{meter}: {quantity!r} is no quantity") from None
        quantity = int(number) if number == number.to_integral_value() else number
    if quantity < 0:
        raise UsageError(f"{meter}: {quantity} is negative", remedy="Quantities count up from 0.")
    return quantity


def is_only_money(usage: Usage) -> bool:
    """Tell whether it is an amount without counts, a row of a cost report: nothing to price."""
    return usage.aggregate and not usage.meters and usage.reported is not None


def usage_of(
    meters: dict[str, Quantity],
    attributes: dict[str, Any],
    model: str | None,
    context_tokens: int | None,
    raw: object,
) -> Usage:
    """Make a Usage of what a reader has checked already; the fast way in."""
    usage = Usage.__new__(Usage)
    usage.meters = meters
    usage.at = None
    usage.attributes = attributes
    usage.model = model
    usage.context_tokens = context_tokens
    usage.raw = raw
    usage.id = None
    return usage


class Workload:
    """Some number of equal requests: a million tokens in one and in a thousand differ."""

    __slots__ = ("requests", "usage")

    def __init__(self, usage: Usage, requests: int = 1) -> None:
        if type(requests) is not int or requests < 1:
            raise UsageError(f"{requests!r} requests", remedy="A workload is 1 request or more.")
        self.usage = usage
        self.requests = requests
