"""Reconcile: statements, logs and terms in, a diagnosis out."""

from __future__ import annotations

from pricing.errors import InvoiceError, UsageError
from pricing.money import text
from pricing.reconcile.case import Case
from pricing.reconcile.cells import Bill
from pricing.reconcile.diagnose import Diagnosis, diagnose
from pricing.reconcile.read_log import read_log
from pricing.reconcile.sellers import sellers_of
from pricing.reconcile.terms import Terms
from pricing.reconcile.words import many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.rating.quote import Flags
    from pricing.reconcile.statement import Statement


def reconcile(
    statements: Sequence[Statement],
    usage: Sequence[str],
    catalog: Catalog,
    terms: Terms | None = None,
    *,
    seller: str | None = None,
    flags: Flags | None = None,
    mapping: Any = None,
    shape: str | None = None,
    watch: Callable[[str, int, int], None] | None = None,
) -> Diagnosis:
    """Hold statements of money against logs.

    Raises:
        InvoiceError: the statements cannot be added up.
        UsageError: a log cannot be read.
        NoExchangeRate: bill and cards are in two currencies without a rate.
    """
    terms = terms or Terms()
    bill = Bill(statements)
    stated = bill.seller
    named = set(sellers_of(bill.usage, catalog.book).values()) if stated is None else {stated}
    if seller is not None and stated is not None and seller != stated:
        raise InvoiceError(
            f"the bill is {stated}'s, not {seller}'s",
            path=statements[0].path,
            remedy="Leave out --seller.",
        )
    owner = seller
    if owner is None and len(named) == 1 and named <= set(catalog.book):
        (owner,) = named
    log = read_log(
        catalog,
        usage,
        terms,
        seller=owner,
        bands=bill.bands,
        by_id="id" in bill.exposed,
        flags=flags,
        mapping=mapping,
        shape=shape,
        watch=watch,
    )
    if not log.requests and not log.faults:
        raise UsageError(
            "no request in it", path=usage[0], remedy="--usage is the log of calls, not a bill."
        )
    case = Case(bill, log, terms, catalog)
    for statement in statements:
        case.notes += statement.notes
        for code, (number, amount) in sorted(statement.left.items()):
            told = many(number, "line")
            case.notes.append(f"not judged here: {told} of {text(amount)} {code}")
    return diagnose(case)
