"""The report of ``pricing cost``: headline, notes and problems; its tables are in cost_tables."""

from __future__ import annotations

from decimal import Decimal

from pricing.cli.cost_answer import CLAUSES
from pricing.cli.cost_document import cost_document, is_comparable
from pricing.cli.cost_problems import counted, problems_of
from pricing.cli.times import TIMES
from pricing.money import Money, rounded, text
from pricing.render import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import SimpleNamespace
    from typing import Any

    from pricing.cli.cost_answer import Answer, Missing
    from pricing.rating.cost import Line

_MOST_NOTES = 20
_FINEST = Decimal(1).scaleb(-12)


def cost_report(answer: Answer, args: SimpleNamespace) -> Report:
    """Give the report that fits what was read; only what the formats need is made."""
    formats = {name for name, _ in args.reports}
    if args.o is None or args.o == "-":
        formats.add(args.format)
    blocks: list[Any] = []
    headline = ""
    if formats != {"json"}:
        from pricing.cli.cost_tables import blocks_of

        blocks = blocks_of(answer, args)
        if formats & {"html", "png", "svg"}:
            from pricing.cli.cost_charts import charts_of

            blocks = charts_of(answer) + blocks
        headline = _headline(answer)
    return Report(
        "cost",
        headline,
        blocks,
        notes=_notes(answer),
        next=_next(answer, args),
        document=cost_document(answer, by_record=args.lines) if "json" in formats else {},
        problems=problems_of(answer, args.cards),
    )


def is_silent(answer: Answer, args: SimpleNamespace) -> bool:
    """Tell whether one request without any price is all: its problem is the whole answer."""
    return (
        answer.requests == 1
        and not answer.lines
        and bool(answer.tally.incomplete)
        and args.format == "table"
        and not args.reports
    )


def _headline(answer: Answer) -> str:
    count = answer.requests
    if not count and answer.outside:
        return f"Nothing to price: {_many(answer.outside, 'record')} outside the time asked for"
    if answer.is_mixed:
        amounts = [_two_places(total) for total in answer.totals.values()]
        joined = f"{', '.join(amounts[:-1])} and {amounts[-1]}"
        return f"{joined}, not added: {_why_not_added(answer)}"
    if answer.tally.incomplete and not answer.totals:
        return f"No price: {_without_price(answer)}"
    if not answer.totals and answer.money_rows:
        charged = " and ".join(map(_two_places, answer.reported))
        return f"{charged} reported in {_many(answer.money_rows, 'row')}, without usage to price"
    if not answer.totals:
        return f"Nothing billed: {_failed(answer)}"
    shown = shown_total(answer)
    if answer.tally.incomplete:
        return f"At least {shown}: {_without_price(answer)}"
    if answer.damaged:
        lines = answer.records.skipped["malformed"]
        told = [_many(lines, "damaged line")] if lines else []
        told += [_many(answer.cut, "cut stream")] if answer.cut else []
        return f"At least {shown}: {', '.join(told)}"
    if not count:
        return f"{shown}  {_failed(answer)}, not billed"
    requests = _many(count, "request")
    if len(answer.cards) == 1 and count == 1:
        card = next(iter(answer.cards.values()))
        return f"{shown}  {card.model} at {card.provider.name}, {requests}"
    number = answer.days
    days = f", {number:,} days" if number > 1 else ""
    return f"{shown}  {requests}{days}{_hit(answer)}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _failed(answer: Answer) -> str:
    count = answer.records.skipped["errors_not_billed"]
    return _many(count, "failed request") if count else "no usage found"


def _two_places(money: Money) -> str:
    """Give an amount with all its digits, at least two after the point."""
    return f"{_digits(money.amount)} {money.currency}"


def shown_total(answer: Answer) -> str:
    """Give the total as the table below shows it: exact where it is itemised."""
    total = next(iter(answer.totals.values()))
    if answer.requests <= 1 or answer.each:
        return f"{_digits(total.amount)} {total.currency}"
    from pricing.cli.cost_tables import shown_places

    places = shown_places(total.amount)
    total = total.rounded(places, "down" if answer.is_lower_bound else "half_even")
    return f"{total.amount:,.{places}f} {total.currency}"


