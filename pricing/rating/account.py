"""What a buyer's account has used of the pools it shares: free allowances and volume tiers."""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import UsageError
from pricing.money import EXACT, decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Pool = tuple[str, str, str]


class Account:
    """State that is passed in and returned; the engine holds none.

    Keys are (seller, pool, period), such as ("acme", "searches", "2026-11") or a day, by the
    pool's own clock; values are what the period has used so far, in the pool's unit.

    Raises:
        UsageError: a key of another form.
    """

    __slots__ = ("used",)

    def __init__(self, used: Mapping[Pool, int | str | Decimal] | None = None) -> None:
        for pool in used or ():
            if not (isinstance(pool, tuple) and len(pool) == 3 and all(map(_is_name, pool))):
                raise UsageError(
                    f"an account has no pool {pool!r}",
                    remedy='Keys are (seller, pool, period): ("acme", "searches", "2026-11").',
                )
        self.used: dict[Pool, Decimal] = {
            pool: _used(pool, amount) for pool, amount in (used or {}).items()
        }

    def after(self, drawn: Mapping[Pool, Decimal]) -> Account:
        """Give the account after a cost has drawn on its pools."""
        account = Account()
        account.used = dict(self.used)
        for pool, amount in drawn.items():
            account.used[pool] = EXACT.add(account.used.get(pool, Decimal(0)), amount)
        return account

    def __getitem__(self, pool: Pool) -> Decimal:
        return self.used.get(pool, Decimal(0))

    def __iter__(self) -> Iterator[Pool]:
        return iter(self.used)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and self.used == other.used

    def __hash__(self) -> int:
        return hash(frozenset(self.used.items()))

    def __repr__(self) -> str:
        return f"Account({self.used!r})"


def _is_name(part: object) -> bool:
    return isinstance(part, str) and bool(part)


def _used(pool: Pool, amount: int | str | Decimal) -> Decimal:
    try:
        number = decimal(amount)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{'/'.join(pool)}: {error}") from None
    if number < 0:
        raise UsageError(f"{'/'.join(pool)}: {number} is negative", remedy="Use counts up from 0.")
    return number
