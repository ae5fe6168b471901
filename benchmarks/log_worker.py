"""Go through a log once, in a process of its own: ``log_worker.py WAY FILE``.

``floor-tree`` and ``floor-calls`` decode into types and keep the largest of each id, and nothing
else; ``duckdb`` sums a Parquet by model; ``genai-prices`` and ``litellm`` price each row.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def floor(path: Path, is_tree: bool) -> int:
    from log_types import call_of, row_of

    seen: dict[int, int] = {}
    for file in sorted(path.rglob("*.jsonl")) if is_tree else [path]:
        with open(file, "rb") as stream:
            for line in stream:
                if is_tree:
                    message = row_of(line).message
                    id, usage = message.id, message.usage
                else:
                    call = call_of(line)
                    id, usage = call.request_id, call.usage
                key, output = hash(id), usage.output_tokens
                if seen.get(key, -1) < output:
                    seen[key] = output
    return len(seen)


def genai_prices(path: Path) -> float:
    from genai_prices import extract_usage

    flavors = {"openai": {"api_flavor": "chat"}}
    total = 0.0
    with open(path, "rb") as stream:
        for line in stream:
            row = json.loads(line)
            provider = row["provider"]
            key = "usageMetadata" if provider == "google" else "usage"
            body = {"model": row["model"], "modelVersion": row["model"], key: row["usage"]}
            found = extract_usage(body, provider_id=provider, **flavors.get(provider, {}))
            total += float(found.calc_price().total_price)
    return total


def litellm(path: Path) -> float:
    from litellm import ModelResponse, Usage, completion_cost

    total = 0.0
    with open(path, "rb") as stream:
        for line in stream:
            row = json.loads(line)
            usage = row["usage"]
            if row["provider"] == "google":
                prompt, out = usage["promptTokenCount"], usage["candidatesTokenCount"]
            elif row["provider"] == "openai":
                prompt, out = usage["prompt_tokens"], usage["completion_tokens"]
            else:
                prompt, out = usage["input_tokens"], usage["output_tokens"]
            counts = Usage(prompt_tokens=prompt, completion_tokens=out, total_tokens=prompt + out)
            own = ModelResponse(model=row["model"], usage=counts)
            total += completion_cost(completion_response=own, model=row["model"])
    return total


def duckdb(path: Path) -> object:
    import duckdb

    counts = ", ".join(f"sum({name})" for name in ("input", "cache_read", "output"))
    query = f"select model, count(*), {counts} from read_parquet(?) group by model"
    return duckdb.execute(query, [str(path)]).fetchall()


def main(way: str, path: Path) -> None:
    if way.startswith("floor"):
        print(floor(path, way == "floor-tree"))
    else:
        print({"genai-prices": genai_prices, "litellm": litellm, "duckdb": duckdb}[way](path))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
