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
CHANGE = START + timedelta(days=3)
WORKSPACES = ("ws_main", "ws_batch", "ws_agents")
LONG = 200_000
Prices = dict[str, str]
#: model -> from which instant, which prices
RATES: dict[str, list[tuple[datetime, Prices]]] = {
    "model-large": [
        (
            datetime(2026, 1, 1, tzinfo=UTC),
            {"input": "5", "cache_read": "0.5", "w5": "6.25", "w1": "10", "output": "25"},
        )
    ],
    "model-mid": [
        (
            datetime(2026, 1, 1, tzinfo=UTC),
            {"input": "3", "cache_read": "0.30", "w5": "3.75", "w1": "6", "output": "15"},
        )
    ],
    "model-small": [
        (
            datetime(2026, 1, 1, tzinfo=UTC),
            {"input": "1.1", "cache_read": "0.12", "w5": "1.4", "w1": "2.2", "output": "5.5"},
        ),
        (
            CHANGE,
            {"input": "0.9", "cache_read": "0.09", "w5": "1.125", "w1": "1.8", "output": "4.1"},
        ),
    ],
}
LONG_PRICES = {"input": "6", "cache_read": "0.60", "w5": "7.5", "w1": "12", "output": "22.5"}
LONG_MODEL = "model-mid"
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
    factor: Decimal = Decimal(1)

    @property
    def amount(self) -> Decimal:
        if not self.is_billed:
            return Decimal(0)
        prices = price(self.model, self.price_at)
        if self.is_long and self.model == LONG_MODEL:
            prices = LONG_PRICES
        half = Decimal("0.5") if self.tier == "batch" else 1
        return self.count * Decimal(prices[self.price_meter]) / 1_000_000 * half * self.factor


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
    missing: str | None = None
    duplicate_line: bool = False

    @property
    def codes(self) -> set[str]:
        return {plant.code for plant in self.plants}


def price(model: str, at: datetime) -> Prices:
    return next(p for since, p in reversed(RATES[model]) if since <= at)


def holds(scope: Scope, line: Billed) -> bool:
    """Tell whether a line lies in a scope, by what its request is in the log."""
    request = line.request
    day = (request.at - START).days
    return (
        scope.get("workspace", request.workspace) == request.workspace
        and scope.get("model", request.model) == request.model
        and scope.get("meter", line.meter) == line.meter
        and scope.get("from", 0) <= day <= scope.get("to", DAYS)
    )


def requests(rng: random.Random, how_many: int) -> list[Request]:
    found: list[Request] = []
    for number in range(how_many):
        at = START + timedelta(
            seconds=rng.randrange(DAYS * 86_400), microseconds=rng.randrange(10**6)
        )
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        workspace = rng.choice(WORKSPACES)
        models = {
            "ws_batch": ("model-small", "model-mid"),
            "ws_agents": ("model-large", "model-mid"),
        }
        model = rng.choice(models.get(workspace, tuple(RATES)))
        long = model == LONG_MODEL and rng.random() < 0.15
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
        tier = "batch" if workspace == "ws_batch" and rng.random() < 0.7 else "standard"
        end = at + timedelta(milliseconds=rng.randrange(2_000, 1_800_000))
        found.append(Request(number, at, end, workspace, model, tier, counts, status))
    found.sort(key=lambda request: request.at)
    for request in list(found):
        if request.status == 200 and rng.random() < 0.04:
            again = replace(request, number=len(found), retry_of=request.id)
            again.at = request.at + timedelta(seconds=20)
            again.end = request.end + timedelta(seconds=25)
            if (again.at - START).days < DAYS:
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
    line.price_at = datetime(2026, 6, 1, tzinfo=UTC)


def _batch(line: Billed) -> None:
    line.tier = "standard"


def _twice(line: Billed) -> None:
    line.count *= 2


def _cached_too(line: Billed) -> None:
    if line.meter == "input":
        line.count += line.request.counts["cache_read"]


def _geo(line: Billed) -> None:
    line.factor *= Decimal("1.1")


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


def _as_large(line: Billed) -> None:
    line.model = "model-large"


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
    "batch_discount_missing": _batch,
    "counted_twice": _twice,
    "cached_counted_twice": _cached_too,
    "geo_multiplier_applied": _geo,
    "complimentary_usage": _free,
    "unit_error": _thousand,
    "other_model_price": _as_large,
    "factor": _geo,
}
WHOLE: dict[str, Callable[[Billed], None]] = {
    "long_context_basis": _with_output,
    "long_context_missing": _never_long,
    "end_time_bucketing": _by_end,
}


