"""Price a row and hold the answer against its verdict."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pricing
from engine_cases import ratecards
from engine_cases.rows import ROOT, Row, iterations
from pricing.errors import Unpriced

#: counts that repeat what others say: text is what is left of a whole
_REMAINDERS = ("input_text_", "output_text_", "cache_text_", "input_text_tool_")
#: expected totals with more decimals than this were rounded at 28 digits by their source
_MOST_PLACES = 18
_TOLERANCE = Decimal("1e-18")


@dataclass(frozen=True)
class Wrong:
    """A row that did not end as its verdict says."""

    row: Row
    what: str

    def __str__(self) -> str:
        return f"{self.row.id} [{self.row.verdict}]: {self.what}"


@dataclass
class Cards:
    """The cards of some rows, one for each seller and set of rates, in one catalogue."""

    catalog: pricing.Catalog
    names: dict[str, str] = field(default_factory=dict)

    def name(self, row: Row) -> str:
        """Give the id of a row's own card, or of the model that it names."""
        return self.names.get(_key(row), row.model)


def cards_of(rows: Iterable[Row], folder: Path) -> Cards:
    """Write the cards of these rows into a folder and load it.

    Raises:
        CardError: one of them is wrong.
    """
    names: dict[str, str] = {}
    windows: dict[str, Any] = {}
    vocabulary = (ROOT / "ratecards" / "vocabulary.yaml").read_text(encoding="utf-8")
    (folder / "vocabulary.yaml").write_text(vocabulary, encoding="utf-8")
    for row in rows:
        if row.rates is None or _key(row) in names:
            continue
        name = names[_key(row)] = f"r{len(names)}"
        wire, calendars = ratecards.card(name, row.seller, row.rates, row.source, _maker(row))
        windows |= calendars | dict(row.windows)
        _write(folder / row.seller / f"{name}.yaml", wire)
        _write(folder / row.seller / "provider.yaml", ratecards.provider(row.seller))
    if windows:
        _write(folder / "calendars.yaml", windows)
    return Cards(pricing.load_catalog(folder, shipped=False), names)


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _key(row: Row) -> str:
    return f"{row.seller} {_maker(row)} {json.dumps(row.rates, default=str, sort_keys=True)}"


def _maker(row: Row) -> str:
    """Give whose terms they are that a reseller's card states."""
    for family, maker in (("gpt-", "openai"), ("gemini-", "google")):
        if family in row.model:
            return maker
    return row.seller


def judge(row: Row, cards: Cards) -> Wrong | None:
    """Give what is wrong with the answer to a row, or None."""
    try:
        what = _read(row)
        if what is None and row.verdict not in ("read_only", "see_expect"):
            what = _priced(row, cards)
        elif what is None and row.body is None:
            cost_of(row, cards)
    except pricing.PricingError as error:
        what = _refused(row, error)
    else:
        if what is None and is_refused(row):
            what = "priced, and should be refused"
    return None if what is None else Wrong(row, what)


def is_refused(row: Row) -> bool:
    """Tell whether a row must end in an error."""
    return row.verdict in ("refuse", "error") or bool(row.error or row.expect.startswith("error"))


def judge_alone(row: Row, folder: Path) -> Wrong | None:
    """Judge a row whose own card may be what is wrong."""
    folder.mkdir()
    try:
        return judge(row, cards_of([row], folder))
    except pricing.CardError:
        return None if is_refused(row) else Wrong(row, "its card is refused")


def _read(row: Row) -> str | None:
    """Read the row's body and hold the meters against its counts."""
    if row.body is None:
        return None
    usages = pricing.read_usage(row.body, row.shape)
    unknown = [name for usage in usages for name in usage.unknown]
    if unknown and row.verdict not in ("refuse", "error"):
        return f"unknown counters {', '.join(unknown)}"
    if row.counts is None or (row.inclusive and iterations(row)):
        return None
    found: dict[str, Decimal] = defaultdict(Decimal)
    for usage in usages:
        for meter, quantity in usage.meters.items():
            found[meter] += quantity
    if not row.inclusive:
        wanted, read = _plain(row.counts), _plain(found)
    else:
        wanted = {k: v for k, v in row.counts.items() if not k.startswith(_REMAINDERS)}
        read = {name: _whole(name, found) for name in wanted}
    return None if read == wanted else f"read as {read}, should be {wanted}"


#: names of counts whose meters are called otherwise
_CALLED = {"web_searches": "web_search"}


