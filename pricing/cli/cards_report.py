"""Reports on the catalogue: lists, one card's history, and differences."""

from __future__ import annotations

from pricing.cards.clauses import Clauses
from pricing.cards.conditions import CONTEXT, Bounds
from pricing.cards.model import is_announced
from pricing.cards.tariff import tariff
from pricing.comparison.report import checked_day
from pricing.errors import NoRevision, PricingError, RatingError
from pricing.instants import DAY, iso, now, short
from pricing.money import Money, divide, multiply, text
from pricing.rating.sums import Tally
from pricing.render import Column, Facts, Report, Row, Table, Word
from pricing.usage.records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.cards.clauses import Modifier, Rate
    from pricing.cards.conditions import When
    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog

_MILLION = 1_000_000


def list_report(catalog: Catalog, seller: str | None, at: int) -> Report:
    """One row a card: what it charges at an instant for input and output."""
    rows: list[Any] = []
    entries = []
    for card in catalog.cards(seller):
        since, prices = _base_prices(card, at)
        status = since if prices is None else ""
        cells = [prices.get(m, None) if prices else None for m in ("input", "output")]
        checked = checked_day(card.revisions) or ""
        rows.append((card.name, *(cells if prices else (Word(status, "missing"), None)),
                     since if prices else "", checked))  # fmt: skip
        entries.append(
            {
                "card": card.name,
                "since": since if prices else None,
                "status": status or "priced",
                "checked": checked or None,
                "per_1m": {m: text(p) for m, p in (prices or {}).items()},
            }
        )
    columns = [
        Column("card", "Card", "name"),
        Column("input_per_1m", "Input/1M", "money"),
        Column("output_per_1m", "Output/1M", "money"),
        Column("since", "Since", "number"),
        Column("checked", "Checked", "number"),
    ]
    count = len(rows)
    of = f" of {seller}" if seller else f" of {len({r[0].partition('/')[0] for r in rows})} sellers"
    headline = f"{count:,} {'card' if count == 1 else 'cards'}{of}, prices of {short(at)}"
    document = {"at": iso(at), "catalog": catalog.digest, "cards": entries}
    return Report("cards", headline, [Table(columns, rows)], document=document)


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
                prices[meter] = _per_million(rate)
    since = short(found.revision["effective"])
    if not prices:
        return ("unpublished" if found.unpriced else "priced"), None
    return since, prices


def _per_million(rate: Rate) -> Any:
    price: Any = divide(multiply(rate.tiers[0][1], _MILLION), rate.per)
    return price if rate.multiply is None else multiply(price, rate.multiply)


def show_report(card: RateCard) -> Report:
    """One card: its price history, newest first, its terms and its sources."""
    book = card.provider.book
    history = [(revision, _clauses(card, revision)) for revision in card.revisions]
    meters = _token_meters(history, book.vocabulary.meters)
    rows: list[Row] = []
    for revision, clauses in history:
        start = short(revision["effective"])
        mark = _mark(revision)
        base = {
            rate.meter: _per_million(rate)
            for rate in clauses.rates
            if not rate.when.names and rate.unit == "token"
        }
        label = f"{start} {mark}".rstrip()
        cells = [base.get(m) for m in meters]
        if not base and clauses.unpriced:
            cells = [_unpriced_word(clauses, m) for m in meters]
        rows.append(Row((label, *cells)))
        for rate_rows in _conditional(clauses, base, meters):
            rows.append(Row(rate_rows, level=1))
    columns = [Column("from", "Per 1M token")]
    columns += [Column(f"{m}_per_1m", m, "money") for m in meters]
    blocks: list[Any] = [Table(columns, rows)] if meters else []
    blocks.append(Facts(_facts(card)))
    return Report("card", _headline(card), blocks, document=_document(card))


def _clauses(card: RateCard, revision: Any) -> Clauses:
    return card.provider.clauses(revision, card.file)


def _token_meters(history: Iterable[tuple[Any, Clauses]], known: Any) -> list[str]:
    found: dict[str, None] = {}
    for _, clauses in history:
        for rate in clauses.rates:
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
    return str(revision.get("dated", revision.get("confidence", "")))


def _unpriced_word(clauses: Clauses, meter: str) -> Word:
    for unprice in clauses.unpriced:
        if not unprice.when.names and unprice.reaches(meter):
            return Word(
                "not published" if unprice.because == "unpublished" else "not sold", "missing"
            )
    return Word("none", "missing")


def _conditional(clauses: Clauses, base: dict[str, Any], meters: list[str]) -> Iterable[list[Any]]:
    """Give a row for each modifier of the card itself and each conditional rate."""
    for modifier in clauses.modifiers:
        factors = [_times(modifier, m, base) for m in meters]
        yield [_told(modifier.when) or modifier.name, *factors]
    whens: dict[str, dict[str, Any]] = {}
    for rate in clauses.rates:
        if rate.when.names and rate.unit == "token":
            whens.setdefault(_told(rate.when), {})[rate.meter] = _per_million(rate)
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
    return f"{card.name}: {told} {currency}, revision {since}"


def _two(price: Any) -> str:
    shown = text(price)
    whole, _, places = shown.partition(".")
    return f"{whole}.{places:<02}"


