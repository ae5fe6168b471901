"""How findings, cells and days are put into words."""

from __future__ import annotations

from pricing.money import text
from pricing.reconcile.cells import DIMENSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.reconcile.cells import Key
    from pricing.reconcile.finding import Finding

#: what a direction is called beside an amount
DIRECTION = {
    "claim": "claim",
    "accrue": "accrue",
    "fix_log": "fix our log",
    "timing": "timing",
    "informational": "no action",
    "unexplained": "",
}
_LEFT_OUT = ("status", "offset_hours")
#: values of a scope that are named; more are counted
_MOST = 3


def many(count: int, one: str) -> str:
    """Say how many: "1 line", "2 lines"."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def cell_name(key: Key) -> str:
    """Give a cell as --explain takes it: the values that it has, with slashes."""
    return "/".join(part for part in key if part)


def cell_keys(key: Key) -> dict[str, str]:
    """Give a cell by the names of its dimensions."""
    return {name: part for name, part in zip(DIMENSIONS, key, strict=True) if part}


def direction(finding: Finding) -> str:
    """Say what follows from a finding."""
    if finding.accepted is not None:
        return "accepted"
    if finding.is_ambiguous:
        return "ambiguous"
    return DIRECTION[finding.direction]


def scope_text(finding: Finding) -> str:
    """Say where a finding holds."""
    parts = []
    for name, value in finding.scope.items():
        if isinstance(value, list):
            if name == "day" and len(value) > 2:
                parts.append(f"{value[0]} to {value[-1]}")
            elif len(value) > _MOST:
                plural = "es" if name.endswith("s") else "s"
                parts.append(f"{len(value)} {name.replace('_', ' ')}{plural}")
            else:
                told = ", ".join(map(str, value))
                parts.append(f"{name} {told}" if name in _LEFT_OUT else told)
        else:
            parts.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(parts) or "all of the bill"


def about_text(finding: Finding) -> list[str]:
    """Say what else is known of a finding, a sentence a line."""
    about = finding.about
    found = []
    if "billed_markup" in about:
        found.append(f"markup {about['billed_markup']}, agreed {about['contract_markup']}")
    if "billed_discount" in about:
        found.append(f"discount {about['billed_discount']}, agreed {about['contract_discount']}")
    if "billed_rate" in about:
        day = f" of {about['billed_rate_date']}" if "billed_rate_date" in about else ""
        agreed = f"{about['contract_rate']} of {about['contract_rate_date']}"
        found.append(f"exchange rate {about['billed_rate']}{day}, agreed {agreed}")
    if "factor" in about:
        found.append(f"times {about['factor']}")
    if "multiplier" in about:
        found.append(f"{about['attribute']} {about['value']}, x {about['multiplier']}")
    if "basis_billed" in about:
        billed = str(about["basis_billed"]).replace("_", " ")
        found.append(f"length by {billed}, the card counts {about['basis_card']}")
    if "note" in about:
        found.append(str(about["note"]))
    return found


def evidence(finding: Finding) -> str:
    """Say how strong the evidence is: cells, and bits beyond the price of the choice."""
    parts = []
    if finding.cells:
        count = len(finding.cells)
        parts.append(f"{count:,} cell{'s' if count > 1 else ''}")
    if finding.requests:
        parts.append(f"{finding.requests:,} request{'s' if finding.requests > 1 else ''}")
    if finding.bits is not None:
        parts.append(f"evidence {finding.bits // 4} bits")
    return ", ".join(parts)


def amount_text(finding: Finding) -> str:
    return text(finding.amount)
