"""Random invoices with planted causes, made without our engine: a log, a bill, and who is guilty.

Prices stand here once more, as plain numbers; the bill is made line by line from the requests.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from typing import Any

START = datetime(2026, 10, 12, tzinfo=UTC)
DAYS = 6
LONG = 200_000
Prices = dict[str, str]


@dataclass(frozen=True, eq=False)
class World:
    """What is sold, by whom, and how the seller bills.

    ``rates``: model -> from which instant, which prices. ``style``: report (cents, by workspace),
    focus (with quantities), rows (a CSV through a mapping, in another currency), buckets (day and
    model only, in credits).
    """

    name: str
    rates: dict[str, list[tuple[datetime, Prices]]]
    long_model: str
    long_prices: Prices
    workspaces: tuple[str, ...]
    start: datetime = START
    styles: tuple[str, ...] = ("report", "focus")
    #: what the bill's amounts are multiplied with: exchange rate or credits
    money: str = "1"
    markup: str | None = None
    #: most requests lie within an hour of an edge of a day
    at_edges: bool = False
    has_geo: bool = False
    fx: tuple[tuple[str, str], ...] = ()
    batch: str = "0.5"

    @property
    def change(self) -> datetime:
        return self.start + timedelta(days=3)


def _since(*versions: tuple[datetime | None, str]) -> list[tuple[datetime, Prices]]:
    """Give versions of prices: input, cache read, 5-minute and 1-hour write, output."""
    names = ("input", "cache_read", "w5", "w1", "output")
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return [(at or first, dict(zip(names, told.split(), strict=True))) for at, told in versions]


_CHANGE = START + timedelta(days=3)
PLAIN = World(
    "plain",
    {
        "model-large": _since((None, "5 0.5 6.25 10 25")),
        "model-mid": _since((None, "3 0.30 3.75 6 15")),
        "model-small": _since((None, "1.1 0.12 1.4 2.2 5.5"), (_CHANGE, "0.9 0.09 1.125 1.8 4.1")),
    },
    "model-mid",
    _since((None, "6 0.60 7.5 12 22.5"))[0][1],
    ("ws_main", "ws_batch", "ws_agents"),
)
_MARCH = datetime(2026, 3, 26, tzinfo=UTC)
#: other names, prices that are no neat multiples, more models, days around a change of the clocks
OTHER = World(
    "other",
    {
        "aurora-9": _since((None, "2.75 0.275 3.4375 5.5 13.2")),
        "aurora-9-lite": _since((None, "0.37 0.05 0.47 0.74 1.9")),
        "tern-2": _since(
            (None, "1.95 0.21 2.4 3.9 9.7"),
            (_MARCH + timedelta(days=3), "2.15 0.23 2.7 4.3 10.9"),
        ),
        "wren-mini": _since((None, "0.15 0.0375 0.19 0.30 0.60")),
    },
    "aurora-9",
    {"input": "4.1", "cache_read": "0.41", "w5": "5.125", "w1": "8.2", "output": "17.5"},
    ("default", "search", "nightly", "agents"),
    start=_MARCH,
    at_edges=True,
    has_geo=True,
    batch="0.4",
)
#: a reseller with a markup
RESOLD = replace(OTHER, name="resold", markup="1.07", at_edges=False)
#: billed in another currency, through a mapping
ABROAD = replace(
    PLAIN,
    name="abroad",
    styles=("rows",),
    money="7.1",
    fx=(("2026-09-30", "7.1"), ("2026-10-31", "7.23")),
)
WORLDS = (PLAIN, OTHER, RESOLD, ABROAD)
METERS = {
    "input": "uncached_input_tokens",
    "cache_read": "cache_read_input_tokens",
    "w5": "cache_creation.ephemeral_5m_input_tokens",
    "w1": "cache_creation.ephemeral_1h_input_tokens",
    "output": "output_tokens",
}
CLASSES = {
    "input": "input",
    "cache_read": "cache_read",
    "w5": "cache_write_5m",
    "w1": "cache_write_1h",
    "output": "output",
}


@dataclass
class Request:
    number: int
    at: datetime
    end: datetime
    workspace: str
    model: str
    tier: str
    counts: dict[str, int]
    status: int = 200
    retry_of: str | None = None
    world: World = PLAIN
    geo: str = "global"
    #: web searches that failed
    failed: int = 0

    @property
    def id(self) -> str:
        return f"req_{self.number:05d}"


@dataclass
class Billed:
    """One meter of one request on its way to the bill."""

    request: Request
    meter: str
    count: int
    is_billed: bool
    at: datetime
    model: str
    price_meter: str
    tier: str
    price_at: datetime
    is_long: bool
    geo: str = "global"
    factor: Decimal = Decimal(1)

    @property
    def amount(self) -> Decimal:
        if not self.is_billed:
            return Decimal(0)
        world = self.request.world
        prices = price(world, self.model, self.price_at)
        if self.is_long and self.model == world.long_model:
            prices = world.long_prices
        factor = self.factor * Decimal(world.money)
        if self.tier == "batch":
            factor *= Decimal(world.batch)
        if self.geo == "us":
            factor *= Decimal("1.1")
        if world.markup is not None:
            factor *= Decimal(world.markup)
        return self.count * Decimal(prices[self.price_meter]) / 1_000_000 * factor


Scope = dict[str, Any]


@dataclass
class Plant:
    code: str
    scope: Scope
    change: Callable[[Billed], None]
    on_log: Callable[[list[Request]], None] | None = None


@dataclass
class Invoice:
    requests: list[Request]
    plants: list[Plant]
    style: str
    places: int | None
    zoneless: int = 0
    duplicates: list[Request] = field(default_factory=list)
    markup: str | None = None
    noise: tuple[int, Decimal] | None = None
    #: a line of the bill, by its number among all: it stands twice, or not at all
    twice: int | None = None
    missing: int | None = None
    #: hours of the log that are empty
    gap: tuple[datetime, datetime] | None = None

    @property
    def world(self) -> World:
        return self.requests[0].world

    @property
    def codes(self) -> set[str]:
        return {plant.code for plant in self.plants}


def price(world: World, model: str, at: datetime) -> Prices:
    return next(p for since, p in reversed(world.rates[model]) if since <= at)


def holds(scope: Scope, line: Billed) -> bool:
    """Tell whether a line lies in a scope, by what its request is in the log."""
    request = line.request
    day = (request.at - request.world.start).days
    return (
        scope.get("workspace", request.workspace) == request.workspace
        and scope.get("model", request.model) == request.model
        and scope.get("meter", line.meter) == line.meter
        and scope.get("from", 0) <= day <= scope.get("to", DAYS)
    )


def _moment(world: World, rng: random.Random) -> datetime:
    """Give when a request began; at the edges of days where the world has most of them there."""
    seconds = rng.randrange(DAYS * 86_400)
    if world.at_edges and rng.random() < 0.6:
        edge = rng.randrange(1, DAYS) * 86_400
        seconds = edge + rng.randrange(-3_600, 3_600)
    at = world.start + timedelta(seconds=seconds, microseconds=rng.randrange(10**6))
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def requests(rng: random.Random, how_many: int, world: World = PLAIN) -> list[Request]:
    found: list[Request] = []
    names = tuple(world.rates)
    #: models that each workspace uses, as habits go
    habits = {
        place: names if not n else tuple(rng.sample(names, 2))
        for n, place in enumerate(world.workspaces)
    }
    for number in range(how_many):
        at = _moment(world, rng)
        workspace = rng.choice(world.workspaces)
        model = rng.choice(habits[workspace])
        long = model == world.long_model and rng.random() < 0.15
        counts = {
            "input": rng.randrange(200, 9_000),
            "cache_read": rng.choice((0, rng.randrange(1_000, 60_000))),
            "w5": rng.choice((0, 0, rng.randrange(1_000, 30_000))),
            "w1": rng.choice((0, 0, 0, rng.randrange(1_000, 20_000))),
            "output": rng.randrange(100, 3_000),
        }
        if long:
            counts["cache_read"] = rng.randrange(150_000, 240_000)
            counts["output"] = rng.randrange(500, 20_000)
        status = 529 if rng.random() < 0.06 else 200
        if status != 200:
            counts["output"] = 0
        tier = "batch" if workspace == world.workspaces[1] and rng.random() < 0.7 else "standard"
        end = at + timedelta(milliseconds=rng.randrange(2_000, 1_800_000))
        made = Request(number, at, end, workspace, model, tier, counts, status, world=world)
        if world.has_geo and rng.random() < 0.2:
            made.geo = "us"
        found.append(made)
    found.sort(key=lambda request: request.at)
    for request in list(found):
        if request.status == 200 and rng.random() < 0.04:
            again = replace(request, number=len(found), retry_of=request.id)
            again.at = request.at + timedelta(seconds=20)
            again.end = request.end + timedelta(seconds=25)
            if (again.at - world.start).days < DAYS:
                found.append(again)
    return found


def context(counts: dict[str, int]) -> int:
    return sum(n for meter, n in counts.items() if meter != "output")


def lines(invoice_requests: list[Request]) -> list[Billed]:
    again = {request.retry_of for request in invoice_requests}
    return [
        Billed(
            request=request,
            meter=meter,
            count=count,
            is_billed=request.status == 200 and request.id not in again,
            at=request.at,
            model=request.model,
            price_meter=meter,
            tier=request.tier,
            price_at=request.at,
            is_long=context(request.counts) > LONG,
            geo=request.geo,
        )
        for request in invoice_requests
        for meter, count in request.counts.items()
        if count
    ]


# Causes


def _set(**fields: Any) -> Callable[[Billed], None]:
    def change(line: Billed) -> None:
        for name, value in fields.items():
            setattr(line, name, value)

    return change


def _errors(line: Billed) -> None:
    if line.request.status != 200:
        line.is_billed = True


def _cache_read(line: Billed) -> None:
    if line.meter == "cache_read":
        line.price_meter = "input"


def _hour_writes(line: Billed) -> None:
    if line.meter == "w1":
        line.price_meter = "w5"


def _five_minute_writes(line: Billed) -> None:
    if line.meter == "w5":
        line.price_meter = "w1"


def _stale(line: Billed) -> None:
    line.price_at = line.request.world.start - timedelta(days=60)


def _batch(line: Billed) -> None:
    line.tier = "standard"


def _twice(line: Billed) -> None:
    line.count *= 2


def _cached_too(line: Billed) -> None:
    if line.meter == "input":
        line.count += line.request.counts["cache_read"]


def _geo(line: Billed) -> None:
    line.geo = "us"


def _no_geo(line: Billed) -> None:
    line.geo = "global"


def _early(line: Billed) -> None:
    line.price_at = line.request.world.start + timedelta(days=20)


def _writes_too(line: Billed) -> None:
    if line.meter == "input":
        line.count += line.request.counts["w5"] + line.request.counts["w1"]


def _input_as_output(line: Billed) -> None:
    if line.meter == "input":
        line.price_meter = "output"


def _output_as_input(line: Billed) -> None:
    if line.meter == "output":
        line.price_meter = "input"


def _read_as_write(line: Billed) -> None:
    if line.meter == "cache_read":
        line.price_meter = "w5"


def _no_markup(line: Billed) -> None:
    line.factor /= Decimal(line.request.world.markup or 1)


def _other_rate(line: Billed) -> None:
    (_, right), (_, wrong) = line.request.world.fx
    line.factor = line.factor * Decimal(wrong) / Decimal(right)


def _free(line: Billed) -> None:
    line.factor = Decimal(0)


def _thousand(line: Billed) -> None:
    line.count *= 1000


def _with_output(line: Billed) -> None:
    line.is_long = sum(line.request.counts.values()) > LONG


def _never_long(line: Billed) -> None:
    line.is_long = False


def _by_end(line: Billed) -> None:
    line.at = line.request.end


def _as(model: str) -> Callable[[Billed], None]:
    def change(line: Billed) -> None:
        line.model = model

    return change


def _superseded(again: set[str | None]) -> Callable[[Billed], None]:
    def change(line: Billed) -> None:
        if line.request.id in again and line.request.status == 200:
            line.is_billed = True

    return change


SCOPED: dict[str, Callable[[Billed], None]] = {
    "errors_billed": _errors,
    "cache_read_at_input_rate": _cache_read,
    "cache_write_1h_at_5m_rate": _hour_writes,
    "cache_write_5m_at_1h_rate": _five_minute_writes,
    "stale_price": _stale,
    "early_price": _early,
    "batch_discount_missing": _batch,
    "cache_write_counted_twice": _writes_too,
    "input_at_output_rate": _input_as_output,
    "output_at_input_rate": _output_as_input,
    "cache_read_at_cache_write_5m_rate": _read_as_write,
    "counted_twice": _twice,
    "cached_counted_twice": _cached_too,
    "geo_multiplier_applied": _geo,
    "geo_multiplier_missing": _no_geo,
    "markup_not_applied": _no_markup,
    "complimentary_usage": _free,
    "unit_error": _thousand,
    "other_model_price": _geo,
    "factor": _geo,
}
#: what the factor of a bill is called by its terms
FACTORS = {"plain": "unknown_factor", "other": "unknown_factor", "resold": "markup_drift"}
WHOLE: dict[str, Callable[[Billed], None]] = {
    "long_context_basis": _with_output,
    "long_context_missing": _never_long,
    "end_time_bucketing": _by_end,
    "fx_rate": _other_rate,
}
#: what no arithmetic proves, or a line of the bill as such
LINES = ("line_billed_twice", "missing_invoice_line", "log_gap")


def scope(rng: random.Random, code: str, world: World) -> Scope:
    found: Scope = {}
    if code in ("counted_twice", "unit_error"):
        found["meter"] = rng.choice(tuple(METERS))
        if rng.random() < 0.5:
            found["workspace"] = rng.choice(world.workspaces)
        return found
    kind = rng.choice(("all", "workspace", "model", "days", "workspace days", "day", "model days"))
    if code in ("complimentary_usage", "geo_multiplier_applied", "factor", "other_model_price"):
        kind = rng.choice(("workspace", "days", "workspace days", "day", "model days"))
    if "workspace" in kind:
        found["workspace"] = rng.choice(world.workspaces)
    if "model" in kind:
        found["model"] = rng.choice(tuple(world.rates))
    if "days" in kind:
        found["from"] = rng.randrange(DAYS - 1)
        found["to"] = rng.randrange(found["from"] + 1, DAYS)
    elif "day" in kind:
        found["from"] = found["to"] = rng.randrange(DAYS)
    return found


def _scoped(rng: random.Random, made: Invoice, is_wild: bool) -> Plant:
    """Give a plant in a scope; in a wild invoice some share the scope of another."""
    world = made.world
    codes = [c for c in SCOPED if world.markup is not None or c != "markup_not_applied"]
    code = rng.choice(codes)
    own = scope(rng, code, world)
    if is_wild and made.plants and rng.random() < 0.35:
        own = dict(made.plants[-1].scope)
    plant = Plant(code, own, SCOPED[code])
    if code == "factor":
        number = Decimal(rng.choice(("1.03", "1.12", "0.95", "1.2", "0.91", "2.5")))
        # a rate of exchange is one for all of a day
        own_rate = "unknown_factor" if own.keys() & {"workspace", "model"} else "fx_rate"
        name = FACTORS.get(world.name, own_rate)
        if name == "markup_drift":
            number = rng.choice((Decimal("1.09"), Decimal("1.15"), Decimal("1.02"))) / Decimal(
                world.markup or 1
            )
        plant = Plant(name, own, _times(number))
    elif code == "other_model_price":
        model, other = rng.sample(tuple(world.rates), 2)
        plant = Plant(code, {**own, "model": model}, _as(other))
    return plant


def _on_lines(rng: random.Random, made: Invoice) -> Plant | None:
    code = rng.choice(LINES)
    if code == "line_billed_twice" and made.twice is None:
        made.twice = rng.randrange(10**6)
    elif code == "missing_invoice_line" and made.missing is None:
        made.missing = rng.randrange(10**6)
    elif code == "log_gap" and made.gap is None and not made.zoneless:
        start = made.world.start + timedelta(hours=rng.randrange(24, (DAYS - 2) * 24))
        made.gap = (start, start + timedelta(hours=rng.randrange(14, 22)))
    else:
        return None
    return Plant(code, {}, lambda line: None)


def invoice(
    seed: int, places: int | None = None, most: int = 3, world: World = PLAIN, is_wild: bool = False
) -> Invoice:
    """Give an invoice with up to ``most`` planted causes that have an effect each.

    A wild one also has causes that share a scope, lines that are missing or stand twice, and hours
    that the log lacks.
    """
    rng = random.Random(f"{seed} {world.name}")
    made = Invoice(
        requests(rng, rng.randrange(100, 170), world), [], rng.choice(world.styles), places
    )
    again = {request.retry_of for request in made.requests}
    wanted = rng.randrange(most + 1)
    tries = 0
    while len(made.plants) < wanted and tries < 40:
        tries += 1
        pick = rng.random()
        plant: Plant | None
        if is_wild and pick < 0.08:
            plant = _on_lines(rng, made)
            if plant is None:
                continue
            made.plants.append(plant)
            continue
        if pick < 0.7:
            plant = _scoped(rng, made, is_wild)
        elif pick < 0.8:
            plant = Plant("superseded_attempts_billed", {}, _superseded(again))
        elif pick < 0.95:
            code = rng.choice([c for c in WHOLE if world.fx or c != "fx_rate"])
            plant = Plant(code, {}, WHOLE[code])
        elif not made.zoneless and made.gap is None:
            made.zoneless = rng.choice((-7, -5, 2, 8))
            plant = Plant("timezone_shift", {}, lambda line: None)
            made.plants.append(plant)
            continue
        else:
            continue
        if plant.code in made.codes:
            continue
        made.plants.append(plant)
        if not all_have_effect(made):
            made.plants.pop()
    if rng.random() < 0.15:
        made.duplicates = rng.sample([r for r in made.requests if r.status == 200], 4)
    if rng.random() < 0.2:
        made.noise = (rng.randrange(10**6), Decimal(rng.randrange(1, 400)) / 10**5)
    return made


def _times(number: Decimal) -> Callable[[Billed], None]:
    def change(line: Billed) -> None:
        line.factor *= number

    return change


def all_have_effect(made: Invoice) -> bool:
    """Tell whether every plant changes at least one cell, whatever the others do."""
    whole = exact_cells(made)
    for plant in made.plants:
        if plant.code == "timezone_shift" or plant.code in LINES:
            continue
        fewer = replace(made, plants=[p for p in made.plants if p is not plant])
        other = exact_cells(fewer)
        size = sum(
            abs(whole.get(k, (Decimal(0),))[0] - other.get(k, (Decimal(0),))[0])
            for k in {*whole, *other}
        )
        if size < Decimal("0.0005"):
            return False
    return True


Key = tuple[str, str, str, str, str, str]


def exact_cells(made: Invoice) -> dict[Key, tuple[Decimal, int]]:
    """Give amount and count of every cell of the bill, unrounded."""
    found: dict[Key, tuple[Decimal, int]] = {}
    for line in lines(made.requests):
        for plant in made.plants:
            if holds(plant.scope, line):
                plant.change(line)
        if not line.is_billed:
            continue
        key = (
            line.at.strftime("%Y-%m-%d"),
            line.request.workspace,
            line.request.model,
            line.meter,
            line.request.tier,
            "200k-1M" if line.is_long else "0-200k",
        )
        amount, count = found.get(key, (Decimal(0), 0))
        found[key] = (amount + line.amount, count + line.count)
    return found


def cells(made: Invoice) -> dict[Key, tuple[Decimal, int]]:
    """Give the cells as they are printed: with noise, at the export's precision."""
    found = exact_cells(made)
    if made.noise is not None and found:
        key = sorted(found)[made.noise[0] % len(found)]
        found[key] = (found[key][0] + made.noise[1], found[key][1])
    if made.missing is not None:
        del found[_largest(found, made.missing)]
    if made.places is None:
        return found
    quantum = Decimal(1).scaleb(-made.places)
    return {
        key: (amount.quantize(quantum, ROUND_HALF_UP), count)
        for key, (amount, count) in found.items()
    }


