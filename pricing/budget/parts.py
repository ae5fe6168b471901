"""The calls of a scenario as parts: what each uses, on which card, and its share of all calls.

Parts come from recorded calls or from counts; a mix of models, a share of batches and a share of
cache hits make more of them, or other ones. What cannot be read is a problem, never left out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.cards.strict import visible
from pricing.errors import Fault, PricingError, UnknownModel, UsageError
from pricing.money import add, divide, multiply
from pricing.usage.records import Records
from pricing.usage.usage import Usage, is_only_money

if TYPE_CHECKING:
    from pricing.budget.file import Loaded
    from pricing.budget.schema import Scenario
    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.money import Exact

ONE = Decimal(1)
_MOST_FAULTS = 5


@dataclass(frozen=True)
class Prices:
    """What prices a side: cards, the instant of the prices, today, and the currency of totals."""

    catalog: Catalog
    at: int
    today: int
    stale_after: int
    currency: str
    month: Exact
    estimates: bool = False


@dataclass(frozen=True)
class Problem:
    """Why something cannot be judged; ``kind`` is one word for it."""

    kind: str
    fault: Fault


@dataclass(frozen=True)
class Line:
    """One billed line of a call: its usage, the model as it was named, and the card."""

    usage: Usage
    model: str
    card: RateCard


@dataclass(frozen=True)
class Part:
    """A call, or several alike, and its share of all calls of the scenario."""

    share: Exact
    lines: tuple[Line, ...]

    @property
    def route(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Which models, sellers and tiers serve it."""
        return tuple(
            (line.card.name, tuple(sorted((k, str(v)) for k, v in line.usage.attributes.items())))
            for line in self.lines
        )


@dataclass
class Calls:
    """The parts of a scenario; ``records`` is how many calls were recorded, 0 for counts."""

    parts: list[Part] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    records: int = 0

    def spoil(self, kind: str, fault: Fault) -> None:
        """Note a problem that leaves nothing to be counted."""
        self.problems.append(Problem(kind, fault))
        self.parts = []


def read_calls(loaded: Loaded, name: str, prices: Prices) -> Calls:
    """Give the calls of a scenario, each located on its card."""
    scenario = loaded.file.scenarios[name]
    found = Calls()
    raw = _inline(scenario) if scenario.usage.inline else _recorded(loaded, name, found)
    if found.problems or not raw:
        return found
    unknown: dict[str, tuple[Fault, int]] = {}
    billed: list[list[tuple[Exact, tuple[Line, ...]]]] = []
    for usages in raw:
        rows: list[tuple[Exact, tuple[Line, ...]]] = []
        for model, portion in _models(scenario):
            try:
                lines = _located(scenario, usages, model, prices)
            except PricingError as error:
                fault = _unlocated(loaded, name, usages[0], error)
                first, count = unknown.get(fault.what, (fault, 0))
                unknown[fault.what] = (first, count + 1)
                lines = ()
            if lines is not None:
                rows.append((portion, lines))
        if rows:
            billed.append(rows)
    if len(billed) < len(raw):
        free = len(raw) - len(billed)
        found.notes.append(f"{name}: not counted: {free:,} that the seller does not bill")
    if not billed:
        place = ("scenarios", name, "usage")
        found.spoil("fixture", loaded.fault("no call in it is billed", place, "Record others."))
    elif not any(map(_uses_anything, billed)):
        place = ("scenarios", name, "usage")
        fault = loaded.fault("no call in it uses anything", place, "Record it again.")
        found.spoil("fixture", fault)
        return found
    found.records = len(billed) if found.records else 0
    for rows in billed:
        share = divide(ONE, len(billed))
        for portion, lines in rows:
            found.parts += _in_batches(Part(multiply(share, portion), lines), scenario.batch)
    for fault, count in unknown.values():
        if count > 1:
            fault.what = f"{fault.what} ({count:,} calls)"
        found.problems.append(Problem("unpriced", fault))
    return found


