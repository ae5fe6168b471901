"""Our own costs as FOCUS 1.2: a charge for each day, model, tier and meter.

Kept are the specification's rules: unit price times pricing quantity is the cost, exactly, but for
numbers that never end (a price per 3600 seconds), which are cut at 24 places; periods include their
start and exclude their end, in UTC; a usage row has its consumed quantity. The list price is what a
seller prints for these conditions, batch and region included; only a contract parts it from the
contracted one. An id of a price holds no day and no contract, so it stays the same over time.
Source: FOCUS specification 1.2, columns and attributes
(github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec), as of 2026-11.
"""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

from pricing.errors import UsageError
from pricing.instants import DAY, instant, iso
from pricing.money import divide, multiply, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cli.cost_answer import Answer
    from pricing.money import Exact
    from pricing.rating.cost import Line

#: what a row is grouped by
BY = ("day", "seller", "model", "service_tier")
COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType",
    "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
    "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart",
    "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "EffectiveCost",
    "InvoiceId", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory",
    "PricingCurrency", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
    "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory",
    "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId",
    "SubAccountId", "SubAccountName", "SubAccountType", "Tags",
)  # fmt: skip
#: units as FOCUS writes them, the plural, capitalised: where that is more than an s
_UNITS = {
    "fetch": "Fetches",
    "query": "Queries",
    "search": "Searches",
    "token_hour": "Token-Hours",
    "USD": "USD",
}
_SUBCATEGORY = "Generative AI"


def focus_text(answer: Answer) -> str:
    """Give the charges as CSV; raises UsageError for a usage without a time."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for group, costs in sorted(answer.costs.items()):
        day, seller, model, tier = group
        if not day:
            raise UsageError("a usage without a time has no charge period", remedy="Add 'at'.")
        for cost in costs.values():
            for line in answer.ordered(cost):
                writer.writerow(_row(answer, line, day, seller, model, tier))
    return out.getvalue()


def _row(
    answer: Answer, line: Line, day: str, seller: str, model: str, tier: str
) -> dict[str, Any]:
    start = instant(day)
    provider = answer.catalog.book.provider(seller)
    amount = text(line.exact)
    found: dict[str, Any] = {
        "BilledCost": amount,
        "BillingAccountId": seller,
        "BillingAccountName": provider.title,
        "BillingAccountType": "Account",
        "BillingCurrency": line.currency,
        "BillingPeriodStart": iso(instant(f"{day[:7]}-01")),
        "BillingPeriodEnd": iso(instant(_next_month(day))),
        "ChargeCategory": "Adjustment" if line.is_extra else "Usage",
        "ChargeDescription": f"{model} {line.meter}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": iso(start),
        "ChargePeriodEnd": iso(start + DAY),
        "ContractedCost": amount,
        "EffectiveCost": amount,
        "ListCost": amount,
        "InvoiceIssuerName": provider.title,
        "PricingCurrency": line.currency,
        "ProviderName": provider.title,
        "PublisherName": _publisher(answer, line, seller),
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": provider.title if "API" in provider.title else f"{provider.title} API",
        "ServiceSubcategory": _SUBCATEGORY,
        "Tags": "{}",
    }
    if line.is_extra:
        return found
    unit = _UNITS.get(line.unit) or f"{line.unit.capitalize()}s"
    quantity = Decimal(line.quantity)
    pricing_quantity = divide(quantity, line.per)
    listed, agreed, conditions = _prices(line, pricing_quantity)
    details = {"x_Model": model, "x_TokenClass": line.meter, "x_ServiceTier": tier}
    if conditions:
        details["x_Conditions"] = ", ".join(conditions)
    sku = f"{line.card}/{line.meter}"
    return found | {
        "ConsumedQuantity": text(quantity),
        "ConsumedUnit": unit,
        "ContractedUnitPrice": text(agreed),
        "ListCost": text(multiply(listed, pricing_quantity)),
        "ListUnitPrice": text(listed),
        "PricingCategory": "Standard",
        "PricingQuantity": text(pricing_quantity),
        "PricingUnit": unit if line.per == 1 else f"{text(line.per)} {unit}",
        "SkuId": sku,
        "SkuMeter": line.meter,
        "SkuPriceDetails": json.dumps(details),
        "SkuPriceId": "/".join((sku, *conditions)),
    }


def _prices(line: Line, quantity: Exact) -> tuple[Exact, Exact, list[str]]:
    """Give the list price, the contracted one, and the conditions that the list price holds in.

    Where tiers, a pool or a rounding rule make a unit cost what no one price says, the unit price
    is what the whole came to, for each unit.
    """
    listed: Exact = line.price
    if line.multiplied is not None:
        listed = multiply(listed, line.multiplied)
    conditions = line.conditions
    for modifier in line.modifiers:
        if modifier.contract is None:
            listed = multiply(listed, modifier.factor)
            conditions.append(modifier.name)
    agreed = line.effective_price
    if quantity and multiply(agreed, quantity) != line.exact:
        agreed = divide(line.exact, quantity)
        if not any(modifier.contract for modifier in line.modifiers):
            listed = agreed
    return listed, agreed, conditions


def _publisher(answer: Answer, line: Line, seller: str) -> str:
    """Give the title of who makes the model, where it sells something itself."""
    name = answer.cards[line.card].publisher if line.card in answer.cards else seller
    book = answer.catalog.book
    return book.provider(name).title if name in book else name


def _next_month(day: str) -> str:
    year, month = int(day[:4]), int(day[5:7])
    return f"{year + month // 12}-{month % 12 + 1:02}-01"
