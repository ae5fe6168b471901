"""What one meter knows: amounts, reservations and problems, held against one budget."""

from __future__ import annotations

from collections import Counter

from pricing.errors import NoExchangeRate, PricingError
from pricing.instants import now
from pricing.metering.budget import Budget, OverBudget, Unmetered
from pricing.money import Money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.rating.cost import Cost


class Entry:
    """One response that was added: what it costs, and itself with its instant where kept."""

    __slots__ = ("at", "cost", "response")

    def __init__(self, cost: Cost, response: object, at: int) -> None:
        self.cost = cost
        self.response = response
        self.at = at


class Ledger:
    """Amounts in one currency; its callers hold the lock."""

    def __init__(self, budget: Budget | None, name: str, allow_unpriced: bool, keep: bool) -> None:
        self.budget = budget
        self.name = name
        self.allow_unpriced = allow_unpriced
        self.calls = 0
        self.entries: list[Entry] = []
        #: why the total is a lower bound
        self.problems: list[PricingError] = []
        #: what is set aside for calls that are still to be made
        self.reserved: list[Money] = []
        self._total = None if budget is None else Money("0", budget.currency)
        self._captured: Counter[str] = Counter()
        self._keep = keep

    @property
    def total(self) -> Money | None:
        """What is spent; None while nothing is, and no budget says the currency."""
        return self._total

    @property
    def spent(self) -> Money:
        """The total where there must be one."""
        if self._total is None:
            raise PricingError("nothing is spent yet, in no currency", remedy="Give a budget.")
        return self._total

    @property
    def is_lower_bound(self) -> bool:
        """Whether something was spent that has no price or could not be read."""
        return bool(self.problems)

    @property
    def left(self) -> Money | None:
        """What the budget still allows, reservations taken off; None without a budget."""
        if self.budget is None:
            return None
        return sum((-each for each in list(self.reserved)), self.budget.limit - self.spent)

    def is_known(self, id: str, by_hand: bool) -> bool:
        """Tell whether a response was captured here before; each captured one answers once."""
        if by_hand and self._captured[id]:
            self._captured[id] -= 1
            return True
        if not by_hand:
            self._captured[id] += 1
        return False

    def count(
        self, cost: Cost | None, problem: PricingError | None, response: object
    ) -> PricingError | None:
        """Add one response; give the reason to stop, if there is one."""
        self.calls += 1
        if cost is not None:
            problem = self.refuse_currency(cost.currency) or problem
        if cost is not None and not isinstance(problem, NoExchangeRate):
            self._total = cost.total if self._total is None else self._total + cost.total
            at = cost.usages[0].at if cost.usages else None
            kept = response if self._keep else None
            self.entries.append(Entry(cost, kept, now() if at is None else at))
        if problem is not None:
            self.problems.append(problem)
        return self.over() or (None if self.allow_unpriced else problem)

    def refuse_currency(self, currency: str) -> NoExchangeRate | None:
        """Give the error where an amount in this currency cannot be added."""
        if self._total is None or self._total.currency == currency:
            return None
        return NoExchangeRate(
            f"{self.name}: {self._total.currency} and {currency} cannot be added",
            remedy="Take a meter for each currency.",
        )

    def over(self) -> OverBudget | None:
        """Give the error where more is spent than the budget allows."""
        if self.budget is not None:
            try:
                self.budget.check(self.spent, self.name)
            except OverBudget as error:
                return error
        return None

    def refuse_call(self) -> None:
        """Raise OverBudget where nothing is left, before more is spent."""
        if self.budget is not None and self.spent >= self.budget.limit:
            raise OverBudget(
                f"over {self.name}: {self.spent} spent, limit {self.budget.limit}:"
                " the call was not sent",
                spent=self.spent,
                limit=self.budget.limit,
                remedy="Spend less, or raise the limit.",
            )

    def refuse_worst(self, worst: Money) -> None:
        """Raise OverBudget where a reservation is more than what is left."""
        wrong = self.refuse_currency(worst.currency)
        if wrong is not None:
            raise wrong
        left = self.left
        if self.budget is not None and left is not None and worst > left:
            raise OverBudget(
                f"over {self.name}: up to {worst} for this call,"
                f" {left} left of {self.budget.limit}",
                spent=self.spent,
                limit=self.budget.limit,
                remedy="Ask for fewer tokens, or raise the limit.",
            )

    def check(self) -> None:
        """Raise where the budget is not kept, or cannot be judged.

        Raises:
            OverBudget: more is spent than the budget allows.
            Unmetered: the total is a lower bound, and there is a budget, or ``allow_unpriced``
                was not said.
        """
        over, problems = self.over(), list(self.problems)
        if over is not None:
            raise over
        if problems and (self.budget is not None or not self.allow_unpriced):
            total = "" if self._total is None else f": at least {self._total} spent"
            limit = "" if self.budget is None else f", limit {self.budget.limit}"
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise Unmetered(
                f"{self.name} cannot be judged{total}{limit}; {problems[0].what}{more}",
                remedy=problems[0].remedy,
            )