def _uses_anything(rows: list[tuple[Exact, tuple[Line, ...]]]) -> bool:
    """Tell whether a call has a count above 0; one without a card may."""
    return any(
        not lines or any(line.usage.unknown or any(line.usage.meters.values()) for line in lines)
        for _, lines in rows
    )


def _inline(scenario: Scenario) -> list[tuple[Usage, ...]]:
    counts = {meter: str(count) for meter, count in (scenario.usage.inline or {}).items()}
    return [(Usage(counts),)]


def _recorded(loaded: Loaded, name: str, found: Calls) -> list[tuple[Usage, ...]]:
    """Read the calls of a fixture or a run; what damages it is a problem."""
    usage = loaded.file.scenarios[name].usage
    kind = "fixture" if usage.fixture is not None else "run"
    names = usage.fixture or usage.run or []
    place = ("scenarios", name, "usage", kind)
    paths = [loaded.path(each) for each in names]
    for each, path in zip(names, paths, strict=True):
        if not os.path.exists(path):
            fault = loaded.fault(
                f"no such file: {each}", place, "Record it, or give inline counts."
            )
            found.spoil("fixture", fault)
    if found.problems:
        return []
    records = Records(paths, usage.shape, in_order=True)
    raw: list[tuple[Usage, ...]] = []
    listed = ", ".join(names)
    try:
        raw = list(records)
    except UsageError as error:
        if not records.faults:
            remedy = "Record it again, or give inline counts."
            found.spoil("fixture", loaded.fault(f"{listed} holds no usage", place, remedy))
        if error.faults[0].place and "empty file" not in error.what and not records.faults:
            found.problems += [Problem("fixture", _told(loaded, each)) for each in error.faults]
    if records.faults:
        _damaged(loaded, records, found)
    if not raw and not found.problems:
        remedy = "Record it again, or give inline counts."
        found.spoil("fixture", loaded.fault(f"{listed} holds no usage", place, remedy))
    _check_calls(loaded, raw, found)
    skipped = {why: count for why, count in records.skipped.items() if count and why != "malformed"}
    if skipped:
        told = ", ".join(f"{count:,} {why.replace('_', ' ')}" for why, count in skipped.items())
        found.notes.append(f"{name}: not counted in {listed}: {told}")
    found.records = len(raw)
    return raw


def _damaged(loaded: Loaded, records: Records, found: Calls) -> None:
    for fault in records.faults[:_MOST_FAULTS]:
        found.spoil("damaged", _told(loaded, fault))
    more = records.skipped["malformed"] - _MOST_FAULTS
    if more > 0:
        found.spoil("damaged", Fault(f"{more:,} more damaged lines"))


def _check_calls(loaded: Loaded, raw: list[tuple[Usage, ...]], found: Calls) -> None:
    """Refuse what is no record of one call; a few of them are told, and how many more there are."""
    faults = [fault for usages in raw if (fault := _odd(loaded, usages)) is not None]
    for fault in faults[:_MOST_FAULTS]:
        found.spoil("fixture", fault)
    if len(faults) > _MOST_FAULTS:
        found.spoil("fixture", Fault(f"{len(faults) - _MOST_FAULTS:,} more such calls"))


def _odd(loaded: Loaded, usages: tuple[Usage, ...]) -> Fault | None:
    first = usages[0]
    what = None
    if is_only_money(first):
        what, remedy = "an amount without usage", "Record responses, not a cost report."
    elif first.aggregate:
        what = "a sum of many requests: what one call uses cannot be told"
        remedy = "Record responses, one a line."
    elif any(usage.incomplete for usage in usages):
        what = "the stream never finished, its counts are a lower bound"
        remedy = "Record the call again."
    if what is None:
        return None
    path, _, line = loaded.told(first.place or "").rpartition(":")
    number = int(line) if line.isdigit() else None
    return Fault(what, path=path or None, line=number, remedy=remedy)


