"""A kind of token was billed at the price of another: cache reads as input, 1-hour writes as
5-minute ones."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _at(meter: str, other: str) -> Callable[[View], bool]:
    def change(view: View) -> bool:
        if view.charge.meter != meter:
            return False
        view.meter = other
        return True

    return change


def code_of(meter: str, other: str) -> str:
    """Give cache_read_at_input_rate, cache_write_1h_at_5m_rate."""
    head, _, kind = other.rpartition(".")
    if head and meter.startswith(f"{head}."):
        other = kind
    return f"{meter.replace('.', '_')}_at_{other.replace('.', '_')}_rate"


def options(case: Case) -> Iterable[Option]:
    vocabulary = case.catalog.book.vocabulary.meters
    used = sorted({c.meter for c in case.coarse if _is_token(vocabulary, c.meter)})
    tariffs = {id(atom.quote.tariff): atom.quote.tariff for atom in case.atoms}
    priced = {
        meter
        for tariff in tariffs.values()
        for meter in (*tariff.rates, *tariff.negotiated)
        if _is_token(vocabulary, meter)
    }
    for meter in used:
        for other in sorted(priced - {meter}):
            # a sister of the meter, or plain input, is likelier than any other
            near = other == "input" or other.partition(".")[0] == meter.partition(".")[0]
            yield Option(code_of(meter, other), _at(meter, other), bits=4 if near else 16)


def _is_token(meters: object, meter: str) -> bool:
    found = meters.get(meter)  # type: ignore[attr-defined]
    return found is not None and found.unit == "token"


CAUSE = Cause(
    "rate",
    "claim",
    options,
    clause="the card prices each kind of token",
    apart="the unit price on the bill",
)
