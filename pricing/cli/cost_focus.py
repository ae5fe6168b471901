"""Our own costs as FOCUS 1.2: a charge for each day, model, tier and meter.

Kept are the specification's rules: unit price times pricing quantity is the cost, exactly; periods
include their start and exclude their end, in UTC; a usage row has its consumed quantity.
Source: FOCUS specification 1.2 (focus.finops.org), as of 2026-11.
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
    "SubAccountId", "SubAccountName", "Tags",
)  # fmt: skip
#: units as FOCUS writes them: the plural, capitalised
_UNITS = {"token": "Tokens", "search": "Searches", "second": "Seconds", "request": "Requests"}
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
        "PublisherName": answer.cards[line.card].publisher if line.card in answer.cards else seller,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": f"{provider.title} API",
        "ServiceSubcategory": _SUBCATEGORY,
        "SkuId": f"{line.card}/{line.meter}",
        "Tags": "{}",
    }
    if line.is_extra:
        return found
    unit = _UNITS.get(line.unit, f"{line.unit.capitalize()}s")
    quantity = Decimal(line.quantity)
    details = {"x_Model": model, "x_TokenClass": line.meter, "x_ServiceTier": tier}
    pricing_quantity = divide(quantity, line.per)
    found |= {
        "ConsumedQuantity": text(quantity),
        "ConsumedUnit": unit,
        "PricingCategory": "Standard",
        "PricingQuantity": text(pricing_quantity),
        "PricingUnit": unit if line.per == 1 else f"{text(line.per)} {unit}",
        "SkuMeter": line.meter,
        "SkuPriceDetails": json.dumps(details),
        "SkuPriceId": f"{line.card}/{line.meter}/{tier}/{line.effective}",
    }
    list_cost = multiply(line.price, pricing_quantity)
    if isinstance(list_cost, Decimal):
        found |= {"ListUnitPrice": text(line.price), "ListCost": text(list_cost)}
    unit_price = line.effective_price
    if isinstance(unit_price, Decimal) and multiply(unit_price, pricing_quantity) == line.exact:
        found["ContractedUnitPrice"] = text(unit_price)
    return found


def _next_month(day: str) -> str:
    year, month = int(day[:4]), int(day[5:7])
    return f"{year + month // 12}-{month % 12 + 1:02}-01"