def _told(loaded: Loaded, fault: Fault) -> Fault:
    path = None if fault.path is None else loaded.told(fault.path)
    remedy, _, pattern = (fault.remedy or "").partition(" A pattern such as")
    if pattern:
        remedy += " Keep other files out of the folder, or name those that hold calls."
    remedy = remedy or "Mend it, or leave it out."
    return Fault(fault.what, path=path, line=fault.line, excerpt=fault.excerpt, remedy=remedy)


def _models(scenario: Scenario) -> list[tuple[str | None, Exact]]:
    """Give the models that serve a call, each with its share; None is the recorded one."""
    if scenario.mix is not None:
        return [(model, portion) for model, portion in scenario.mix.items() if portion]
    return [(scenario.model, ONE)]


def _located(
    scenario: Scenario, usages: tuple[Usage, ...], model: str | None, prices: Prices
) -> tuple[Line, ...] | None:
    """Give the lines of a call on their cards; None where the seller does not bill it.

    Raises:
        PricingError: no card has the model.
    """
    catalog = prices.catalog
    vocabulary = catalog.book.vocabulary
    given = {k: vocabulary.read(k, v) for k, v in (scenario.attributes or {}).items()}
    lines = []
    for usage in usages:
        named = model if usage.model == usages[0].model else None
        usage = usage.replace(attributes={**usage.attributes, **given})
        card, _ = catalog.locate(usage, named, scenario.seller, prices.at)
        if usage.status is not None and not card.provider.bills(usage.status):
            return None
        if scenario.cache_hit is not None:
            usage = _cached(usage, scenario.cache_hit)
        lines.append(Line(usage, named or usage.model or card.model, card))
    return tuple(lines)


def _cached(usage: Usage, hit: Decimal) -> Usage:
    """Give a usage of which this share of the plain and cached input is read from the cache."""
    meters = dict(usage.meters)
    whole = add(Decimal(meters.pop("input", 0)), Decimal(meters.pop("cache_read", 0)))
    read = multiply(whole, hit)
    counts = {"input": add(whole, multiply(read, -1)), "cache_read": read}
    meters |= {meter: _plain(count) for meter, count in counts.items() if count}
    return usage.replace(meters=meters)


def _plain(count: Exact) -> int | Decimal:
    return int(count) if count == int(count) else Decimal(count)  # type: ignore[arg-type]


def _in_batches(part: Part, share: Decimal | None) -> list[Part]:
    """Give a part as it is, or split in what goes in batches and what does not."""
    if share is None:
        return [part]
    batched = tuple(
        replace(
            line,
            usage=line.usage.replace(attributes={**line.usage.attributes, "service_tier": "batch"}),
        )
        for line in part.lines
    )
    found = []
    if share:
        found.append(Part(multiply(part.share, share), batched))
    if share != 1:
        found.append(Part(multiply(part.share, ONE - share), part.lines))
    return found


def _unlocated(loaded: Loaded, name: str, usage: Usage, error: PricingError) -> Fault:
    """Say that no card has a model: where the file names it, or where it was recorded."""
    what, remedy = error.what, error.remedy
    scenario = loaded.file.scenarios[name]
    if isinstance(error, UnknownModel):
        at = f" at {error.seller}" if error.seller else ""
        what = f"no card has model '{error.model}'{at}"
        hint = remedy if (remedy or "").startswith("Did you mean") else None
        known = "Add a card (prices: cards, or --cards DIR)."
        if error.seller and scenario.seller is None and usage.seller == error.seller:
            known = f"The call was recorded there: give another `seller`. {known}"
        remedy = " ".join(filter(None, [hint, known]))
    # what other commands take as an option is a key here
    what = visible(what)
    remedy = (remedy or "").replace("(--model)", "(`model: ID`)").replace("--seller", "`seller`")
    if usage.place is None or scenario.model is not None or scenario.mix is not None:
        key = "mix" if scenario.mix is not None else "model"
        return loaded.fault(what, ("scenarios", name, key), remedy)
    path, _, line = loaded.told(usage.place).rpartition(":")
    number = int(line) if line.isdigit() else None
    return Fault(what, path=path or None, line=number, remedy=remedy)
