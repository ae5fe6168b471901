"""Reports on the catalogue: its cards, one card's history, and faults."""

from __future__ import annotations

import re

from pricing.cards.clauses import Clauses
from pricing.cards.conditions import CONTEXT, Bounds
from pricing.cards.model import is_announced
from pricing.cards.tariff import listed, tariff
from pricing.comparison.document import checked_day
from pricing.errors import NoRevision
from pricing.instants import DAY, day, instant, iso, now, short
from pricing.money import divide, multiply, text
from pricing.render import Column, Facts, Report, Row, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.cards.clauses import Modifier, Rate
    from pricing.cards.conditions import When
    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog

_MILLION = 1_000_000
_NUMBER = re.compile("[1-9][0-9]*(_[0-9]{3})+")


def list_report(catalog: Catalog, seller: str | None, at: int) -> Report:
    """One row a card: what it charges at an instant for input and output."""
    rows: list[Any] = []
    entries = []
    marked: dict[str, None] = {}
    for card in catalog.cards(seller):
        since, prices = _base_prices(card, at)
        status = since if prices is None else ""
        unsure = unsure_of(card, at) if prices else None
        if unsure:
            marked[unsure] = None
        cells = [prices.get(m, None) if prices else None for m in ("input", "output")]
        if unsure:
            cells = [cell and Word(f"{_two(cell)}?", "warn") for cell in cells]
        checked = checked_day(card.revisions) or ""
        rows.append((card.name, *(cells if prices else (Word(status, "missing"), None)),
                     since if prices else "", checked))  # fmt: skip
        entries.append(
            {
                "card": card.name,
                "since": since if prices else None,
                "status": status or "priced",
                "confidence": (unsure or "high") if prices else None,
                "checked": checked or None,
                "per_1m": {m: text(p) for m, p in (prices or {}).items()},
            }
        )
    columns = [
        Column("card", "Card", "name"),
        Column("input_per_1m", "Input", "money"),
        Column("output_per_1m", "Output", "money"),
        Column("since", "Since", "number"),
        Column("checked", "Checked", "number"),
    ]
    count = len(rows)
    of = f" of {seller}" if seller else f" of {len({r[0].partition('/')[0] for r in rows})} sellers"
    headline = f"{count:,} {'card' if count == 1 else 'cards'}{of}, per 1M token on {day(at)}"
    document = {"at": iso(at), "catalog": catalog.digest, "cards": entries}
    notes = []
    if marked:
        notes = [f"? is a price of {' or '.join(marked)} confidence: used with --estimates only"]
    notes += [
        f"{said}: not in these prices" for said in contracts_over(catalog.cards(seller), catalog)
    ]
    return Report("cards", headline, [Table(columns, rows)], notes=notes, document=document)


def unsure_of(card: RateCard, at: int) -> str | None:
    """Give the confidence of a price that is charged only where estimates are asked for."""
    for rates in tariff(card, at).rates.values():
        for rate in rates:
            if not rate.when.names and rate.unit == "token" and rate.confidence is not None:
                return rate.confidence
    return None


def contracts_over(cards: Iterable[RateCard], catalog: Catalog) -> list[str]:
    """Say which contracts are laid over these cards."""
    from fnmatch import fnmatchcase

    names = [card.name for card in cards] if catalog.book.contracts else []
    return [
        f"contract {contract['contract']} is laid over {', '.join(contract['cards'])}"
        f" ({contract['file']})"
        for contract in catalog.book.contracts
        if any(fnmatchcase(name, pattern) for pattern in contract["cards"] for name in names)
    ]


def _base_prices(card: RateCard, at: int) -> tuple[str, dict[str, Any] | None]:
    """Give since when and what a card charges per 1M tokens without conditions, or a word."""
    try:
        found = tariff(card, at)
    except NoRevision as error:
        return ("ended" if "no longer" in error.what else "not yet"), None
    prices: dict[str, Any] = {}
    for meter, rates in found.rates.items():
        for rate in rates:
            if not rate.when.names and rate.unit == "token":
                prices[meter] = per_million(rate)
    since = short(found.revision["effective"])
    if not prices:
        return ("no price" if found.unpriced else "no tokens"), None
    return since, prices


def per_million(rate: Rate) -> Any:
    """Give what a rate charges for 1M of its unit, in its first tier."""
    price: Any = divide(multiply(rate.tiers[0][1], _MILLION), rate.per)
    return price if rate.multiply is None else multiply(price, rate.multiply)


