"""``pricing cards show``: one card as a price history, with its sources."""

from __future__ import annotations

import re

from pricing.cards.clauses import Clauses
from pricing.cards.conditions import CONTEXT, Bounds
from pricing.cards.model import is_announced
from pricing.cards.prices import base_prices, per_million, unsure_of
from pricing.cards.tariff import listed
from pricing.cli import options
from pricing.cli.cards_chart import price_history
from pricing.cli.cards_report import contracts_over, two
from pricing.cli.output import emit
from pricing.comparison.document import checked_day
from pricing.errors import NoRevision
from pricing.instants import DAY, instant, iso, now, short
from pricing.money import multiply, text
from pricing.render import Column, Facts, Report, Row, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pricing.cards.clauses import Modifier, Rate
    from pricing.cards.conditions import When
    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.cli.words import Command

_NUMBER = re.compile("[1-9][0-9]*(_[0-9]{3})+")
_WIDTH = 80
#: columns that a figure takes where its meter's name is shorter
_FIGURE = 5
#: columns that a revision's label is given before it is broken
_LABEL = 20


def command() -> Command:
    """Give the command with its options."""
    made = options.command(
        "cards show",
        "Show one card: price history, terms, sources and facts.",
        "Every revision is shown, the newest first; --at says which one is called the price.",
    )
    made.argument("MODEL", "an id, or SELLER/MODEL")
    made.option("--seller", "who sells it", "NAME")
    made.option("--at", "the price as of a day or instant", "INSTANT")
    return made


def show(words: list[str]) -> int:
    """Run the command."""
    args = options.parse(command(), words)
    at = options.when(args, default_now=True)
    assert at is not None
    catalog = options.open_catalog(args)
    emit(show_report(catalog.resolve(args.model, args.seller).card, catalog, at), args)
    return 0


def show_report(card: RateCard, catalog: Catalog, at: int | None = None) -> Report:
    """Give one card: its price history, newest first, its terms and its sources."""
    at = now() if at is None else at
    history = [(revision, _clauses(card, revision)) for revision in card.revisions]
    meters = _token_meters(card, history, card.provider.book.vocabulary.meters)
    rows: list[Row] = []
    bases: list[tuple[Any, dict[str, Any]]] = []
    for revision, clauses in history:
        base = {
            rate.meter: per_million(rate)
            for rate in _own_rates(card, revision, clauses)
            if not rate.when.names and rate.unit == "token"
        }
        bases.append((revision, base))
        label = f"{short(revision['effective'])} {_mark(revision, at)}".rstrip()
        rows.append(Row((label, *(base.get(m, _unpriced_word(clauses, m)) for m in meters))))
        for rate_rows in _conditional(clauses, base, meters):
            rows.append(Row(rate_rows, level=1))
    blocks: list[Any] = price_history(bases, meters, card.provider.currency, at)
    blocks += _tables(meters, rows)
    blocks.append(Facts(_price_facts(card, at)))
    blocks.append(Facts(_history(card, at)))
    if card.facts or card.aliases:
        blocks.append(Facts(_own_facts(card)))
    notes = [f"{said}: not in these prices" for said in contracts_over([card], catalog)]
    return Report("card", _headline(card, at), blocks, notes=notes, document=_document(card, at))


def _tables(meters: Sequence[str], rows: Sequence[Row]) -> Iterable[Table]:
    """Give the prices in as many tables as are needed for each to fit into a line."""
    label = max((len(str(row.cells[0])) + 2 * row.level for row in rows), default=0)
    room = _WIDTH - min(label, _LABEL)
    parts: list[list[int]] = []
    left = 0
    for number, meter in enumerate(meters):
        width = max(len(meter), _FIGURE) + 2
        if not parts or width > left:
            parts.append([])
            left = room
        parts[-1].append(number)
        left -= width
    for part in parts:
        columns = [Column("from", "Per 1M token")]
        columns += [Column(f"{meters[n]}_per_1m", meters[n], "money") for n in part]
        cells = [
            Row((row.cells[0], *(row.cells[n + 1] for n in part)), row.level)
            for row in rows
            if len(parts) == 1 or any(row.cells[n + 1] is not None for n in part)
        ]
        yield Table(columns, cells)


