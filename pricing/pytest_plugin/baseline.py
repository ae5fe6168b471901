"""The baseline: what each test spent when that was last agreed to, in a JSON file."""

from __future__ import annotations

import json
import os
import re

from pricing.errors import PricingError
from pricing.money import Money, divide, multiply, rounded, text
from pricing.pytest_plugin.causes import causes
from pricing.pytest_plugin.marks import Tolerance
from pricing.pytest_plugin.sheet import Sheet
from pricing.render.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.money import Exact

SCHEMA = "pricing.llm-baseline/1"
_UPDATE = "Is that meant? Then write it down: --llm-update-baseline."


def read_baseline(path: str) -> dict[str, Sheet]:
    """Read a baseline, by the names of the tests.

    Raises:
        PricingError: there is none, or it is not as it was written.
    """
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except FileNotFoundError:
        raise PricingError(
            "no such baseline", path=path, remedy="Write the first one: --llm-update-baseline."
        ) from None
    except (OSError, ValueError) as error:
        raise PricingError(f"cannot be read: {error}", path=path, remedy=_ANEW) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise PricingError(f"is no {SCHEMA}", path=path, remedy=_ANEW)
    found = {}
    for name, data in document.get("tests", {}).items():
        try:
            found[name] = Sheet.of_data(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PricingError(f"{name}: {error}", path=path, remedy=_ANEW) from None
    return found


_ANEW = "Take it from the version control, or write it anew: --llm-update-baseline."


def write_baseline(path: str, tests: dict[str, Sheet]) -> None:
    """Write a baseline, whole or not at all: the tests that were run over those that were not."""
    before = read_baseline(path) if os.path.exists(path) else {}
    merged = {name: sheet for name, sheet in {**before, **tests}.items() if sheet.calls}
    document = {
        "schema": SCHEMA,
        "tests": {name: merged[name].to_data() for name in sorted(merged)},
    }
    rows = json.dumps(document, indent=1, ensure_ascii=False)
    # quantity and amount of a meter on one line
    rows = re.sub(r'\[\s+("[^"]*"),\s+("[^"]*")\s+\]', r"[\1, \2]", rows)
    write_file(path, rows + "\n")


def regression(before: Sheet | None, now: Sheet, tolerance: Tolerance) -> PricingError | None:
    """Give why a test may not spend what it does, or None where it may."""
    if before is None:
        if not now.calls:
            return None
        return PricingError(
            f"not in the baseline: {_spent(now)} in {_calls(now.calls)}", remedy=_UPDATE
        )
    if before.calls and not now.calls:
        return PricingError(
            f"recorded no usage; the baseline has {_spent(before)} in {_calls(before.calls)}",
            remedy=f"Is it still captured? {_UPDATE}",
        )
    if now.total is None:
        return None
    old = before.total or Money("0", now.total.currency)
    if old.currency != now.total.currency:
        return PricingError(
            f"{now.total} cannot be compared with the baseline, {old}", remedy=_UPDATE
        )
    allowed = tolerance.amount
    if allowed is not None and allowed.currency != old.currency:
        return PricingError(
            f"{now.total} cannot be compared by a tolerance of {allowed}",
            remedy=f"Give the tolerance in {old.currency}, or in percent.",
        )
    if now.total <= old or tolerance.allows(old, now.total):
        return None
    more = now.total - old
    rows = [
        f"spends {now.total}, baseline {old}: +{text(more.amount)} {more.currency}"
        f"{_percent(more.amount, old.amount)}, tolerance {tolerance.text}"
    ]
    rows += [
        f"  {cause:<7} {_signed(amount)} {more.currency}{_counts(cause, before, now)}"
        for cause, amount in causes(before, now).items()
        if amount
    ]
    return PricingError("\n".join(rows), remedy=_UPDATE)


def _counts(cause: str, before: Sheet, now: Sheet) -> str:
    if cause == "calls":
        return f"  {before.calls:,} -> {now.calls:,}"
    if cause == "model":
        old = ", ".join(sorted(before.groups.keys() - now.groups.keys())) or "none"
        new = ", ".join(sorted(now.groups.keys() - before.groups.keys())) or "none"
        return f"  {old} -> {new}"
    return ""


def _spent(sheet: Sheet) -> str:
    return "nothing" if sheet.total is None else str(sheet.total)


def _calls(count: int) -> str:
    return f"{count:,} call{'' if count == 1 else 's'}"


def _signed(amount: Exact) -> str:
    shown = text(amount)
    return shown if shown.startswith("-") else f"+{shown}"


def _percent(more: Exact, old: Exact) -> str:
    if not old:
        return ""
    from decimal import Decimal

    share = rounded(divide(multiply(more, 100), old), Decimal("0.1"), "up")
    return f" (+{text(share)} %)"