def _whole(name: str, meters: Mapping[str, Decimal]) -> Decimal:
    """Give an inclusive count: what a name covers, with all that is inside."""
    name = name.removesuffix("_tokens")
    if name == "input":
        return _parts(meters, "input", "cache_read", "cache_write")
    kind = re.fullmatch(r"(input|cache)_(audio|image|video)(_read)?", name)
    if kind is not None:
        inside = meters.get(f"cache_read.{kind[2]}", Decimal(0))
        return inside if kind[3] else inside + _parts(meters, f"input.{kind[2]}")
    tool = re.fullmatch(r"input(_(?:audio|image|video))?_tool", name)
    if tool is not None:
        kinds = [tool[1]] if tool[1] else ["", "_audio", "_image", "_video"]
        return sum(
            (_parts(meters, f"input{kind.replace('_', '.')}.tool") for kind in kinds), Decimal(0)
        )
    if name in ("cache_read", "cache_write", "output"):
        return _parts(meters, name)
    path = re.sub(r"^(input|output|cache_write)_", r"\1.", _CALLED.get(name, name))
    return meters.get(path, Decimal(0))


#: meters that some tables put together
_TOGETHER = {
    "cache_read.image": "cache_read",
    "cache_write.30m": "cache_write",
    "cache_write.5m": "cache_write",
    "input.tool": "input",
    "output.reasoning": "output",
}