def _digits(amount: Any) -> str:
    """Give all digits of an amount, two places at least; of an endless one as a table does."""
    shown = text(amount if isinstance(amount, Decimal) else rounded(amount, _FINEST))
    whole, _, places = shown.removeprefix("-").partition(".")
    return f"{'-' if shown.startswith('-') else ''}{int(whole):,}.{places:<02}"


def _why_not_added(answer: Answer) -> str:
    from pricing.cli.cost_problems import can_be_added

    return "no --currency" if can_be_added(answer) else "no exchange rate"


def _without_price(answer: Answer) -> str:
    missing = answer.missing()
    if answer.requests == 1 and len(missing) == 1:
        return said(missing[0])
    count = answer.without_price
    if not answer.totals:
        return f"none of {_many(answer.requests, 'request')} has one"
    is_one = count == 1
    what = f"{'has' if is_one else 'have'} no price"
    if any(each.is_partial for each in missing):
        what = f"{'is' if is_one else 'are'} not priced in full"
    return f"{count:,} of {_many(answer.requests, 'request')} {what}"


def said(missing: Missing) -> str:
    """Say shortly what has no price, as a headline does."""
    told = missing.told(in_full=False)
    return told.rpartition(": ")[0] if told.endswith(CLAUSES) else told


def _hit(answer: Answer) -> str:
    from pricing.cli.cost_groups import family_sums, hit_share
    from pricing.render.figures import figure_text

    share = hit_share(family_sums(answer, answer.tally.quantities))
    return f", cache hit {figure_text(share, 'percent')}" if share else ""


def _next(answer: Answer, args: SimpleNamespace) -> str | None:
    """Give the command that explains the one request, as it can be typed."""
    if answer.requests != 1 or args.lines or answer.tally.incomplete or not answer.lines:
        return None
    place = answer.first_place or ""
    if place.startswith("stdin:"):
        return None
    words = ["pricing", "explain"]
    skipped = answer.outside + sum(answer.records.skipped.values())
    is_alone = len(args.files) == 1 and not skipped and place.startswith(f"{args.files[0]}:")
    words.append(args.files[0] if is_alone else place)
    for folder in args.cards:
        words += ["--cards", folder]
    for option in ("seller", "at", "model", "shape", "map", "currency"):
        if getattr(args, option) is not None:
            words += [f"--{option}", getattr(args, option)]
    for attribute in args.attribute:
        words += ["--attribute", attribute]
    words += ["--estimates"] if args.estimates else []
    return " ".join(map(typed, words))


