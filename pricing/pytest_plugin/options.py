"""What the options of pytest say, read strictly."""

from __future__ import annotations

import pytest

from pricing.catalog import load_catalog
from pricing.errors import PricingError
from pricing.instants import instant
from pricing.metering.budget import Budget
from pricing.pytest_plugin.baseline import read_baseline
from pricing.pytest_plugin.marks import DEFAULT_TOLERANCE, Tolerance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.pytest_plugin.sheet import Sheet


class Options:
    """The options that begin with --llm-.

    Raises:
        PricingError: one of them cannot be meant.
    """

    def __init__(self, config: pytest.Config) -> None:
        option = config.getoption
        self.catalog = load_catalog(*(option("llm_cards") or ()))
        self.seller: str | None = option("llm_seller")
        if self.seller is not None:
            self.catalog.book.provider(self.seller)
        self.allow_unpriced = bool(option("llm_allow_unpriced"))
        self.at = _instant(option("llm_at"))
        self.budget: Budget | None = None
        self.may_be_unused = bool(option("llm_budget_may_be_unused"))
        if option("llm_budget") is not None:
            self.budget = Budget(option("llm_budget"))
            self.budget.must_be_known(self.catalog)
        elif self.may_be_unused:
            raise PricingError("--llm-budget-may-be-unused without --llm-budget")
        self.baseline_path: str | None = option("llm_baseline")
        self.updates = bool(option("llm_update_baseline"))
        if self.baseline_path is None and (self.updates or option("llm_tolerance") is not None):
            raise PricingError("no baseline is named", remedy="Name it: --llm-baseline FILE.")
        self.tolerance = Tolerance(option("llm_tolerance") or DEFAULT_TOLERANCE)
        self.baseline: dict[str, Sheet] | None = None
        if self.baseline_path is not None and not self.updates:
            self.baseline = read_baseline(self.baseline_path)
        self.record_path: str | None = option("llm_record")


def _instant(text: str | None) -> int | None:
    try:
        return None if text is None else instant(text)
    except ValueError as error:
        what, _, remedy = str(error).partition("\n")
        raise PricingError(f"--llm-at: {what}", remedy=remedy or None) from None
