"""Whether a request is long was judged by other tokens, at another edge, or not at all."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option
from pricing.reconcile.trial import basis_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View

_NAMES = {
    "input_plus_output": "long_context_basis",
    "uncached_input": "long_context_basis",
    "boundary": "long_context_boundary",
}


def _by(case: Case, basis: int) -> Callable[[View], bool]:
    def change(view: View) -> bool:
        contexts = view.charge.atom.contexts
        if not contexts or contexts[basis] == contexts[view.basis]:
            return False
        view.basis = basis
        case.frame.recount(view)
        return True

    return change


def _fixed(case: Case, relabels: bool, is_long: bool) -> Callable[[View], bool]:
    """Give a change that prices every request as one on the same side of all thresholds."""

    def change(view: View) -> bool:
        atom = view.charge.atom
        cuts = atom.quote.tariff.cuts
        own = atom.contexts[0] if atom.contexts else None
        if not cuts or own is None or (own >= cuts[-1] if is_long else own < cuts[0]):
            return False
        view.context = cuts[-1] if is_long else max(cuts[0] - 1, 0)
        if relabels:
            case.frame.recount(view)
        return True

    return change


def options(case: Case) -> Iterable[Option]:
    if not any(atom.contexts and atom.quote.tariff.cuts for atom in case.atoms):
        return
    for name, code in _NAMES.items():
        about = {"basis_billed": name, "basis_card": "input_side"}
        if name == "boundary":
            about = {"boundary": "a request at the threshold is billed on its other side"}
        yield Option(code, _by(case, basis_number(name)), about=about, bits=4)
    shown = "context" in case.bill.exposed
    for is_long, code in ((False, "long_context_missing"), (True, "long_context_applied")):
        yield Option(code, _fixed(case, False, is_long), bits=4)
        if shown:
            yield Option(code, _fixed(case, True, is_long), bits=4)


CAUSE = Cause(
    "rate",
    "claim",
    options,
    clause="context_tokens counts all input of a request; the card says above which number",
    apart="the requests near the threshold, by their ids on the bill",
)
