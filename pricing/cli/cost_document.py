"""The JSON document of ``pricing cost``: exact amounts as text."""

from __future__ import annotations

from decimal import Decimal

from pricing.cli.cost_groups import (
    computed,
    family_sums,
    hit_share,
    is_of_all,
    ordered_groups,
    reported,
    residual,
)
from pricing.money import Money, divide, rounded, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cli.cost_answer import Answer
    from pricing.rating.cost import Line

#: what a mean and a share are rounded to: they are told, not added
_FINEST = Decimal(1).scaleb(-12)
_SHARE = Decimal(1).scaleb(-6)


def cost_document(answer: Answer, by_record: bool = False) -> dict[str, Any]:
    """Give the document; ``by_record`` itemises every record instead of every group."""
    currency = answer.currency
    total = None if currency is None else answer.totals[currency]
    if not answer.totals and not answer.tally.incomplete:
        # reported amounts alone are nothing that was computed
        total = None if answer.money_rows else Money(0, "")
    document: dict[str, Any] = {
        "currency": currency,
        "total": None if total is None else text(total.amount),
        "requests": answer.requests,
        "lower_bound": answer.is_lower_bound,
        "assumed": _assumed(answer),
        "catalog": answer.catalog.digest,
        "groups": [_group(answer, group) for group in ordered_groups(answer)],
        "lines": _lines(answer, by_record),
        "unpriced": [
            {
                "model": missing.model or None,
                "seller": missing.seller,
                "reason": missing.told(),
                "requests": missing.requests,
                "quantities": {m: text(q) for m, q in missing.quantities.items()},
                "place": missing.place,
                "source": missing.source,
            }
            for missing in answer.missing()
        ],
        "skipped": dict(answer.records.skipped),
        "reported": [_money(money) for money in answer.reported],
    }
    if answer.is_mixed:
        document["totals"] = {code: text(money.amount) for code, money in answer.totals.items()}
    if answer.converted:
        document["converted"] = [
            {"from": _money(before), "to": _money(after), "source": source}
            for before, after, source in answer.converted
        ]
    told = answer.told(answer.reported)
    if told is not None and total is not None and is_comparable(answer):
        document["residual"] = text((told - total).amount)
        converted = [money for money in answer.reported if money.currency != currency]
        if converted:
            document["reported_in_currency"] = text(told.amount)
    if answer.tally.account is not None:
        from pricing.cli.account_file import account_document

        document["account"] = account_document(answer.tally.account)
    if answer.records.reasons:
        document["skipped_rows"] = [
            {"place": place, "reason": reason} for place, reason in answer.records.reasons
        ]
    return document


def is_comparable(answer: Answer) -> bool:
    """Tell whether what was reported and what was computed are of the same requests."""
    told = answer.requests if is_of_all(answer) else answer.reporting
    return told == answer.requests and not answer.tally.incomplete


def _money(money: Money) -> dict[str, str]:
    return {"amount": text(money.amount), "currency": money.currency}


def _assumed(answer: Answer) -> dict[str, str]:
    assumed = {}
    if answer.sellers:
        assumed["seller"] = ", ".join(answer.sellers)
    if answer.priced_now is not None:
        assumed["at"] = answer.priced_now
    return assumed


def _group(answer: Answer, group: tuple[str, ...]) -> dict[str, Any]:
    costs = answer.costs[group]
    found: dict[str, Any] = {
        "key": _key(answer, group),
        "requests": answer.tally.requests[group],
        "total": None,
        "lower_bound": group in answer.tally.unrated_groups,
        "quantities": {m: text(q) for m, q in answer.tally.quantities.get(group, {}).items()},
    }
    whole = computed(answer, [group])
    if whole is not None:
        found["total"] = text(whole.amount)
        if found["requests"] and not found["lower_bound"]:
            each = divide(whole.amount, found["requests"])
            found["per_request"] = text(rounded(each, _FINEST))
    elif costs:
        found["totals"] = {code: text(cost.total.amount) for code, cost in costs.items()}
    share = hit_share(family_sums(answer, [group]))
    if share is not None:
        found["cache_hit"] = text(rounded(share, _SHARE))
    told = reported(answer, [group])
    if told:
        found["reported"] = [_money(money) for money in told]
        gap = residual(answer, [group])
        if gap is not None:
            found["residual"] = text(gap.amount)
    return found


def _key(answer: Answer, group: tuple[str, ...]) -> dict[str, str | None]:
    fields = answer.by or ("model",)
    return {field: value or None for field, value in zip(fields, group, strict=True)}


def _lines(answer: Answer, by_record: bool) -> list[dict[str, Any]]:
    if by_record:
        return [
            {"record": usage.place, **line_document(line)}
            for usage, cost in answer.each
            if cost is not None
            for line in answer.ordered(cost)
        ]
    return [
        {"key": _key(answer, group), **line_document(line)} if answer.by else line_document(line)
        for group in ordered_groups(answer)
        for cost in answer.costs[group].values()
        for line in answer.ordered(cost)
    ]


def line_document(line: Line) -> dict[str, Any]:
    """Give one line item as JSON: the printed price, its modifiers, and where both stand."""
    document: dict[str, Any] = {
        "card": line.card,
        "effective": line.effective,
        "meter": line.meter,
        "quantity": text(line.quantity),
        "unit": line.unit,
        "price": str(line.price),
        "per": text(line.per),
        "amount": text(line.amount.amount),
        "currency": line.currency,
        "modifiers": [
            {"name": m.name, "factor": text(m.factor), "because": m.because, "source": m.source}
            for m in line.modifiers
        ],
        "source": line.source,
    }
    if line.multiplied is not None:
        document["multiplied"] = text(line.multiplied)
    if line.estimate:
        document["estimate"] = line.estimate
    if line.assumptions:
        document["assumptions"] = list(line.assumptions)
    return document
