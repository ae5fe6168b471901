"""Our log as a cube: requests that no cause can tell apart are added up, with their first place.

What is kept apart: the half hour, who they are (billed, failed, superseded, logged twice), the
card and its rating key, on which side of each threshold every way of counting puts them, and the
labels that the statement has too. So its size does not depend on the number of requests; only
where they are few does each stand alone (``SINGLE``), for rounding that goes by request.
"""

from __future__ import annotations

from bisect import bisect_right

from pricing.errors import Fault, PricingError, UnknownModel, UnknownSeller, UsageError
from pricing.money import ZERO, add
from pricing.rating.quote import Flags
from pricing.rating.rate import context_tokens, quote_for, rate
from pricing.rating.sums import plus
from pricing.reconcile.atoms import Atom
from pricing.reconcile.cells import SLOT, band
from pricing.reconcile.labels import FAILED_TOOLS, end_of, failed_tools
from pricing.reconcile.unpriced import note
from pricing.usage.logs.calls import ZONELESS
from pricing.usage.usage import is_only_money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.rating.quote import Quote
    from pricing.reconcile.terms import Terms
    from pricing.reconcile.unpriced import Unpriced
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]
    Contexts = tuple[int | None, ...]

#: up to here each request stands alone
SINGLE = 3_000
#: what a log may call the part of an account that a bill shows
PROJECTS = ("workspace_id", "workspace", "project_id", "project", "account_id", "account", "team")
#: the first status of a request that failed
_FAILED = 400
#: ways of counting a request's length, beside the card's own
BASES = ("input_plus_output", "uncached_input", "boundary")


class Log:
    """What a log holds, read once: its atoms, and what could not be read or priced."""

    def __init__(self, catalog: Catalog, terms: Terms, flags: Flags) -> None:
        self.catalog = catalog
        self.terms = terms
        self.flags = flags
        self.atoms: list[Atom] = []
        self.requests = 0
        self.unpriced: dict[str, Unpriced] = {}
        self.faults: list[Fault] = []
        self.skipped: dict[str, int] = {}
        self.cut = 0
        self.is_zoneless = False
        #: every request is an atom of its own
        self.is_single = True
        #: instants at which something was logged, in half hours: the number of requests
        self.arrivals: dict[int, int] = {}
        #: the last instant in each half hour, and the first
        self.edges: dict[int, tuple[int, int]] = {}
        self.other_sellers: dict[str, int] = {}
        self._atoms: dict[tuple[Any, ...], Atom] = {}
        self._assumed: dict[str, int] = {}
        #: thresholds of the statement, beside those of the cards
        self.bands: tuple[int, ...] = ()
        self.by_id = False

    def take(self) -> None:
        """Close the cube: nothing is added to it any more."""
        self.atoms = list(self._atoms.values())
        self._atoms = {}


def add_record(
    log: Log, usages: Usages, seller: str | None, who: str, superseded: bool, version: str = ""
) -> None:
    """Add one record: all that it bills.

    ``superseded``: a later attempt stands for it; ``version``: see ``Atom``.
    """
    first = usages[0]
    if is_only_money(first):
        return
    if not who:
        log.requests += 1
        log.cut += first.incomplete
        if first.at is not None:
            arrive(log, first.at, first.at, 1)
    if ZONELESS in first.labels:
        log.is_zoneless = True
    by_request = log.terms.rounding is not None and log.terms.rounding.per == "request"
    if not who and log.requests > SINGLE and log.is_single and not by_request:
        join(log)
    for number, usage in enumerate(usages):
        try:
            add_usage(log, usage, seller, who, superseded, 0 if number else 1, version=version)
        except PricingError as error:
            refuse(log, error, usage)


def refuse(log: Log, error: PricingError, usage: Usage, requests: int = 1) -> None:
    """Keep why some requests have no price."""
    reason = error.what
    if isinstance(error, UnknownModel):
        at = f" at {error.seller}" if error.seller else ""
        reason = f"no card has model '{error.model}'{at}"
    note(log.unpriced, reason, error.remedy, usage.place or "", requests)


def arrive(log: Log, first: int, last: int, requests: int) -> None:
    """Keep that requests were logged from one instant to another of the same half hour."""
    slot = first // SLOT
    known = log.edges.get(slot, (first, last))
    log.arrivals[slot] = log.arrivals.get(slot, 0) + requests
    log.edges[slot] = (min(first, known[0]), max(last, known[1]))


def card_of(log: Log, usage: Usage, seller: str | None) -> RateCard:
    """Give the card that a usage is priced by; raises UnknownModel, UnknownSeller."""
    try:
        card, _ = log.catalog.locate(usage)
    except (UnknownModel, UnknownSeller):
        if seller is None or usage.seller is not None:
            raise
        return log.catalog.locate(usage, seller=seller)[0]
    if seller is not None and usage.seller is None and card.provider.name != seller:
        return log.catalog.locate(usage, seller=seller)[0]
    return card