def typed(word: str) -> str:
    """Give a word as a shell takes it."""
    if word and all(c.isalnum() or c in "@%+=:,./-_" for c in word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


def _notes(answer: Answer) -> list[str]:
    notes = []
    if answer.priced_now is not None:
        notes.append(f"no time given: priced now, {answer.priced_now} (--at)")
    if answer.sellers:
        notes.append(assumed_sellers(answer))
    for before, after, source in answer.converted:
        notes.append(f"{before} = {after}, by {source}")
    notes += given_notes(answer)
    notes += _table_notes(answer)
    notes += _first(line_notes(answer.lines))
    notes += _first(
        warning if count == 1 else f"{warning} ({count:,} times)"
        for warning, count in answer.warnings.items()
    )
    if answer.records.reused_ids:
        count = answer.records.reused_ids
        notes.append(
            f"{_many(count, 'duplicate')} differ{'s' if count == 1 else ''} in model or input from"
            " what stands:"
            " is the id one request's?"
        )
    if answer.records.two_calls:
        notes.append(
            f"{_many(answer.records.two_calls, 'message id')} in two sessions with other input and"
            " no request id: counted as two calls"
        )
    return notes + _reported(answer)


def assumed_sellers(answer: Answer) -> str:
    """Say whose prices were taken for bare model ids."""
    whose = "the maker" if len(answer.sellers) == 1 else "each model's maker"
    return f"no seller given: {whose}, {', '.join(answer.sellers)} (--seller)"


def given_notes(answer: Answer) -> list[str]:
    """Say of which requests --attribute was not used."""
    return [
        f"{_many(count, 'request')} tell{'s' if count == 1 else ''} another {name}, which stands"
        for name, count in answer.kept_own.items()
    ]


def line_notes(lines: Sequence[Line]) -> list[str]:
    """Say once what was assumed of lines: of a whole card, or of some of its meters."""
    told: dict[tuple[str, str], dict[str, None]] = {}
    meters: dict[str, set[str]] = {}
    for line in lines:
        meters.setdefault(line.card, set()).add(line.meter)
        estimate = [line.estimate] if line.estimate else []
        for each in (*estimate, *line.assumptions):
            told.setdefault((line.card, each), {})[line.meter] = None
    notes = []
    for (card, said), some in told.items():
        listed = f", {', '.join(some)}" if len(some) < len(meters[card]) else ""
        hint = " (--account)" if said == "allowance not applied" else ""
        notes.append(f"{card}{listed}: {said}{hint}")
    return notes


def _first(notes: Iterable[str]) -> list[str]:
    """Give the first notes, and how many more there are."""
    found = list(notes)
    more = len(found) - _MOST_NOTES
    return found if more <= 0 else [*found[:_MOST_NOTES], f"{more:,} more notes of this kind"]


def _table_notes(answer: Answer) -> list[str]:
    """Say what the columns of a table of groups mean."""
    if answer.requests <= 1 or answer.each or (answer.is_mixed and not answer.by):
        return []
    told = []
    sums: dict[str, Any] = {}
    for quantities in answer.tally.quantities.values():
        for meter, quantity in quantities.items():
            sums[meter] = sums.get(meter, 0) + quantity
    families = {meter: meter.partition(".")[0] for meter in sums}
    if "cache_read" in families.values():
        told.append("hit is cache_read / all input")
    kinds = {m.partition(".")[2]: q for m, q in sums.items() if families[m] == "cache_write"}
    if len(kinds) == 1 and "" not in kinds:
        told.append(f"all cache_write is {next(iter(kinds))}")
    elif len(kinds) > 1:
        parts = [f"{counted(quantity)} {kind or 'of no kind'}" for kind, quantity in kinds.items()]
        told.append(f"cache_write is {', '.join(parts)}")
    from pricing.cli.cost_groups import FAMILIES

    others = [f"{counted(q)} {m}" for m, q in sums.items() if families[m] not in FAMILIES]
    if others:
        told.append(f"the cost holds {', '.join(others)} too")
    for field in TIMES:
        if field in answer.by:
            told.append(f"{field}s are {answer.zone} (--tz)")
    return ["; ".join(told)] if told else []


def _reported(answer: Answer) -> list[str]:
    """Set what providers say they charged beside what was computed for the same requests."""
    if answer.money_rows and not answer.requests:
        return []
    if not answer.reported:
        return []
    kinds = [kind for kind in answer.reported_kinds if kind != "charged"]
    kind = f" ({', '.join(kinds)})" if kinds else ""
    listed = " and ".join(map(str, answer.reported))
    told = answer.told(answer.reported)
    if not (is_comparable(answer) and answer.currency):
        by = [f"in {_many(answer.money_rows, 'row')} without usage"] if answer.money_rows else []
        if answer.reporting or not by:
            by.append(f"by {answer.reporting:,} of {answer.requests:,} requests")
        return [f"reported {listed}{kind} {' and '.join(by)}"]
    total = answer.totals[answer.currency]
    if told is None:
        hint = "no exchange rate" if answer.asked else "--currency"
        return [f"reported {listed}{kind}, computed {total}: two currencies ({hint})"]
    whole = "" if str(told) == listed else f" = {told}, {_by_rates(answer)}"
    return [f"reported {listed}{kind}{whole}, computed {total}, residual {told - total}"]


def _by_rates(answer: Answer) -> str:
    """Say where the rates stand by which reported amounts were converted."""
    assert answer.currency is not None
    found = [
        answer.catalog.convert(money, answer.currency, answer.when)[1] for money in answer.reported
    ]
    return "by " + " and ".join(dict.fromkeys(filter(None, found)))