def _facts(card: RateCard) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    current = next((r for r in card.revisions if r["effective"] <= now() and "withdrawn" not in r),
                   card.revisions[0])  # fmt: skip
    terms = _terms(card, current)
    if terms:
        pairs.append(("Terms", terms))
    for follow in current.get("follows", ()):
        pairs.append(("Follows", follow["card"]))
    pairs.append(("Card", f"{card.file}:{current['line']}"))
    if card.aliases:
        pairs.append(("Aliases", ", ".join(card.aliases)))
    for name, value in card.facts.items():
        pairs.append((name.replace("_", " ").capitalize(), _plain(value)))
    checked = checked_day(card.revisions)
    if checked is not None:
        from pricing.instants import instant

        days = (now() - instant(checked)) // DAY
        pairs.append(("Sources", f"checked {checked}, {days:,} days ago"))
    seen: set[str] = set()
    for revision in card.revisions:
        for source in revision.get("sources", ()):
            if source["url"] in seen:
                continue
            seen.add(source["url"])
            pairs.append((short(revision["effective"]), source["url"]))
            if source.get("says"):
                said = ", ".join(f"{k} {v}" for k, v in source["says"].items())
                pairs.append(("", f"which says {said}: kept, never priced"))
    return pairs


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value)
    return str(value)


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
        for rate in clauses.rates:
            if not rate.when.names:
                price = max(price for _, price in rate.tiers)
                per = {1_000_000: "1M ", 1_000: "1K "}.get(int(rate.per), f"{text(rate.per)} ")
                told.append(f"{rate.meter} {_two(price)} per {per}{rate.unit}")
    return ", ".join(told)


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


def diff_report(
    before: Catalog, old: int, after: Catalog, new: int, seller: str | None, files: list[str]
) -> Report:
    """What changed between two sides, card by card and meter by meter, and by how much."""
    rows: list[Any] = []
    names = {card.name for side in (before, after) for card in side.cards(seller)
             if seller is None or card.provider.name == seller}  # fmt: skip
    for name in sorted(names):
        rows += _card_diff(name, _prices(before, name, old), _prices(after, name, new))
    columns = [
        Column("card", "Card", "name"),
        Column("meter", "Meter"),
        Column("old", "Old", "money"),
        Column("new", "New", "money"),
    ]
    document: dict[str, Any] = {
        "old": iso(old),
        "new": iso(new),
        "changes": [
            {"card": r[0], "meter": r[1], "old": _shown(r[2]), "new": _shown(r[3])} for r in rows
        ],
    }
    headline = f"{len(rows)} changes" if rows else "No change"
    if len(rows) == 1:
        headline = "1 change"
    notes: list[str] = []
    if files:
        first, second, unpriced = _usage_costs(files, before, old, after, new)
        change = second - first
        sign = "+" if change.amount > 0 else ""
        headline = f"{sign}{change} on this usage: {text(first.amount)} -> {text(second.amount)}"
        document["usage"] = {
            "old": text(first.amount), "new": text(second.amount), "change": text(change.amount),
            "currency": first.currency, "unpriced": unpriced,
        }  # fmt: skip
        if unpriced:
            notes.append(f"{unpriced:,} requests without a price on both sides are left out")
    return Report("cards_diff", headline, [Table(columns, rows)] if rows else [], notes,
                  document=document)  # fmt: skip


def _shown(cell: Any) -> str | None:
    if cell is None:
        return None
    return cell.text if isinstance(cell, Word) else text(cell)


def _prices(side: Catalog, name: str, at: int) -> dict[str, Any] | None:
    """Give every price and factor of a card at an instant, under a readable key."""
    try:
        found = tariff(side.book.card(name), at)
    except RatingError:
        return None
    prices: dict[str, Any] = {}
    for layer in (found.rates, found.negotiated):
        for meter, rates in layer.items():
            for rate in rates:
                when = f" ({rate.when})" if rate.when.names else ""
                price = rate.tiers[-1][1]
                prices[meter + when] = _per_million(rate) if rate.unit == "token" else price
    for modifier in found.modifiers:
        if modifier.factor is not None:
            prices[f"x {modifier.name}"] = modifier.factor
        for path, factor in (modifier.factors or {}).items():
            prices[f"x {modifier.name} on {path}"] = factor
    for unprice in found.unpriced:
        when = str(unprice.when) or "always"
        for meter in unprice.meters or ("all",):
            prices[f"{meter} ({when})"] = Word(unprice.because, "missing")
    return prices


def _card_diff(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Any]:
    if old is None and new is None:
        return []
    if old is None:
        return [(name, "new card", None, None)]
    if new is None:
        return [(name, "no longer priced", None, None)]
    rows = []
    for key in dict.fromkeys((*old, *new)):
        was, now_ = old.get(key), new.get(key)
        if _shown(was) != _shown(now_):
            rows.append((name, key, was, now_))
    return rows


def _usage_costs(
    files: list[str], before: Catalog, old: int, after: Catalog, new: int
) -> tuple[Money, Money, int]:
    sums = []
    left_out = 0
    usages = [usage for found in Records(files) for usage in found]
    priced = []
    for usage in usages:
        try:
            sides = [(before.locate(usage, at=old)[0], old), (after.locate(usage, at=new)[0], new)]
            for card, at in sides:
                tariff(card, at)
            priced.append((usage, sides))
        except PricingError:
            left_out += 1
    for side in (0, 1):
        tally = Tally()
        for usage, sides in priced:
            card, usage.at = sides[side]
            tally.add(usage, card)
        left_out += tally.incomplete
        costs = tally.costs().get((), {})
        if len(costs) > 1:
            raise PricingError("the usage is in several currencies", remedy="Give --seller.")
        sums.append(next(iter(costs.values())).total if costs else Money(0, "USD"))
    return sums[0], sums[1], left_out
