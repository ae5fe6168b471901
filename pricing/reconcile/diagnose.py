"""The diagnosis: every part of the difference under a name, or as unexplained, adding up exactly.

``billed - expected = sum of findings + unexplained`` is asserted each time.
"""

from __future__ import annotations

from pricing.money import ZERO, add, multiply, rounded, text
from pricing.reconcile.best import in_order
from pricing.reconcile.cells import DAY_AT as DAY_
from pricing.reconcile.cells import DIMENSIONS, KEY, METER, MODEL, PROJECT, TIER
from pricing.reconcile.finding import Finding
from pricing.reconcile.log import PROJECTS
from pricing.reconcile.money_lines import other_money
from pricing.reconcile.restated import restated_lines
from pricing.reconcile.search import search
from pricing.reconcile.soft import soft_findings
from pricing.reconcile.state import NOTHING, State
from pricing.reconcile.trial import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.cells import Key
    from pricing.reconcile.state import Accepted
    from pricing.reconcile.trial import Charge

_MOST_EXAMPLES = 3
_MOST_PRICES = 4
#: how a scope's dimensions are called outside
_NAMES = {"meter": "token_class", "project": "project"}
_TOLD = (DAY_, PROJECT, KEY, MODEL, METER, TIER)


class Diagnosis:
    """What the bill and the log agree on, and the named parts of what they do not."""

    __slots__ = (
        "billed",
        "case",
        "expected",
        "findings",
        "merged",
        "merged_by",
        "start",
        "state",
        "unexplained",
    )

    def __init__(self, case: Case, state: State) -> None:
        self.case = case
        self.state = state
        self.billed: Exact = case.bill.total
        #: what the log costs, with what was merged away where that is a finding
        #: before any cause
        self.start = State(case) if state.accepted else state
        self.expected: Exact = self.start.total
        #: what was merged away costs, in all and by model
        self.merged: Exact = ZERO
        self.merged_by: dict[str, Exact] = {}
        self.findings: list[Finding] = []
        #: by cell, and lines that could not be matched
        self.unexplained: list[Finding] = []

    @property
    def variance(self) -> Exact:
        return add(self.billed, multiply(self.expected, -1))

    @property
    def left(self) -> Exact:
        """What is unexplained."""
        total: Exact = ZERO
        for each in self.unexplained:
            total = add(total, each.amount)
        return total

    @property
    def status(self) -> str:
        """clean, explained (nothing to do), ambiguous, or discrepancy."""
        loud = [f for f in (*self.findings, *self.unexplained) if not f.is_quiet]
        if loud:
            is_ambiguous = all(f.is_ambiguous for f in loud)
            return "ambiguous" if is_ambiguous else "discrepancy"
        return "explained" if self.findings or self.unexplained or self.variance else "clean"

    def check(self) -> None:
        """Hold the parts against the whole; raises AssertionError."""
        total = self.left
        for each in self.findings:
            total = add(total, each.amount)
        if total != self.variance:
            told = f"{text(total)} is not {text(self.variance)}"
            raise AssertionError(f"the findings do not add up to the difference: {told}")


def diagnose(case: Case) -> Diagnosis:
    """Find the causes of all differences between bill and log."""
    state = search(case)
    found = Diagnosis(case, state)
    _causes(found)
    _duplicates(found)
    rest = dict(state.dirty)
    restated, taken = restated_lines(state, rest)
    found.findings += restated
    found.findings += other_money(case, found, taken)
    found.findings += soft_findings(state, rest)
    _rounding(found)
    _unexplained(found, rest)
    found.findings.sort(key=lambda f: (f.direction in ("informational",), -_size(f), f.id))
    _decided(found)
    found.check()
    return found


def _decided(found: Diagnosis) -> None:
    """Quiet what was accepted before at this very amount; another amount is told beside it."""
    decisions = dict(found.case.terms.accepted)
    for each in (*found.findings, *found.unexplained):
        decision = decisions.pop(each.id, None)
        if decision is None:
            continue
        if decision.amount == each.amount:
            each.accepted = decision.because
        else:
            each.before = decision.amount
    for name, decision in decisions.items():
        found.case.notes.append(
            f"{decision.place}: no finding {name} any more ({decision.because})"
        )