def _plain(meters: Mapping[str, Any]) -> dict[str, Decimal]:
    """Give the non-zero quantities, with what some tables do not tell apart put together."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for meter, quantity in meters.items():
        meter = _TOGETHER.get(meter, meter)
        if quantity:
            found[meter] += Decimal(quantity)
    return dict(found)


def disjoint(counts: Mapping[str, Any]) -> dict[str, Decimal]:
    """Turn inclusive counts into meters: what is inside another count is taken out of it.

    Raises:
        UsageError: parts are more than their whole, as ``pricing.Usage`` finds.
    """
    left = {
        name.removesuffix("_tokens"): Decimal(str(count))
        for name, count in counts.items()
        if not name.startswith(_REMAINDERS)
    }

    def take(name: str) -> Decimal:
        return left.pop(name, Decimal(0))

    meters: dict[str, Decimal] = {
        "web_search": take("web_searches"),
        "audio_seconds": take("audio_seconds"),
        "input.tool": take("input_tool"),
        "cache_write.5m": take("cache_write_5m"),
        "cache_write.1h": take("cache_write_1h"),
        "output.reasoning": take("output_reasoning"),
        "output.citation": take("output_citation"),
    }
    for kind in ("audio", "image", "video"):
        read = meters[f"cache_read.{kind}"] = take(f"cache_{kind}_read")
        meters[f"input.{kind}"] = take(f"input_{kind}") - read
        meters[f"output.{kind}"] = take(f"output_{kind}")
    for whole in ("cache_read", "cache_write"):
        meters[whole] = take(whole) - _parts(meters, f"{whole}.")
    inside = _parts(meters, "input.", "cache_read", "cache_write")
    meters["input"] = take("input") - inside
    meters["output"] = take("output") - _parts(meters, "output.")
    assert not left, left
    return meters


def _parts(meters: Mapping[str, Decimal], *starts: str) -> Decimal:
    return sum((q for meter, q in meters.items() if meter.startswith(starts)), Decimal(0))


def _priced(row: Row, cards: Cards) -> str | None:
    """Price the row and hold total, lines, reported cost and residual against it."""
    cost = cost_of(row, cards)
    if is_refused(row):
        return None
    total = cost.total.amount
    if row.total is None:
        return f"costs {cost.total}, and the row names no total"
    if cost.total.currency != "USD" or not isinstance(total, Decimal):
        return f"costs {cost.total!r}"
    if not _equal(total, row.total):
        return f"costs {total}, should cost {row.total}"
    if sum((line.amount for line in cost.lines), pricing.Money(0, "USD")) != cost.total:
        return "the lines do not add up to the total"
    if row.verdict == "needs_other_card":
        return _each_on_its_own(cost, row)
    if row.reported is None:
        return None
    if cost.reported != pricing.Money(row.reported, "USD"):
        return f"reported {cost.reported}, should be {row.reported}"
    if cost.residual != pricing.Money(row.reported - total, "USD"):
        return f"residual {cost.residual}, should be {row.reported - total}"
    if row.verdict == "reported_differs" and not cost.residual:
        return "no residual"
    return None


def _each_on_its_own(cost: pricing.Cost, row: Row) -> str | None:
    """Check that every iteration is priced as its own model, the row's own at the row's rates."""
    for line in cost.lines:
        if line.card != f"{row.seller}/{line.usage.model}":
            return f"{line.usage.model} is priced on {line.card}"
    models = {usage.model for usage in cost.usages}
    return None if len(models) > 1 else f"only {models} are priced"


@cache
def shipped() -> pricing.Catalog:
    return pricing.load_catalog()


def _equal(total: Decimal, expected: Decimal) -> bool:
    exponent = expected.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent > _MOST_PLACES:
        return abs(total - expected) <= _TOLERANCE
    return total == expected


def cost_of(row: Row, cards: Cards) -> pricing.Cost:
    """Price a row's usage on the row's card.

    Raises:
        PricingError: it has no price.
    """
    if row.rates is None or row.verdict == "needs_other_card":
        return shipped().cost(row.body, at=row.at)
    model = cards.name(row)
    if row.body is None:
        assert row.counts is not None
        meters = disjoint(row.counts) if row.inclusive else row.counts
        usage = pricing.Usage(meters, at=row.at, attributes=row.attributes)
        return pricing.rate(usage, cards.catalog.card(f"{row.seller}/{model}"))
    if not row.attributes:
        return cards.catalog.cost(row.body, model=model, seller=row.seller, at=row.at)
    (usage,) = pricing.read_usage(row.body)
    usage.attributes |= row.attributes
    return cards.catalog.cost(usage, model=model, seller=row.seller, at=row.at)


#: how a row says which condition has no price, and how a refusal names it
_SAYS = {
    "fast mode is not sold": "speed=fast",
    "no US inference price": "inference_geo=us",
    "no cache read rate": "for cache_read",
    "no 1h cache write rate": "for cache_write.1h",
}
_NO_TIER = re.compile(r"no \w+_(batches|flex|priority) on the card")


def _refused(row: Row, error: pricing.PricingError) -> str | None:
    """Give why this refusal is not the one that the row asks for, or None where it is."""
    if row.expect == "error:unknown_model":
        return None if isinstance(error, pricing.UnknownModel) else f"not unknown: {error}"
    if row.error or row.verdict == "error" or row.expect.endswith("inconsistent_usage"):
        return None
    if row.verdict != "refuse":
        return f"refused: {error}"
    if isinstance(error, pricing.UsageError) and row.body is None:
        # a card without the counted meter, and counts that contradict each other besides
        return None if row.why.startswith("no rate for") else f"not read: {error}"
    if not isinstance(error, Unpriced):
        return f"refused for another reason: {error}"
    if row.why.startswith("no rate for"):
        wanted = set(row.why.removeprefix("no rate for ").split(", "))
        found = {getattr(r, "meter", "?").partition(".")[0] for r in error.refusals}
        return None if found == wanted else f"refused {found}, should refuse {wanted}"
    tier = _NO_TIER.match(row.why)
    says = f"service_tier={ratecards.TIERS[tier[1]]}" if tier else _SAYS.get(row.why, "")
    if row.id.startswith("own"):
        says = row.why
    told = str(error).replace(": ", "=")
    return None if says in told else f"says nothing of {says}: {error}"


def at_the_same_rates(row: Row, cards: Cards) -> Row | str:
    """Give the row at an instant when the shipped card has its rates, or why there is none.

    Both are asked about plain requests, a short one and one as long as the row's, with the tokens
    that the row counts: batches, places, speeds, fees and sums are what the row then puts to the
    test.
    """
    try:
        found = shipped().resolve(row.model, row.seller)
    except pricing.PricingError:
        return "no card has the model"
    used, longest = _used(row)
    own = _rates(cards.catalog.card(f"{row.seller}/{cards.name(row)}"), row.at, {}, used, longest)
    place = {k: v for k, v in found.attributes.items() if k in ("endpoint", "region")}
    reason = "the card has other rates at every date"
    for at in (row.at, *(revision["effective"] for revision in found.card.revisions)):
        ours = _rates(found.card, at, place, used, longest)
        if ours == own:
            return replace(row, at=at)
        if None in ours and all(our in (None, its) for our, its in zip(ours, own, strict=True)):
            reason = "the card lacks a rate, and has the others"
    return reason


def _used(row: Row) -> tuple[list[str], int]:
    """Give the kinds of token that a row counts, and how long its longest request is."""
    if row.body is None:
        assert row.counts is not None
        counts = disjoint(row.counts) if row.inclusive else row.counts
        usages: tuple[pricing.Usage, ...] = (pricing.Usage(counts, at=row.at),)
    else:
        usages = tuple(pricing.read_usage(row.body, row.shape))
    meters = shipped().book.vocabulary.meters
    counted = {m for u in usages for m, quantity in u.meters.items() if quantity}
    tokens = {m for m in counted if meters[m].unit == "token"}
    return sorted(tokens or counted), max(map(_length, usages))


def _length(usage: pricing.Usage) -> int:
    given = usage.context_tokens
    return (
        int(_parts(usage.meters, "input", "cache_read", "cache_write")) if given is None else given
    )


def _rates(
    card: pricing.RateCard, at: str | int, place: Mapping[str, str], used: list[str], longest: int
) -> list[object]:
    """Give what a million tokens of each kind cost in a short request and in one of this length."""
    found: list[object] = []
    for context in (1, longest):
        for meter in used:
            usage = pricing.Usage(
                {meter: 1_000_000}, at=at, attributes=dict(place), context_tokens=context
            )
            try:
                found.append(pricing.rate(usage, card).total)
            except pricing.RatingError:
                found.append(None)
    return found
