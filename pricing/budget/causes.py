"""What changed between two sides, split by cause; the causes add up to the difference exactly.

The order is fixed: calls, tokens per call, model, price; each is valued at what came before it.
So calls at the base's cost of a call; tokens on the base's models; models at the base's prices.
A scenario that is only on one side is new or removed as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pricing.budget.groups import tokens
from pricing.budget.parts import Part
from pricing.budget.project import Projection, price, total_of
from pricing.budget.words import minus, percent_text
from pricing.money import ZERO, add, divide, multiply
from pricing.render.figures import figure_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricing.budget.parts import Line, Prices
    from pricing.budget.project import Priced
    from pricing.money import Exact

    Weighted = list[tuple[Exact, Part]]

CAUSES = ("calls", "tokens", "model", "price", "new", "removed")
_KINDS = {
    "input_tokens": "input",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "output_tokens": "output",
}


@dataclass(frozen=True)
class Cause:
    """One reason of a change: its scenario, what it is, and the amount of a month."""

    scenario: str
    cause: str
    amount: Exact
    text: str


def causes_of(
    base: Mapping[str, Projection],
    head: Mapping[str, Projection],
    before: Prices,
    after: Prices,
) -> list[Cause]:
    """Give the causes of the change of a month; a side that is not known gives none.

    ``before`` holds the base's cards, ``after`` the head's; both are of one instant. For scenarios
    known on both sides the amounts add up to the head's month less the base's.
    """
    found: list[Cause] = []
    for name, each in head.items():
        if each.is_bound or (name in base and base[name].is_bound):
            continue
        if name in base:
            found += _changes(base[name], each, before, after)
        else:
            amount = multiply(each.per_day(), after.month)
            found.append(Cause(name, "new", amount, f"new scenario, {_calls(each)}"))
    for name, each in base.items():
        if name not in head and not each.is_bound:
            amount = multiply(each.per_day(), -after.month)
            found.append(Cause(name, "removed", amount, f"removed, {_calls(each)}"))
    return [cause for cause in found if cause.amount or cause.cause in ("new", "removed")]


def _changes(base: Projection, head: Projection, before: Prices, after: Prices) -> list[Cause]:
    """Give the causes of one scenario, each valued at what came before."""
    month = after.month
    calls = head.calls if head.calls is not None else ZERO
    start = multiply(base.per_day(), month)
    per_call = base.per_call()
    called = multiply(multiply(calls, per_call), month)
    old, new = _parts(base), _parts(head)
    known = _value(_at_routes_of(old, new), before)
    routed = called if known is None else multiply(multiply(calls, known), month)
    moved = _value(_on_cards(new, before), before)
    end = multiply(head.per_day(), month)
    modelled = end if moved is None else multiply(multiply(calls, moved), month)
    token_text = _token_text(old, new)
    model_text = _model_text(old, new)
    if known is None:
        model_text = f"{model_text}, with {token_text}: not told apart"
    rows = [
        ("calls", minus(called, start), _calls_text(base, head)),
        ("tokens", minus(routed, called), token_text),
        ("model", minus(modelled, routed), model_text),
        ("price", minus(end, modelled), "rate cards of base and head"),
    ]
    return [Cause(head.name, cause, amount, text) for cause, amount, text in rows]


def _parts(side: Projection) -> Weighted:
    return [(weight, each.part) for weight, each in side.chosen()]


def _value(parts: Weighted | None, prices: Prices) -> Exact | None:
    """Give what a call costs; None where a part of it has no price there."""
    if parts is None:
        return None
    priced: list[tuple[Exact, Priced]] = []
    for weight, part in parts:
        each, problems, _ = price(part, prices)
        if problems:
            return None
        priced.append((weight, each))
    return total_of((weight, each.amount()) for weight, each in priced)


def _at_routes_of(old: Weighted, new: Weighted) -> Weighted | None:
    """Give the new usage on the models and tiers that served the old one, in their shares.

    A model that still serves keeps its own usage; one that is gone gets the usage of those that
    came, or of all.
    """
    shares: dict[object, tuple[Exact, Part]] = {}
    for weight, part in old:
        known = shares.get(part.route)
        shares[part.route] = (add(known[0], weight), known[1]) if known else (weight, part)
    came = [(weight, part) for weight, part in new if part.route not in shares]
    found: Weighted = []
    for route, (share, like) in shares.items():
        own = [(weight, part) for weight, part in new if part.route == route]
        group = own or came or new
        whole: Exact = ZERO
        for weight, _ in group:
            whole = add(whole, weight)
        for weight, part in group:
            if bool(like.lines) != bool(part.lines):
                return None
            # also where the model is the same: it stands on the old side's card
            part = _served_as(part, like.lines)
            found.append((multiply(share, divide(weight, whole)), part))
    return found


def _served_as(part: Part, like: Sequence[Line]) -> Part:
    """Give a call as the models and tiers of another would serve it."""
    lines = []
    for number, line in enumerate(part.lines):
        other = like[min(number, len(like) - 1)]
        usage = line.usage.replace(attributes=other.usage.attributes)
        lines.append(replace(other, usage=usage))
    return Part(part.share, tuple(lines))


def _on_cards(parts: Weighted, prices: Prices) -> Weighted | None:
    """Give parts on the cards of another catalogue; None where it has not all of them."""
    book = prices.catalog.book
    found: Weighted = []
    for weight, part in parts:
        lines = []
        for line in part.lines:
            seller, _, model = line.card.name.partition("/")
            if seller not in book or model not in book.index[seller]["models"]:
                return None
            lines.append(replace(line, card=book.card(line.card.name)))
        found.append((weight, Part(part.share, tuple(lines))))
    return found


def _calls(each: Projection) -> str:
    return "not projected" if each.calls is None else f"{_number(each.calls)} calls a day"


def _calls_text(base: Projection, head: Projection) -> str:
    old, new = (
        "not projected" if each.calls is None else _number(each.calls) for each in (base, head)
    )
    return f"calls a day {old} -> {new}"


def _number(value: Exact) -> str:
    return figure_text(value, "number", None if value == int(value) else 1)


def _token_text(old: Weighted, new: Weighted) -> str:
    """Give which counts of a call changed: "input per call 800 -> 900"."""
    told = []
    means = [{name: _mean(side, name) for name in _KINDS} for side in (old, new)]
    for each in means:
        # input is what is neither read from the cache nor written to it
        each["input_tokens"] = minus(
            each["input_tokens"], add(each["cache_read_tokens"], each["cache_write_tokens"])
        )
    for name, shown in _KINDS.items():
        a, b = (each[name] for each in means)
        if a != b:
            told.append(f"{shown} per call {_number(a)} -> {_number(b)}")
    return ", ".join(told) or "usage per call"


def _mean(parts: Weighted, name: str) -> Exact:
    return total_of((weight, tokens(part, name)) for weight, part in parts)


def _model_text(old: Weighted, new: Weighted) -> str:
    """Give what serves the calls: "model a -> b", "service_tier standard -> batch"."""
    before, after = _shares(old, "model"), _shares(new, "model")
    if before != after:
        return f"model {_listed(before)} -> {_listed(after)}"
    for name in sorted({key for side in (old, new) for key in _attributes(side)}):
        before, after = _shares(old, name), _shares(new, name)
        if before != after:
            return f"{name} {_listed(before)} -> {_listed(after)}"
    return "which calls each model serves"


def _attributes(parts: Weighted) -> set[str]:
    return {key for _, part in parts for line in part.lines for key in line.usage.attributes}


def _shares(parts: Weighted, name: str) -> dict[str, Exact]:
    """Give the share of calls by model, or by the value of an attribute."""
    found: dict[str, Exact] = {}
    for weight, part in parts:
        for line in part.lines[:1]:
            value = line.model
            if name != "model":
                known = line.card.provider.book.vocabulary.attributes.get(name)
                default = known.default if known is not None else None
                value = str(line.usage.attributes.get(name, default or "standard"))
            found[value] = add(found.get(value, ZERO), weight)
    return found


def _listed(shares: dict[str, Exact]) -> str:
    if len(shares) == 1:
        return next(iter(shares))
    rows = sorted(shares.items(), key=lambda row: (-row[1], row[0]))
    return ", ".join(f"{name} {percent_text(share)}" for name, share in rows)
