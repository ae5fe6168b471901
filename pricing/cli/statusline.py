"""``pricing statusline``: one line about a running session, fed by its JSON on stdin.

The line shows whatever is known and ends with 0, for whoever runs it shows nothing else: bad input
is a short word in its place. Only wrong options and cards end with 2.
"""

from __future__ import annotations

import sys

from pricing.catalog import load_catalog
from pricing.cli.times import clock
from pricing.cli.words import Command
from pricing.errors import PricingError
from pricing.instants import DAY, SECOND, instant, now
from pricing.usage.status import MOST_BYTES, files_since, read_status, session_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from types import SimpleNamespace

    from pricing.catalog import Catalog
    from pricing.money import Money
    from pricing.usage.status import Status
    from pricing.usage.usage import Usage

#: of today's transcripts so much is read: it takes less than the time between two lines
MOST_TODAY = 32 << 20


def command() -> Command:
    """Give the command's options."""
    made = Command(
        "statusline",
        "One line about a coding agent's session: model, cost, today's cost, context.",
        "Reads the agent's status JSON from stdin. Whatever stands there, it ends with 0.",
    )
    made.option("--cards", "lay a folder of your own cards over the shipped ones", "DIR", many=True)
    made.option("--seller", "who sells and bills", "NAME")
    made.option("--tz", "the time zone in which today began; UTC where not given", "ZONE")
    return made


def run(words: Sequence[str]) -> int:
    """Print the line; raises PricingError for wrong options only."""
    args = command().parse(words)
    clock(args.tz)
    catalog = load_catalog(*args.cards)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    try:
        shown = status_line(_stdin(), catalog, args)
    except PricingError as error:
        shown = f"pricing: {error.what}"
    except OSError as error:
        shown = f"pricing: {error.strerror or 'cannot read'}"
    except Exception as error:
        shown = f"pricing: {type(error).__name__}"
    from pricing.cli.output import print_out
    from pricing.render.plain import visible_lines

    print_out(visible_lines(shown).replace("\n", " "))
    return 0


def _stdin() -> bytes:
    return b"" if sys.stdin is None else sys.stdin.buffer.read(MOST_BYTES)


def status_line(text: bytes, catalog: Catalog, args: SimpleNamespace) -> str:
    """Give the line; raises UsageError where the text is no status JSON."""
    status = read_status(text)
    found = [] if status.model is None else [status.model]
    context = None
    if status.transcript is not None:
        start = _midnight(args.tz)
        own = session_files(status.transcript)
        today, is_all = files_since(status.transcript, start // SECOND, MOST_TODAY)
        session = Sums(catalog, args.seller)
        day = Sums(catalog, args.seller)
        _read(own, session, day, start)
        # a forked session holds copies of this one's messages
        _read([path for path in today if path not in own], None, day, start, session.ids)
        context = session.context
        day.is_lower_bound |= not is_all
        found += [f"session {session.shown()}{_reported(session, status)}", f"today {day.shown()}"]
    elif status.reported is not None:
        found.append(f"session {_money(status.reported)} reported")
    return " | ".join([*found, *_context(status, context)]) or "pricing: an empty status"


def _read(
    paths: list[str],
    session: Sums | None,
    day: Sums,
    start: int,
    known: Collection[str | None] = (),
) -> None:
    """Add files up, what was before today for the session only; leave out ids that are known."""
    from pricing.usage.records import Records

    both = [day] if session is None else [session, day]
    records = Records(paths)
    try:
        for usages in records if paths else ():
            if usages[0].id in known:
                continue
            for usage in usages:
                if session is not None:
                    session.add(usage)
                if usage.at is None or usage.at >= start:
                    day.add(usage)
    except PricingError:
        records.skipped["malformed"] += 1
    for sums in both:
        sums.is_lower_bound |= bool(records.skipped["malformed"])


class Sums:
    """What some usage costs, by currency."""

    def __init__(self, catalog: Catalog, seller: str | None) -> None:
        from pricing.rating.sums import Tally

        self.catalog = catalog
        self.seller = seller
        self.tally = Tally()
        self.is_lower_bound = False
        self.ids: set[str | None] = set()
        #: the input of the last request that is no sub-agent's
        self.context: int | None = None
        self._last = 0

    def add(self, usage: Usage) -> None:
        """Add one billed line."""
        at = usage.at
        if at is not None and at >= self._last and usage.context_tokens and not usage.is_replay:
            self._last, self.context = at, usage.context_tokens
        if usage.id is not None:
            self.ids.add(usage.id)
        try:
            card, _ = self.catalog.locate(usage, None, self.seller, None)
            self.tally.add(usage, card)
        except PricingError as error:
            self.tally.refuse(usage, error)
        self.is_lower_bound |= usage.incomplete

    def totals(self) -> list[Money]:
        """Give the cost, one amount for each currency."""
        costs = self.tally.costs().values()
        return [cost.total for by_currency in costs for cost in by_currency.values() if cost.parts]

    def shown(self) -> str:
        """Give the cost: with ``>=`` where a part of it is unknown."""
        totals = self.totals()
        if not totals:
            return "no price" if self.tally.incomplete else "0.00"
        start = ">= " if self.is_lower_bound or self.tally.incomplete else ""
        return start + " + ".join(map(_money, totals))


def _money(money: Money) -> str:
    """Give an amount with two places; with four below a cent."""
    places = 2 if money.rounded(2) or not money else 4
    amount = money.rounded(places).amount
    return f"{amount:,.{places}f} {money.currency}"


def _reported(session: Sums, status: Status) -> str:
    """Give what the agent itself says, where that is something else."""
    if status.reported is None:
        return ""
    shown = _money(status.reported)
    return "" if [shown] == list(map(_money, session.totals())) else f" ({shown} reported)"


def _context(status: Status, read: int | None) -> Iterable[str]:
    used = status.context or read
    if used is None:
        return
    if status.window is None:
        yield f"context {used:,}"
    else:
        yield f"context {used:,} of {status.window:,} ({used * 100 // status.window} %)"


def _midnight(zone: str | None) -> int:
    """Give the instant at which today began."""
    at = now()
    if zone is None:
        return at // DAY * DAY
    from datetime import UTC, datetime, time
    from zoneinfo import ZoneInfo

    local = ZoneInfo(zone)
    today = datetime.fromtimestamp(at // SECOND, UTC).astimezone(local).date()
    return instant(datetime.combine(today, time(), local))