def _size(finding: Finding) -> Exact:
    return finding.amount if finding.amount >= 0 else multiply(finding.amount, -1)


def _causes(found: Diagnosis) -> None:
    """Give each accepted cause its amount: what it adds to what those before it expect."""
    case = found.case
    before = found.start
    taken: list[Accepted] = []
    for each in in_order(found.state.accepted):
        taken.append(each)
        after = State(case, taken) if len(taken) < len(found.state.accepted) else found.state
        found.findings.append(_finding(each, before, after))
        before = after


def _finding(each: Accepted, before: State, after: State) -> Finding:
    cause = each.option.cause
    assert cause is not None
    case = after.case
    amount = add(after.total, multiply(before.total, -1))
    changed = [
        key
        for key in {*before.cells, *after.cells}
        if before.cells.get(key, NOTHING) != after.cells.get(key, NOTHING)
    ]
    charges = _touched(each, before)
    codes = sorted({each.option.code, *(other.option.code for other in each.others)})
    direction = each.option.direction or cause.direction
    if direction == "claim" and amount < 0:
        direction = "accrue"
    about = dict(each.option.about)
    if each.scope.size:
        about["where"] = each.scope.told()
    for other in each.others:
        about.setdefault("alternatives", {})[other.option.code] = other.option.about
    apart = ""
    if each.others:
        all_causes = [each.option.cause, *(o.option.cause for o in each.others)]
        apart = "; ".join(dict.fromkeys(c.apart for c in all_causes if c is not None))
    return Finding(
        "|".join(codes),
        amount,
        direction,
        scope={**told_scope(case, changed, charges), **_status(each)},
        about=about,
        cells=changed,
        bits=each.bits,
        requests=requests_of(charges),
        examples=examples_of(charges),
        prices=_prices(case, each, charges),
        clause=cause.clause,
        apart=apart,
    )


def _status(each: Accepted) -> dict[str, object]:
    return {k: each.option.about[k] for k in ("status", "offset_hours") if k in each.option.about}


def _touched(each: Accepted, before: State) -> list[Charge]:
    """Give the charges that a cause changes."""
    change = each.option.change
    if change is None:
        return [c for c in before.case.fine if c.key in each.cells and c.is_billed]
    found = []
    for charge in before.case.fine:
        # only what moves charges in time changes what they can be told by
        if not before.needs_hours and not each.scope.holds(charge.scope):
            continue
        view = before.view(charge)
        if each.scope.holds(view.scope) and change(view):
            found.append(charge)
    return found


def requests_of(charges: list[Charge]) -> int:
    """Give the number of requests behind some charges."""
    return sum({id(c.atom): c.requests for c in charges}.values())


def examples_of(charges: list[Charge]) -> list[str]:
    """Give the places of the first requests."""
    ordered = sorted(charges, key=lambda c: (c.start, c.place))
    return list(dict.fromkeys(c.place for c in ordered if c.place))[:_MOST_EXAMPLES]


def told_scope(case: Case, cells: list[Key], charges: list[Charge]) -> dict[str, object]:
    """Give the dimensions in which some cells are fewer than all of the bill, with their values."""
    found: dict[str, object] = {}
    for number in _TOLD:
        whole = {key[number] for key in case.bill.cells} | {c.scope[number] for c in case.coarse}
        mine = {c.scope[number] for c in charges} or {key[number] for key in cells}
        mine.discard("")
        whole.discard("")
        if mine and mine < whole:
            name = DIMENSIONS[number]
            if name == "project":
                name = _project(case)
            found[_NAMES.get(name, name)] = sorted(mine)
    return found


def _project(case: Case) -> str:
    number = case.project_label
    return "project" if number is None else PROJECTS[number].removesuffix("_id")