def scope(rng: random.Random, code: str) -> Scope:
    found: Scope = {}
    if code in ("counted_twice", "unit_error"):
        found["meter"] = rng.choice(tuple(METERS))
        if rng.random() < 0.5:
            found["workspace"] = rng.choice(WORKSPACES)
        return found
    kind = rng.choice(("all", "workspace", "model", "days", "workspace days", "day", "model days"))
    if code in ("complimentary_usage", "geo_multiplier_applied", "factor", "other_model_price"):
        kind = rng.choice(("workspace", "days", "workspace days", "day", "model days"))
    if "workspace" in kind:
        found["workspace"] = rng.choice(WORKSPACES)
    if "model" in kind:
        found["model"] = rng.choice(tuple(RATES))
    if "days" in kind:
        found["from"] = rng.randrange(DAYS - 1)
        found["to"] = rng.randrange(found["from"] + 1, DAYS)
    elif "day" in kind:
        found["from"] = found["to"] = rng.randrange(DAYS)
    return found


def invoice(seed: int, places: int | None = None, most: int = 3) -> Invoice:
    """Give an invoice with up to ``most`` planted causes that have an effect each."""
    rng = random.Random(seed)
    made = Invoice(
        requests(rng, rng.randrange(100, 170)), [], rng.choice(("report", "focus")), places
    )
    again = {request.retry_of for request in made.requests}
    wanted = rng.randrange(most + 1)
    tries = 0
    while len(made.plants) < wanted and tries < 40:
        tries += 1
        pick = rng.random()
        if pick < 0.7:
            code = rng.choice(tuple(SCOPED))
            plant = Plant(code, scope(rng, code), SCOPED[code])
            if code == "factor":
                number = rng.choice(("1.03", "1.12", "0.95", "1.2"))
                plant = Plant("unknown_factor", plant.scope, _times(Decimal(number)))
            if code == "other_model_price":
                plant.scope["model"] = "model-small"
        elif pick < 0.8:
            plant = Plant("superseded_attempts_billed", {}, _superseded(again))
        elif pick < 0.95:
            code = rng.choice(tuple(WHOLE))
            plant = Plant(code, {}, WHOLE[code])
        elif not made.zoneless:
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
        if plant.code == "timezone_shift":
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
    if made.places is None:
        return found
    quantum = Decimal(1).scaleb(-made.places)
    return {
        key: (amount.quantize(quantum, ROUND_HALF_UP), count)
        for key, (amount, count) in found.items()
    }


def log_rows(made: Invoice) -> Iterator[dict[str, Any]]:
    rows = [*made.requests, *made.duplicates]
    for request in sorted(rows, key=lambda r: (r.at, r.number)):
        counts = request.counts
        yield {
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


def _time(at: datetime, zoneless: int) -> str:
    if not zoneless:
        return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return (at + timedelta(hours=zoneless)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def log_text(made: Invoice) -> str:
    return "".join(json.dumps(row) + "\n" for row in log_rows(made))


def bill_text(made: Invoice) -> tuple[str, str]:
    """Give the file's name and its text."""
    return ("bill.json", _report(made)) if made.style == "report" else ("bill.csv", _focus(made))


def _report(made: Invoice) -> str:
    days: dict[str, list[dict[str, Any]]] = {}
    for (day, workspace, model, meter, tier, window), (amount, _) in sorted(cells(made).items()):
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
    for (day, workspace, model, meter, tier, window), (amount, count) in sorted(
        cells(made).items()
    ):
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


def sample_rates() -> dict[str, Any]:
    """Give the prices in the form of the shared cases, which becomes cards."""
    models: dict[str, Any] = {}
    names = {"w5": "cache_write_5m", "w1": "cache_write_1h"}
    for model, versions in RATES.items():
        prices = []
        for since, own in versions:
            entry: dict[str, Any] = {"effective_from": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
            entry |= {names.get(meter, meter): value for meter, value in own.items()}
            if model == LONG_MODEL:
                entry["long"] = {names.get(m, m): v for m, v in LONG_PRICES.items()}
            prices.append(entry)
        models[model] = {
            "provider": "maker",
            "multipliers": {"batch": "0.5", "geo_us": "1.1"},
            "prices": prices,
            "context": {"boundary": LONG},
        }
    return {"currency": "USD", "models": models}