def _largest(found: dict[Key, tuple[Decimal, int]], number: int) -> Key:
    """Give one of the ten largest lines."""
    return sorted(found, key=lambda key: (-found[key][0], key))[number % 10]


def printed(made: Invoice) -> list[tuple[Key, tuple[Decimal, int]]]:
    """Give the lines of the bill in order; one of them may stand twice."""
    found = cells(made)
    rows = sorted(found.items())
    if made.twice is not None:
        key = _largest(found, made.twice)
        rows.append((key, found[key]))
        rows.sort()
    return rows


def log_rows(made: Invoice) -> Iterator[dict[str, Any]]:
    rows = [*made.requests, *made.duplicates]
    for request in sorted(rows, key=lambda r: (r.at, r.number)):
        if made.gap is not None and made.gap[0] <= request.at < made.gap[1]:
            continue
        counts = request.counts
        row = {
            "ts": _time(request.at, made.zoneless),
            "end_ts": _time(request.end, made.zoneless),
            "id": f"msg_{request.number:05d}",
            "request_id": request.id,
            "provider": "maker",
            "model": request.model,
            "status": request.status,
            "retry_of": request.retry_of,
            "workspace_id": request.workspace,
            "usage": {
                "input_tokens": counts["input"],
                "cache_read_input_tokens": counts["cache_read"],
                "cache_creation_input_tokens": counts["w5"] + counts["w1"],
                "cache_creation": {
                    "ephemeral_5m_input_tokens": counts["w5"],
                    "ephemeral_1h_input_tokens": counts["w1"],
                },
                "output_tokens": counts["output"],
                "service_tier": request.tier,
            },
        }
        if request.geo != "global":
            row["usage"]["inference_geo"] = request.geo
        yield row