def show_report(card: RateCard, catalog: Catalog) -> Report:
    """One card: its price history, newest first, its terms and its sources."""
    book = card.provider.book
    history = [(revision, _clauses(card, revision)) for revision in card.revisions]
    meters = _token_meters(card, history, book.vocabulary.meters)
    rows: list[Row] = []
    for revision, clauses in history:
        start = short(revision["effective"])
        mark = _mark(revision)
        base = {
            rate.meter: per_million(rate)
            for rate in _own_rates(card, revision, clauses)
            if not rate.when.names and rate.unit == "token"
        }
        label = f"{start} {mark}".rstrip()
        rows.append(Row((label, *(base.get(m, _unpriced_word(clauses, m)) for m in meters))))
        for rate_rows in _conditional(clauses, base, meters):
            rows.append(Row(rate_rows, level=1))
    columns = [Column("from", "Per 1M token")]
    columns += [Column(f"{m}_per_1m", m, "money") for m in meters]
    blocks: list[Any] = [Table(columns, rows)] if meters else []
    blocks.append(Facts(_price_facts(card)))
    if card.facts or card.aliases:
        blocks.append(Facts(_own_facts(card)))
    notes = [f"{said}: not in these prices" for said in contracts_over([card], catalog)]
    return Report("card", _headline(card), blocks, notes=notes, document=_document(card))


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


def _mark(revision: Any) -> str:
    if "withdrawn" in revision:
        return f"withdrawn {revision['withdrawn']}"
    if revision.get("ended"):
        return "ended"
    if is_announced(revision) and revision["effective"] > now():
        return "announced"
    said = revision.get("dated", revision.get("confidence"))
    unverified = "unverified" if revision.get("unverified") else None
    return ", ".join(filter(None, (said, unverified)))


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


def _headline(card: RateCard) -> str:
    at = now()
    currency = card.provider.currency
    since, prices = _base_prices(card, at)
    if prices is None:
        return f"{card.name}: {since}"
    told = ", ".join(f"{m} {_two(prices[m])}" for m in ("input", "output") if m in prices)
    unsure = unsure_of(card, at)
    sure = f", {unsure} confidence" if unsure else ""
    return f"{card.name}: {told} {currency}, revision {since}{sure}"


def _two(price: Any) -> str:
    shown = text(price)
    whole, _, places = shown.partition(".")
    return f"{whole}.{places:<02}"


def _price_facts(card: RateCard) -> list[tuple[str, Any]]:
    """Give what the prices stand on: terms, place, and the day and page of each revision."""
    current = next((r for r in card.revisions if r["effective"] <= now() and "withdrawn" not in r),
                   card.revisions[0])  # fmt: skip
    terms = _terms(card, current)
    fees = [_fee(rate) for rate in _clauses(card, current).rates if rate.unit != "token"]
    pairs: list[tuple[str, Any]] = [("Prices", fee) for fee in fees]
    pairs += [("Terms", terms)] if terms else []
    pairs += [("Follows", follow["card"]) for follow in current.get("follows", ())]
    pairs.append(("Card", f"{card.file}:{current['line']}"))
    checked = checked_day(card.revisions)
    if checked is not None:
        days = (now() - instant(checked)) // DAY
        ago = "today" if days == 0 else f"{days:,} day{'' if days == 1 else 's'} ago"
        pairs.append(("Sources", f"checked {checked}, {ago}"))
    seen: set[str] = set()
    for revision in card.revisions:
        label = short(revision["effective"])
        for source in revision.get("sources", ()):
            if source["url"] in seen:
                continue
            seen.add(source["url"])
            pairs.append((label, source["url"]))
            label = ""
            if source.get("says"):
                said = ", ".join(f"{k} {v}" for k, v in source["says"].items())
                pairs.append(("", f"which says {said}: kept, never priced"))
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


def _terms(card: RateCard, revision: Any) -> str:
    """Say what the shared terms charge now: "batch x 0.5, web_search 10.00 per 1K search"."""
    told = []
    for name in revision.get("terms", ()):
        version, _, _ = card.provider.term(name, now())
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
    return f"{rate.meter} {_two(price)} per {per}{rate.unit}{when}"


def _document(card: RateCard) -> dict[str, Any]:
    return {
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
