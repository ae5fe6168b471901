"""Reconcile: statements, logs and terms in, a diagnosis out."""

from __future__ import annotations

from pricing.reconcile.case import Case
from pricing.reconcile.cells import Bill
from pricing.reconcile.diagnose import Diagnosis, diagnose
from pricing.reconcile.read_log import read_log
from pricing.reconcile.terms import Terms

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
    owner = seller or (stated if stated is not None and stated in catalog.book else None)
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
    return diagnose(Case(bill, log, terms, catalog))