def _clauses(card: RateCard, revision: Any) -> Clauses:
    return card.provider.clauses(revision, card.file)


def _own_rates(card: RateCard, revision: Any, clauses: Clauses) -> list[Rate]:
    """Give the rates of a revision; one that follows a card has those of its first instant."""
    if not revision.get("follows") or "withdrawn" in revision:
        return clauses.rates
    try:
        found = listed(card, revision["effective"])
    except NoRevision:
        return clauses.rates
    return [rate for rates in found.rates.values() for rate in rates if rate.unit == "token"]


def _token_meters(card: RateCard, history: Iterable[tuple[Any, Clauses]], known: Any) -> list[str]:
    found: dict[str, None] = {}
    for revision, clauses in history:
        for rate in _own_rates(card, revision, clauses):
            if rate.unit == "token":
                found[rate.meter] = None
        for unprice in clauses.unpriced:
            if not unprice.when.names:
                found |= {m: None for m in unprice.meters or () if m in known}
    order = list(known)
    return sorted((m for m in found if known[m].unit == "token"), key=order.index)


def _mark(revision: Any, at: int) -> str:
    """Say what is to be known of a revision's first day, its prices and its end."""
    if "withdrawn" in revision:
        return f"withdrawn {revision['withdrawn']}"
    if revision.get("ended"):
        return "ended"
    told = [revision.get("dated"), "unverified" if revision.get("unverified") else None]
    told.append(revision.get("confidence") if not told[0] else None)
    if is_announced(revision):
        told.append("announced" if revision["effective"] > at else "announced, not checked since")
    if "until_at_least" in revision:
        told.append(f"to {revision['until_at_least']} at least")
    return ", ".join(filter(None, told))


def _unpriced_word(clauses: Clauses, meter: str) -> Word | None:
    for unprice in clauses.unpriced:
        if not unprice.when.names and unprice.reaches(meter):
            return Word(
                "not published" if unprice.because == "unpublished" else "not sold", "missing"
            )
    return None


def _conditional(clauses: Clauses, base: dict[str, Any], meters: list[str]) -> Iterable[list[Any]]:
    """Give a row for each modifier of the card itself and each conditional rate."""
    for modifier in clauses.modifiers:
        factors = [_times(modifier, m, base) for m in meters]
        yield [_told(modifier.when) or modifier.name, *factors]
    whens: dict[str, dict[str, Any]] = {}
    for rate in clauses.rates:
        if rate.when.names and rate.unit == "token":
            whens.setdefault(_told(rate.when), {})[rate.meter] = per_million(rate)
    for when, prices in whens.items():
        yield [when, *(prices.get(m) for m in meters)]
    for unprice in clauses.unpriced:
        if unprice.when.names:
            first = [Word("none", "missing") if unprice.reaches(m) else None for m in meters]
            yield [_told(unprice.when), *first]


def _told(when: When) -> str:
    """Say a condition as shortly as a row's label can: "fast, above 200,000"."""
    parts = []
    for name, constraint in when.constraints.items():
        if name == CONTEXT and isinstance(constraint, Bounds):
            ends = [(constraint.low, ("above", "from")), (constraint.high, ("below", "up to"))]
            parts += [f"{words[end[1]]} {end[0]:,f}" for end, words in ends if end is not None]
        else:
            parts.append(str(constraint))
    return ", ".join(parts)


def _times(modifier: Modifier, meter: str, base: dict[str, Any]) -> Any:
    factor = modifier.factor_for(meter, "token")
    return multiply(base[meter], factor) if factor is not None and meter in base else None


def _headline(card: RateCard, at: int) -> str:
    currency = card.provider.currency
    since, prices = base_prices(card, at)
    if prices is None:
        return f"{card.name}: {since}"
    told = ", ".join(f"{m} {two(prices[m])}" for m in ("input", "output") if m in prices)
    unsure = unsure_of(card, at)
    sure = f", {unsure} confidence" if unsure else ""
    return f"{card.name}: {told} {currency}, revision {since}{sure}"


def _current(card: RateCard, at: int) -> Any:
    """Give the revision in force at an instant, or the first one before there is any."""
    return next((r for r in card.revisions if r["effective"] <= at and "withdrawn" not in r),
                card.billing[0])  # fmt: skip


