"""Time one library's answer to one question, in a process of its own.

    python worker.py QUESTION LIBRARY ARGUMENT...

First line out: what the library answers, as JSON. Then for each number of calls on stdin, the
nanoseconds that they took together. Between turns the process waits: several are asked in turn.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from time import perf_counter_ns
from typing import Any

HERE = Path(__file__).parent
Call = Callable[[], object]

#: for the library that has to be told which reader to use
READERS = {
    "anthropic_messages": {"provider_id": "anthropic"},
    "openai_chat": {"provider_id": "openai", "api_flavor": "chat"},
}
#: (quantity, printed price per million) of each response, for the sum by hand
BY_HAND = {
    "anthropic_messages": [
        (1204, Decimal("3")),
        (18432, Decimal("0.30")),
        (2048, Decimal("3.75")),
        (4096, Decimal("6")),
        (863, Decimal("15")),
    ],
    "openai_chat": [(2856, Decimal("2")), (6144, Decimal("0.50")), (700, Decimal("8"))],
}


def response(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((HERE / "responses" / f"{name}.json").read_text("utf-8"))
    return body


def cost_by_pricing(name: str) -> Call:
    """Price the raw body; read the total and every line's exact amount."""
    import pricing

    body = response(name)
    catalog = pricing.load_catalog()
    try:
        catalog.cost(body)
    except pricing.UnknownModel:
        catalog = pricing.load_catalog(HERE / "cards")

    def call() -> Decimal:
        cost = catalog.cost(body)
        for line in cost.lines:
            line.exact  # noqa: B018
        return cost.total.amount  # type: ignore[return-value]

    return call


def cost_by_genai_prices(name: str) -> Call:
    """Price the raw body; three totals, no lines."""
    from genai_prices import extract_usage

    body, reader = response(name), READERS[name]

    def call() -> Decimal:
        price: Decimal = extract_usage(body, **reader).calc_price().total_price
        return price

    return call


def cost_by_litellm(name: str) -> Call:
    """Price the raw body; one total."""
    from litellm import completion_cost

    body = response(name)

    def call() -> float:
        price: float = completion_cost(completion_response=body)
        return price

    return call


def cost_by_litellm_object(name: str) -> Call:
    """Price litellm's own response object, made beforehand; one total."""
    from litellm import ModelResponse, Usage, completion_cost
    from litellm.types.utils import CacheCreationTokenDetails, PromptTokensDetailsWrapper

    body = response(name)
    usage = body["usage"]
    if "prompt_tokens" in usage:
        own = ModelResponse(**body)
    else:
        read, written = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
        split = usage["cache_creation"]
        prompt = usage["input_tokens"] + read + written
        own = ModelResponse(
            id=body["id"],
            model=body["model"],
            usage=Usage(
                prompt_tokens=prompt,
                completion_tokens=usage["output_tokens"],
                total_tokens=prompt + usage["output_tokens"],
                prompt_tokens_details=PromptTokensDetailsWrapper(
                    cached_tokens=read,
                    cache_creation_tokens=written,
                    cache_creation_token_details=CacheCreationTokenDetails(**split),
                ),
                cache_read_input_tokens=read,
                cache_creation_input_tokens=written,
            ),
        )

    def call() -> float:
        price: float = completion_cost(completion_response=own, model=body["model"])
        return price

    return call


def cost_by_tokencost(name: str) -> Call:
    """Price counts of input, cached input and output, which is all that it knows."""
    from tokencost import calculate_cost_by_tokens

    body = response(name)
    usage, model = body["usage"], body["model"]
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    plain, output = usage["prompt_tokens"] - cached, usage["completion_tokens"]

    def call() -> Decimal:
        price: Decimal = (
            calculate_cost_by_tokens(plain, model, "input")
            + calculate_cost_by_tokens(cached, model, "cached")
            + calculate_cost_by_tokens(output, model, "output")
        )
        return price

    return call


def cost_by_hand(name: str) -> Call:
    """Add up known quantities at known prices: what nobody can go below."""
    lines, million = BY_HAND[name], Decimal(1_000_000)

    def call() -> Decimal:
        total = Decimal(0)
        for quantity, price in lines:
            total += quantity * price / million
        return total

    return call


def catalogue_by_snapshot(card: str) -> Call:
    """Load the shipped catalogue and one card of it."""
    import pricing

    def call() -> str:
        return pricing.load_catalog().card(card).name

    return call


def catalogue_by_yaml(card: str) -> Call:
    """Read and check every card file of the same catalogue."""
    import pricing

    cards = os.path.join(os.path.dirname(pricing.__file__), "ratecards")

    def call() -> str:
        return pricing.load_catalog(cards, shipped=False).card(card).name

    return call


QUESTIONS: dict[str, dict[str, Callable[[str], Call]]] = {
    "cost": {
        "pricing": cost_by_pricing,
        "genai-prices": cost_by_genai_prices,
        "litellm": cost_by_litellm,
        "litellm-object": cost_by_litellm_object,
        "tokencost": cost_by_tokencost,
        "hand": cost_by_hand,
    },
    "catalogue": {"snapshot": catalogue_by_snapshot, "yaml": catalogue_by_yaml},
}


def took(call: Call, calls: int) -> int:
    """Give the nanoseconds of so many calls."""
    turns = range(calls)
    start = perf_counter_ns()
    for _ in turns:
        call()
    return perf_counter_ns() - start


def main() -> None:
    question, library, *arguments = sys.argv[1:]
    with redirect_stdout(sys.stderr):
        call = QUESTIONS[question][library](*arguments)
        answer = call()
    shown = answer if isinstance(answer, str) else f"{float(answer):.9f}"  # type: ignore[arg-type]
    print(json.dumps(shown), flush=True)
    while line := sys.stdin.readline():
        with redirect_stdout(sys.stderr):
            elapsed = took(call, int(line))
        print(elapsed, flush=True)


if __name__ == "__main__":
    main()
