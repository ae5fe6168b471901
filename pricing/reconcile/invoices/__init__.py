"""Readers of statements and invoices: one small module for each form, told by what it holds.

A reader has ``read(document, path) -> Statement``. ``document`` is a ``Json`` or a ``Table`` of
``files``, whose rows know their line. Amounts are read by ``statement.amount_of``, exactly.
"""

from __future__ import annotations

from importlib import import_module

from pricing.errors import InvoiceError
from pricing.reconcile.invoices.files import Json, Table, document_of, here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pricing.cards.vocabulary import Vocabulary
    from pricing.reconcile.statement import Statement


class Form:
    """How a form is told, and where its reader is."""

    __slots__ = ("fits", "module", "name")

    def __init__(self, name: str, module: str, fits: Callable[[Json | Table], bool]) -> None:
        self.name = name
        self.module = module
        self.fits = fits


def _columns(*names: str) -> Callable[[Json | Table], bool]:
    """Tell a table by columns that it must have, whatever their case."""
    wanted = {name.lower() for name in names}

    def fits(document: Json | Table) -> bool:
        return isinstance(document, Table) and wanted <= {c.lower() for c in document.columns}

    return fits


def _results(*keys: str) -> Callable[[Json | Table], bool]:
    """Tell a page of buckets by keys that one of its results has."""

    def fits(document: Json | Table) -> bool:
        return isinstance(document, Json) and any(
            all(key in row for key in keys) for row, _ in document.results()
        )

    return fits


def _keys(*keys: str) -> Callable[[Json | Table], bool]:
    def fits(document: Json | Table) -> bool:
        return isinstance(document, Json) and all(key in document.first for key in keys)

    return fits


def _rows(*keys: str) -> Callable[[Json | Table], bool]:
    """Tell a list under ``data`` by keys that its first row has."""

    def fits(document: Json | Table) -> bool:
        if not isinstance(document, Json):
            return False
        row = next(iter(document.items("data")), None)
        return row is not None and all(key in row[0] for key in keys)

    return fits


#: keys of a record of a call that hold an object
_RESPONSE = ("response", "usage", "usageMetadata", "message", "body")
FORMS = (
    Form("anthropic-cost-report", "anthropic_cost", _results("amount", "cost_type")),
    Form("anthropic-analytics-cost", "anthropic_cost", _results("amount", "list_amount")),
    Form("anthropic-analytics-cost", "anthropic_cost", _rows("cost", "group")),
    Form("anthropic-cost-csv", "anthropic_cost", _columns("usage_date_utc", "cost_usd")),
    Form("anthropic-usage-report", "", _results("uncached_input_tokens")),
    Form("openai-usage", "", _results("input_tokens", "num_model_requests")),
    Form("openai-costs", "openai_costs", _results("amount", "object")),
    Form("openai-costs-csv", "openai_costs", _columns("amount_value", "amount_currency")),
    Form("openai-usage-csv", "", _columns("start_time", "num_model_requests")),
    Form("anthropic-console-csv", "", _columns("usage_input_tokens_no_cache")),
    Form("openrouter-csv", "openrouter", _columns("generation_id", "cost_total")),
    Form("openrouter-csv", "openrouter", _columns("Date", "Slug", "Usage")),
    Form("openrouter-activity", "openrouter", _rows("model_permaslug", "usage")),
    Form("bytespike-usage", "bytespike", _keys("buckets")),
    Form("aws-cur", "aws_cur", _columns("line_item_usage_type", "line_item_unblended_cost")),
    Form("focus", "focus", _columns("BilledCost", "BillingCurrency", "ChargeCategory")),
    Form("azure-cost-details", "azure", _columns("MeterName", "CostInBillingCurrency")),
    Form("gcp-billing-export", "gcp", _columns("cost", "cost_type", "currency")),
    Form("gcp-billing-export", "gcp", _rows("sku", "cost")),
    Form("stripe-invoice", "stripe", _keys("lines", "currency")),
)


def read_statement(
    path: str,
    mapping: str | None = None,
    vocabulary: Vocabulary | None = None,
    currency: str | None = None,
) -> Statement:
    """Read a statement in any form that is known, or any CSV by a mapping file.

    ``currency`` keeps the lines in it; without one, all of them must be in the same.

    Raises:
        InvoiceError: it cannot be read, or not as a whole: nothing is left out without a sound.
    """
    document = document_of(path)
    try:
        found = _read(document, path, mapping, vocabulary)
    except InvoiceError as error:
        raise here(error, path) from None
    if isinstance(document, Table) and not document.is_ended:
        found.notes.append(f"the last line of {path} has no end: was the file cut off there?")
    found.in_one_currency(currency)
    return found


def _read(
    document: Json | Table, path: str, mapping: str | None, vocabulary: Vocabulary | None
) -> Statement:
    if mapping is not None:
        from pricing.reconcile.invoices.mapped import read_mapped

        assert vocabulary is not None
        return read_mapped(document, path, mapping, vocabulary)
    for form in FORMS:
        if form.fits(document):
            if not form.module:
                raise InvoiceError(
                    "a usage report: counts without money",
                    path=path,
                    remedy="Give it as --usage-report, or as --usage.",
                )
            found: Statement = import_module(f"pricing.reconcile.invoices.{form.module}").read(
                document, path
            )
            if not found.lines:
                raise InvoiceError("a statement without lines", path=path)
            return found
    if isinstance(document, Json) and _is_call(document):
        raise InvoiceError(
            "a log of calls, no statement",
            path=path,
            remedy="Give it as --usage; the statement comes first.",
        )
    known = ", ".join(dict.fromkeys(form.name for form in FORMS if form.module))
    raise InvoiceError(
        "no statement that is known",
        path=path,
        remedy=f"Say by --map FILE which column holds what. Known: {known}.",
    )


def _is_call(document: Json) -> bool:
    """Tell whether a document is a response, or begins with a record that holds one."""
    row, _ = next(document.items("data"), (document.first, 0))
    return any(isinstance(row.get(key), dict) for key in _RESPONSE)