def add_usage(
    log: Log,
    usage: Usage,
    seller: str | None,
    who: str,
    superseded: bool,
    requests: int,
    contexts: Contexts | None = None,
    version: str = "",
) -> None:
    """Add what some requests bill; ``contexts``: by each way of counting, if they are several.

    Raises:
        PricingError: it has no price.
    """
    if usage.at is None:
        raise UsageError("no time in this record", path=usage.place, remedy="Add 'at' to it.")
    card = card_of(log, usage, seller)
    if not who:
        who = _who(log, usage, card, superseded)
    quote = quote_for(usage, card, log.flags)
    if contexts is None:
        contexts = _contexts(log, usage, quote) if quote.tariff.cuts or log.bands else ()
    labels = usage.labels
    projects: tuple[str | None, ...] = ()
    own_key = asked = None
    if labels:
        projects = tuple(map(labels.get, PROJECTS))
        own_key = labels.get("api_key_id") or labels.get("api_key") or labels.get("key")
        asked = labels.get("model_requested")
    end = end_of(usage)
    attributes = usage.attributes
    key: tuple[Any, ...] = (
        usage.at // SLOT,
        end // SLOT,
        who,
        id(quote),
        attributes.get("service_tier"),
        attributes.get("inference_geo"),
        attributes.get("speed"),
        sides(contexts, cuts_of(log, quote)) if contexts else (),
        projects,
        own_key,
        asked,
        version,
        usage.id if log.by_id else (len(log._atoms) if log.is_single else None),
    )
    atom = log._atoms.get(key)
    if atom is None:
        atom = log._atoms[key] = Atom(usage, card, quote, who, end)
        atom.contexts = contexts
        atom.projects, atom.keys, atom.asked, atom.id = projects, own_key, asked, usage.id
        atom.version = version
    atom.requests += requests
    if labels and not who and FAILED_TOOLS in labels:
        key = (*key[:2], "failed_tool", *key[3:])
        failed = log._atoms.get(key)
        if failed is None:
            failed = log._atoms[key] = Atom(usage, card, quote, "failed_tool", end)
            failed.contexts = contexts
            failed.projects, failed.keys, failed.id = projects, own_key, usage.id
        failed.requests += requests
        for meter, count in failed_tools(log.catalog, usage):
            failed.sums[meter] = plus(failed.sums.get(meter, 0), count * requests)
    if quote.is_single or usage.unknown or not is_plain(quote, usage):
        _add_fixed(log, atom, usage, card)
        return
    sums = atom.sums
    for meter, quantity in usage.meters.items():
        if quantity:
            known = sums.get(meter)
            sums[meter] = quantity if known is None else plus(known, quantity)


def sides(contexts: Contexts, cuts: list[int]) -> Contexts:
    """Tell on which side of every threshold each way of counting puts a request."""
    return tuple(bisect_right(cuts, c) if c is not None else None for c in contexts)


def is_plain(quote: Quote, usage: Usage) -> bool:
    """Tell whether quantity times price is the whole rule for every meter."""
    lines = quote.lines
    for meter, quantity in usage.meters.items():
        if quantity and (lines.get(meter) or quote.price(meter)).unit is None:
            return False
    return True


def _add_fixed(log: Log, atom: Atom, usage: Usage, card: RateCard) -> None:
    cost = rate(usage, card, estimates=log.flags.estimates, partial=True)
    for refusal in cost.unpriced:
        note(log.unpriced, str(refusal.text), refusal.remedy, usage.place or "", 1)
    for line in cost.parts:
        atom.fixed[line.meter] = add(atom.fixed.get(line.meter, ZERO), line.exact)
        atom.sums[line.meter] = plus(atom.sums.get(line.meter, 0), line.quantity)


def _who(log: Log, usage: Usage, card: RateCard, superseded: bool) -> str:
    status = usage.status
    if status is not None and not card.provider.bills(status):
        return "error"
    if status is not None and status >= _FAILED and log.terms.errors_billable is False:
        return "error"
    return "superseded" if superseded else ""


def cuts_of(log: Log, quote: Quote) -> list[int]:
    """Give the lengths at which a card or the statement tells requests apart."""
    if not log.bands:
        return quote.tariff.cuts
    return sorted({*quote.tariff.cuts, *(band + 1 for band in log.bands)})


def _contexts(log: Log, usage: Usage, quote: Quote) -> Contexts:
    """Give the request's length by the card's way of counting, and by each other one."""
    cuts = quote.tariff.cuts
    if not cuts and not log.bands:
        return ()
    own = context_tokens(usage, quote.tariff)
    if own is None:
        return (_in_window(usage),) * (1 + len(BASES))
    meters = usage.meters
    output = sum(int(n) for meter, n in meters.items() if meter.startswith("output"))
    cached = sum(int(n) for meter, n in meters.items() if meter.startswith("cache_read"))
    return by_basis(own, output, cached, cuts)


def _in_window(usage: Usage) -> int | None:
    """Give a length of the window in which a usage report puts its requests, if it does."""
    low, high = band(str(usage.attributes.get("context_window") or ""))
    return high if high else None if low is None else low + 1


def by_basis(own: int, output: int, cached: int, cuts: list[int]) -> tuple[int, ...]:
    """Give a request's length by the card's way of counting, and by those of ``BASES``."""
    edge = own
    if own in cuts:
        edge = own - 1
    elif own + 1 in cuts:
        edge = own + 1
    return (own, own + output, own - cached, edge)


def join(log: Log) -> None:
    """Add up the atoms that stood alone so far: there are many requests."""
    log.is_single = False
    if log.by_id:
        return
    joined: dict[tuple[Any, ...], Atom] = {}
    for key, atom in log._atoms.items():
        short = (*key[:-1], None)
        known = joined.get(short)
        if known is None:
            joined[short] = atom
            continue
        known.requests += atom.requests
        for meter, quantity in atom.sums.items():
            known.sums[meter] = plus(known.sums.get(meter, 0), quantity)
        for meter, amount in atom.fixed.items():
            known.fixed[meter] = add(known.fixed.get(meter, ZERO), amount)
    log._atoms = joined