def _price_facts(card: RateCard, at: int) -> list[tuple[str, Any]]:
    """Give what the price in force stands on: fees, terms, its place, the last day of a check."""
    current = _current(card, at)
    terms = _terms(card, current, at)
    fees = [_fee(rate) for rate in _clauses(card, current).rates if rate.unit != "token"]
    pairs: list[tuple[str, Any]] = [("Prices", fee) for fee in fees]
    pairs += [("Terms", terms)] if terms else []
    pairs += [("Follows", follow["card"]) for follow in current.get("follows", ())]
    pairs.append(("Card", f"{card.file}:{current['line']}"))
    checked = checked_day(card.revisions)
    if checked is not None:
        days = (at - instant(checked)) // DAY
        ago = "today" if days == 0 else f"{days:,} day{'' if days == 1 else 's'} ago"
        pairs.append(("Sources", f"checked {checked}" + (f", {ago}" if days >= 0 else "")))
    return pairs


def _history(card: RateCard, at: int) -> list[tuple[str, Any]]:
    """Give note, terms, fees and pages of each revision, the newest first."""
    current = _current(card, at)
    pairs: list[tuple[str, Any]] = []
    for revision in card.revisions:
        rows = [revision["note"]] if "note" in revision else []
        if revision is not current and not {"ended", "withdrawn"} & set(revision):
            if revision.get("terms", ()) != current.get("terms", ()):
                rows.append(f"terms {', '.join(revision.get('terms', ('none',)))}")
            rates = _clauses(card, revision).rates
            rows += [_fee(rate) for rate in rates if rate.unit != "token"]
        for source in revision.get("sources", ()):
            way = "checked" if "checked" in source else "seen"
            note = f", {source['note']}" if "note" in source else ""
            rows += [source["url"], f"  {way} {source[way]}{note}"]
            if source.get("says"):
                said = ", ".join(f"{k} {v}" for k, v in source["says"].items())
                rows.append(f"  which says {said}: kept, never priced")
        pairs.append((short(revision["effective"]), "\n".join(rows) or "no page"))
    return pairs


def _own_facts(card: RateCard) -> list[tuple[str, Any]]:
    """Give what the card tells beside prices."""
    pairs: list[tuple[str, Any]] = []
    if card.aliases:
        pairs.append(("Aliases", ", ".join(card.aliases)))
    for name, value in card.facts.items():
        pairs.append((name.replace("_", " ").capitalize(), _plain(value)))
    return pairs


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value)
    return f"{int(value):,}" if _NUMBER.fullmatch(str(value)) else str(value)


def _terms(card: RateCard, revision: Any, at: int) -> str:
    """Say what the shared terms charge now: "batch x 0.5, web_search 10.00 per 1K search"."""
    told = []
    for name in revision.get("terms", ()):
        version, _, _ = card.provider.term(name, at)
        if version is None:
            continue
        clauses = card.provider.clauses(version, card.provider.file)
        for modifier in clauses.modifiers:
            if modifier.factor is not None and modifier.factor != 1:
                told.append(f"{modifier.name} x {text(modifier.factor)}")
        told += [_fee(rate) for rate in clauses.rates if not rate.when.names]
    return ", ".join(told)


def _fee(rate: Rate) -> str:
    """Say what something else than a token costs: "web_search 10.00 per 1K search"."""
    price = max(price for _, price in rate.tiers)
    per = {1_000_000: "1M ", 1_000: "1K ", 1: ""}.get(rate.per, f"{text(rate.per)} ")  # type: ignore[call-overload]
    when = f", {rate.when}" if rate.when.names else ""
    return f"{rate.meter} {two(price)} per {per}{rate.unit}{when}"


def _document(card: RateCard, at: int) -> dict[str, Any]:
    since, prices = base_prices(card, at)
    return {
        "at": iso(at),
        "since": since if prices is not None else None,
        "per_1m": {meter: text(price) for meter, price in (prices or {}).items()},
        "card": card.name,
        "publisher": card.publisher,
        "currency": card.provider.currency,
        "aliases": list(card.aliases),
        "facts": dict(card.facts),
        "file": card.file,
        "revisions": [
            {**revision, "effective": short(revision["effective"])} for revision in card.revisions
        ],
    }