def _time(at: datetime, zoneless: int) -> str:
    if not zoneless:
        return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return (at + timedelta(hours=zoneless)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def log_text(made: Invoice) -> str:
    return "".join(json.dumps(row) + "\n" for row in log_rows(made))


def bill_text(made: Invoice) -> tuple[str, str]:
    """Give the file's name and its text."""
    if made.style == "report":
        return "bill.json", _report(made)
    return "bill.csv", _focus(made) if made.style == "focus" else _rows(made)


#: how the reader of the statement finds the columns of ``rows``
MAPPING = """
name: statement
seller: maker
amount: cost
day: day
model: model
meter: kind
quantity: tokens
labels: {project: team, service_tier: tier, context: window}
meters: {input: input, cache_read: cache_read, w5: cache_write.5m, w1: cache_write.1h,
         output: output}
fixed: {currency: CNY}
"""


def _rows(made: Invoice) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["day", "team", "model", "kind", "tier", "window", "tokens", "cost"])
    for (day, workspace, model, meter, tier, window), (amount, count) in printed(made):
        writer.writerow([day, workspace, model, meter, tier, window, count, format(amount, "f")])
    return out.getvalue()


def terms_text(world: World) -> str:
    """Give the terms that the bill should follow, as reconcile.yaml holds them."""
    terms: dict[str, Any] = {"superseded_attempts_billable": "false"}
    if world.markup is not None:
        terms["markup"] = world.markup
    if world.fx:
        terms["fx"] = {"rule": "month_opening", "rates": dict(world.fx)}
    return json.dumps({"terms": terms})


