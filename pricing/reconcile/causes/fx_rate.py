"""The exchange rate of another day was used than the contract names."""

from __future__ import annotations

from pricing.money import multiply, text
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def options(case: Case) -> Iterable[Option]:
    for currency, (day, rate) in case.fx.items():
        for other, value in sorted(case.terms.fx.items()):
            if value == rate:
                continue

            def change(view: View, currency: str = currency, value: Decimal = value) -> bool:
                if view.charge.atom.quote.tariff.currency != currency:
                    return False
                view.factor = multiply(case.terms.factor(view.charge.start), value)
                return True

            about = {
                "contract_rate": text(rate),
                "contract_rate_date": day,
                "billed_rate": text(value),
                "billed_rate_date": other,
            }
            yield Option("fx_rate", change, about=about)


CAUSE = Cause(
    "money",
    "claim",
    options,
    clause="the contract names the day of the exchange rate",
    apart="the exchange rate on the bill",
)