def _prices(case: Case, each: Accepted, charges: list[Charge]) -> list[str]:
    """Tell the prices of the card that a cause confuses, each with its line."""
    change = each.option.change
    found: dict[str, None] = {}
    for charge in charges:
        views = [View(charge)]
        if change is not None:
            views.append(View(charge))
            change(views[1])
        for view in views:
            if not charge.quantity and not view.quantity:
                continue
            priced = case.frame.prices.line(view)
            rate = getattr(priced, "rate", None)
            if rate is not None:
                price = text(rate.tiers[0][1])
                factors = "".join(f" x {text(f)} {m.name}" for m, f in priced.applied)
                found[f"{view.meter} {price} per {text(rate.per)}{factors}, {rate.source}"] = None
        if len(found) >= _MOST_PRICES:
            break
    return list(found)[:_MOST_PRICES]


def _duplicates(found: Diagnosis) -> None:
    """Name what was merged away, where the bill agrees without it."""
    state = found.state
    dropped = [c for c in found.case.fine if c.who == "duplicate" and c.quantity]
    if not dropped or any(a.option.code == "duplicates_billed" for a in state.accepted):
        return
    mine: list[Charge] = []
    amount: Exact = ZERO
    for charge in dropped:
        own = state.view(charge)
        if own.key in state.dirty or own.is_billed:
            continue
        cost = found.case.frame.expected(charge, is_billed=True)
        if cost is not None:
            mine.append(charge)
            amount = add(amount, cost)
            model = charge.key[MODEL]
            found.merged_by[model] = add(found.merged_by.get(model, ZERO), cost)
    if not mine:
        return
    found.merged = amount
    found.expected = add(found.expected, amount)
    rows = len({charge.place for charge in mine})
    finding = Finding(
        "log_duplicates",
        multiply(amount, -1),
        "fix_log",
        scope={"key": "id", **told_scope(found.case, [], mine)},
        about={"rows": rows, "note": "rows with one id; the bill has each once"},
        cells=list({charge.key for charge in mine}),
        requests=requests_of(mine),
        examples=examples_of(mine),
        clause="a request with one id is one request",
    )
    found.findings.append(finding)


def _rounding(found: Diagnosis) -> None:
    """Name what is left in cells that agree: less than half a unit a line."""
    state, bill = found.state, found.case.bill
    total: Exact = ZERO
    cells = []
    modes = {"half_up", "half_even"}
    for key in {*state.cells, *bill.cells} - state.dirty.keys():
        amount = state.cells.get(key, NOTHING)[0]
        left = state.residual(key, amount)
        cell = bill.cells.get(key)
        if left:
            total = add(total, left)
            cells.append(key)
        if cell is None or len(cell.lines) > 1 or amount < 0:
            continue
        for mode in list(modes):
            if rounded(amount, bill.unit, mode) != cell.amount:
                modes.discard(mode)
    if not cells:
        return
    told = "half_up" if "half_up" in modes else "half_even" if modes else "half"
    lines = sum(len(bill.cells[key].lines) for key in bill.cells)
    about: dict[str, object] = {"mode": told, "quantum": text(bill.unit), "lines": lines}
    if len(modes) == 2:
        about["also"] = "half_even"
    found.findings.append(
        Finding(
            "rounding_per_line",
            total,
            "informational",
            scope=about,
            cells=[],
            clause="amounts are printed to the last place of the bill",
        )
    )


def _unexplained(found: Diagnosis, rest: dict[Key, Exact]) -> None:
    """Put what nothing explains beside the findings, cell by cell, and the unmatched lines."""
    case = found.case
    for key, left in sorted(rest.items()):
        cell = case.bill.cells.get(key)
        charges = [c for c in case.fine if c.key == key and c.is_billed]
        names = zip(DIMENSIONS, key, strict=True)
        finding = Finding(
            "unexplained",
            left,
            "unexplained",
            scope={_NAMES.get(name, name): value for name, value in names if value},
            cells=[key],
            requests=requests_of(charges),
            examples=examples_of(charges) + [ln.place for ln in (cell.lines if cell else [])][:1],
        )
        if not charges:
            finding.about["note"] = "the log holds nothing of this cell"
        found.unexplained.append(finding)
    for line, reason in case.bill.unmatched:
        assert line.amount is not None
        if line.amount:
            found.unexplained.append(
                Finding(
                    "unmatched",
                    line.amount,
                    "unexplained",
                    scope={"line": line.place},
                    about={"note": reason},
                    examples=[line.place],
                )
            )
