"""What an LLM call costs: exact, itemised, dated.

>>> import pricing
>>> catalog = pricing.load_catalog()
>>> cost = catalog.cost(response)
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog, load_catalog
    from pricing.comparison import Comparison, compare
    from pricing.errors import (
        CardError,
        NoExchangeRate,
        NoRevision,
        PricingError,
        RatingError,
        UnknownModel,
        UnknownSeller,
        Unpriced,
        UsageError,
    )
    from pricing.metering.budget import Budget, OverBudget, Unmetered
    from pricing.metering.meter import Meter, meter
    from pricing.money import Money
    from pricing.rating.account import Account
    from pricing.rating.cost import Cost, Line
    from pricing.rating.rate import rate
    from pricing.rating.sums import Tally
    from pricing.usage.read import read_usage
    from pricing.usage.usage import Usage, Workload

__version__ = "0.1.0"

_HOMES = {
    "Account": "rating.account",
    "Budget": "metering.budget",
    "CardError": "errors",
    "Catalog": "catalog",
    "Comparison": "comparison",
    "Cost": "rating.cost",
    "Line": "rating.cost",
    "Meter": "metering.meter",
    "Money": "money",
    "NoExchangeRate": "errors",
    "NoRevision": "errors",
    "OverBudget": "metering.budget",
    "PricingError": "errors",
    "RateCard": "cards.model",
    "RatingError": "errors",
    "Tally": "rating.sums",
    "UnknownModel": "errors",
    "UnknownSeller": "errors",
    "Unmetered": "metering.budget",
    "Unpriced": "errors",
    "Usage": "usage.usage",
    "UsageError": "errors",
    "Workload": "usage.usage",
    "compare": "comparison",
    "load_catalog": "catalog",
    "meter": "metering.meter",
    "rate": "rating.rate",
    "read_usage": "usage.read",
}

__all__ = [
    "Account",
    "Budget",
    "CardError",
    "Catalog",
    "Comparison",
    "Cost",
    "Line",
    "Meter",
    "Money",
    "NoExchangeRate",
    "NoRevision",
    "OverBudget",
    "PricingError",
    "RateCard",
    "RatingError",
    "Tally",
    "UnknownModel",
    "UnknownSeller",
    "Unmetered",
    "Unpriced",
    "Usage",
    "UsageError",
    "Workload",
    "compare",
    "load_catalog",
    "meter",
    "rate",
    "read_usage",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for, so that importing costs next to nothing."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pricing' has no attribute '{name}'")
    value = getattr(import_module(f"pricing.{home}"), name)
    globals()[name] = value
    return value