def _report(made: Invoice) -> str:
    days: dict[str, list[dict[str, Any]]] = {}
    for (day, workspace, model, meter, tier, window), (amount, _) in printed(made):
        cents = amount.scaleb(2)
        days.setdefault(day, []).append(
            {
                "currency": "USD",
                "amount": format(cents, "f"),
                "workspace_id": workspace,
                "description": f"{model} {meter}",
                "cost_type": "tokens",
                "context_window": window,
                "model": model,
                "service_tier": tier,
                "token_type": METERS[meter],
                "inference_geo": None,
            }
        )
    data = [
        {
            "starting_at": f"{day}T00:00:00Z",
            "ending_at": _next(day),
            "results": results,
        }
        for day, results in days.items()
    ]
    return json.dumps({"data": data, "has_more": False, "next_page": None}, indent=1)


def _next(day: str) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z")


def _focus(made: Invoice) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["BilledCost", "BillingCurrency", "ChargeCategory", "ChargeClass", "ChargeDescription",
         "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity", "ConsumedUnit",
         "SkuPriceDetails", "SubAccountId"]
    )  # fmt: skip
    for (day, workspace, model, meter, tier, window), (amount, count) in printed(made):
        details = {
            "x_Model": model,
            "x_TokenClass": CLASSES[meter],
            "x_ServiceTier": tier,
            "x_ContextWindow": window,
        }
        writer.writerow(
            [format(amount, "f"), "USD", "Usage", "", f"{model} {meter}", f"{day}T00:00:00Z",
             _next(day), count, "Tokens", json.dumps(details), workspace]
        )  # fmt: skip
    return out.getvalue()


def sample_rates(world: World = PLAIN) -> dict[str, Any]:
    """Give the prices in the form of the shared cases, which becomes cards."""
    models: dict[str, Any] = {}
    names = {"w5": "cache_write_5m", "w1": "cache_write_1h"}
    for model, versions in world.rates.items():
        prices = []
        for since, own in versions:
            entry: dict[str, Any] = {"effective_from": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
            entry |= {names.get(meter, meter): value for meter, value in own.items()}
            if model == world.long_model:
                entry["long"] = {names.get(m, m): v for m, v in world.long_prices.items()}
            prices.append(entry)
        models[model] = {
            "provider": "maker",
            "multipliers": {"batch": world.batch, "geo_us": "1.1"},
            "prices": prices,
            "context": {"boundary": LONG},
        }
    return {"currency": "USD", "models": models}
