"""The file of --account: what the periods' pools have used so far, by seller, pool and period.

::

    anthropic:
      code_execution:
        2026-11: 216000
"""

from __future__ import annotations

import os

from pricing.errors import Fault, PricingError, UsageError, did_you_mean
from pricing.money import decimal, text
from pricing.rating.account import Account
from pricing.render import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal

    from pricing.cards.strict import Document
    from pricing.catalog import Catalog

    Pool = tuple[str, str, str]

_FORMS = {"day": "2026-11-20", "month": "2026-11", "never": "all"}
_PATTERNS = {"day": "dddd-dd-dd", "month": "dddd-dd", "never": "all"}


def read_account(path: str, catalog: Catalog) -> Account:
    """Read an account from JSON or YAML.

    Raises:
        UsageError: with every fault of the file, each with its line.
    """
    from pricing.cards.strict import FILL_IT, ONE_A_FILE, ONE_DOCUMENT, parse_yaml

    if not os.path.exists(path):
        raise UsageError(f"no such file: {path}", remedy="{} in it starts from nothing.")
    try:
        with open(path, "rb") as stream:
            # YAML takes no tabs, JSON does
            data = stream.read(1 << 20).replace(b"\t", b"    ")
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", path=path) from None
    faults: list[Fault] = []
    document = parse_yaml(data, path, faults)
    used: dict[Pool, Decimal] = {}
    if document is not None:
        used = _pools(document, catalog, faults)
    if faults:
        for fault in faults:
            if fault.remedy in (FILL_IT, ONE_A_FILE, ONE_DOCUMENT):  # said of cards
                fault.remedy = "As SELLER: {POOL: {2026-11: 216000}}, or {} at the start."
        found = UsageError(faults[0].what)
        found.faults = tuple(faults)
        raise found
    return Account(used)


def _pools(document: Document, catalog: Catalog, faults: list[Fault]) -> dict[Pool, Decimal]:
    used: dict[Pool, Decimal] = {}
    for seller, pools in _map(document, (), "seller", faults).items():
        if seller not in catalog.book:
            hint = did_you_mean(seller, catalog.book) or f"Sellers: {', '.join(catalog.book)}."
            faults.append(document.fault(f"unknown seller '{seller}'", (seller,), hint))
            continue
        known = catalog.book.provider(seller).wire.get("pools", {})
        for pool in pools if isinstance(pools, dict) else _map(document, (seller,), "pool", faults):
            place = (seller, pool)
            if pool not in known:
                hint = did_you_mean(pool, known) or (
                    f"Pools: {', '.join(known)}." if known else "It has no pools."
                )
                faults.append(document.fault(f"unknown pool '{pool}'", place, hint))
                continue
            resets = known[pool]["resets"]
            for period, amount in _map(document, place, "period", faults).items():
                if not _is_period(period, resets):
                    faults.append(document.fault(
                        f"'{period}' is no period of {pool}", (*place, period),
                        f"As {_FORMS[resets]}.",
                    ))  # fmt: skip
                    continue
                number = _amount(amount)
                if number is None:
                    what = f"'{amount}' is no amount that a period has used"
                    faults.append(document.fault(what, (*place, period)))
                else:
                    used[seller, pool, period] = number
    return used


def _map(
    document: Document, place: tuple[str, ...], key: str, faults: list[Fault]
) -> dict[str, object]:
    tree = document.tree
    for name in place:
        tree = tree[name]
    if isinstance(tree, dict):
        return tree
    faults.append(document.fault(f"no map by {key}", place, "As seller: {pool: {period: used}}."))
    return {}


def _is_period(period: str, resets: str) -> bool:
    return "".join("d" if c.isdigit() else c for c in period) == _PATTERNS[resets]


def _amount(value: object) -> Decimal | None:
    try:
        number = decimal(value.replace("_", "") if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if number >= 0 else None


def account_document(account: Account) -> dict[str, dict[str, dict[str, str]]]:
    """Give an account as JSON: seller, pool, period, what is used."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for seller, pool, period in sorted(account):
        pools = found.setdefault(seller, {})
        pools.setdefault(pool, {})[period] = text(account[seller, pool, period])
    return found


def write_account(account: Account, path: str) -> None:
    """Write an account as JSON, which is YAML too; raises PricingError."""
    import json

    if path.endswith(("/", os.sep)):
        raise PricingError(f"{path} is a folder", remedy="Give a file.")
    write_file(path, json.dumps(account_document(account), indent=2) + "\n")
