"""A month of requests at one seller, and its bill with two planted causes. Always the same.

The bill is added up here, in plain numbers, and not by pricing: a cost report by day, workspace,
model, tier and class of tokens, in cents with all their digits.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

START = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 30
WORKSPACES = ("wrkspc_search", "wrkspc_agents", "wrkspc_support", "wrkspc_batch")
#: USD for a million tokens: input, cache read, cache write of five minutes, output
RATES = {
    "claude-opus-4-6": ("5", "0.50", "6.25", "25"),
    "claude-sonnet-4-6": ("3", "0.30", "3.75", "15"),
    "claude-haiku-4-5-20251001": ("1", "0.10", "1.25", "5"),
}
CLASSES = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "output_tokens",
)
#: the codes of what is planted
CAUSES = ("batch_discount_missing", "cache_read_at_input_rate")


def write_month(folder: Path, requests: int) -> tuple[Path, Path]:
    """Write a log of calls and its bill; gives both.

    On the days 10 to 14 no batch of Sonnet is billed at half the price, and what the agents read
    from Opus's cache is billed as input. One request of a hundred is logged twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    r = random.Random(9)
    sums: dict[tuple[int, str, str, str, int], int] = {}
    log = folder / "month.jsonl"
    last = ""
    with open(log, "w", encoding="utf-8") as stream:
        for number in range(requests):
            seconds = DAYS * 86_400 * number // requests
            workspace, model = r.choice(WORKSPACES), r.choice(tuple(RATES))
            tier = "batch" if workspace == "wrkspc_batch" else "standard"
            counts = (r.randrange(1, 4_000), r.randrange(60_000), r.randrange(6_000),
                      r.randrange(1, 2_500))  # fmt: skip
            at = START + timedelta(seconds=seconds)
            row = {
                "ts": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "request_id": f"req_{r.getrandbits(96):024x}",
                "provider": "anthropic",
                "model": model,
                "workspace_id": workspace,
                "usage": {
                    "input_tokens": counts[0],
                    "cache_creation_input_tokens": counts[2],
                    "cache_read_input_tokens": counts[1],
                    "cache_creation": {
                        "ephemeral_5m_input_tokens": counts[2],
                        "ephemeral_1h_input_tokens": 0,
                    },
                    "output_tokens": counts[3],
                    "service_tier": tier,
                },
            }
            if number % 100 == 99:
                stream.write(last)
            last = json.dumps(row, separators=(",", ":")) + "\n"
            stream.write(last)
            for place, count in enumerate(counts):
                key = (seconds // 86_400, workspace, model, tier, place)
                sums[key] = sums.get(key, 0) + count
    buckets: dict[int, list[dict[str, object]]] = {}
    for (day, workspace, model, tier, place), count in sorted(sums.items()):
        factor = Decimal(1)
        if tier == "batch" and not (model == "claude-sonnet-4-6" and 10 <= day + 1 <= 14):
            factor = Decimal("0.5")
        rate = Decimal(RATES[model][place])
        if (workspace, model, place) == ("wrkspc_agents", "claude-opus-4-6", 1):
            rate = Decimal(RATES[model][0])
        # per million tokens, in cents
        amount = count * rate * factor / 10_000
        buckets.setdefault(day, []).append(
            {
                "amount": f"{amount:f}",
                "currency": "USD",
                "workspace_id": workspace,
                "description": f"{model} {CLASSES[place]}",
                "cost_type": "tokens",
                "context_window": None,
                "model": model,
                "service_tier": tier,
                "token_type": CLASSES[place],
                "inference_geo": None,
            }
        )
    data = [
        {"starting_at": _midnight(day), "ending_at": _midnight(day + 1), "results": results}
        for day, results in buckets.items()
    ]
    bill = folder / "cost_report.json"
    bill.write_text(json.dumps({"data": data, "has_more": False}, indent=1), "utf-8")
    return log, bill


def _midnight(day: int) -> str:
    return f"{START + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}"
