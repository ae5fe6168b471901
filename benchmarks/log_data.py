"""Logs of any length: a tree of Claude Code's sessions, a gateway's log of calls, and Parquet.

Always the same: seeded, with days on which every model has a price.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 4, 1, tzinfo=UTC)
CLAUDE = ("claude-sonnet-4-5-20250929", "claude-opus-4-6", "claude-haiku-4-5-20251001")
OTHERS = {
    "openai": ("gpt-5-2025-08-07", "gpt-4.1-2025-04-14"),
    "google": ("gemini-2.5-pro", "gemini-2.5-flash"),
}
WORDS = ("function", "returns", "parsed", "usage", "records", "sums", "them", "into", "ledger")
FILES = 200


def write_tree(folder: Path, rows: int) -> Path:
    """Write sessions with one message a row; gives the folder that holds ``projects``."""
    r = random.Random(7)
    each = -(-rows // FILES)
    for first in range(0, rows, each):
        session = f"{r.getrandbits(128):032x}"
        place = folder / "projects" / f"-home-dev-{first // each % 20:02d}"
        place.mkdir(parents=True, exist_ok=True)
        with open(place / f"{session}.jsonl", "w", encoding="utf-8") as stream:
            for number in range(first, min(first + each, rows)):
                stream.write(
                    json.dumps(_message(r, number, rows, session), separators=(",", ":")) + "\n"
                )
    return folder


def _message(r: random.Random, number: int, rows: int, session: str) -> dict[str, object]:
    five, hour = r.randrange(6_000), r.randrange(20_000) if r.random() < 0.1 else 0
    return {
        "isSidechain": False,
        "cwd": "/home/dev",
        "sessionId": session,
        "version": "2.1.14",
        "message": {
            "model": r.choice(CLAUDE),
            "id": f"msg_{r.getrandbits(96):024x}",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": " ".join(r.choices(WORDS, k=r.randrange(4, 60)))}],
            "stop_reason": "end_turn",
            "usage": {
                "input_tokens": r.randrange(1, 400),
                "cache_creation_input_tokens": five + hour,
                "cache_read_input_tokens": r.randrange(160_000),
                "cache_creation": {
                    "ephemeral_5m_input_tokens": five,
                    "ephemeral_1h_input_tokens": hour,
                },
                "output_tokens": r.randrange(1, 2_500),
                "service_tier": "standard",
            },
        },
        "requestId": f"req_{r.getrandbits(96):024x}",
        "type": "assistant",
        "uuid": f"{r.getrandbits(128):032x}",
        "timestamp": _time(number, rows),
    }


def _time(number: int, rows: int) -> str:
    at = START + timedelta(seconds=60 * 86_400 * number // rows)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_calls(path: Path, rows: int) -> Path:
    """Write a gateway's log of three APIs."""
    r = random.Random(8)
    with open(path, "w", encoding="utf-8") as stream:
        for number in range(rows):
            prompt, out = r.randrange(1, 150_000), r.randrange(1, 2_500)
            cached, thought = prompt // 2, out // 3
            kind = r.random()
            if kind < 0.45:
                provider, model = "anthropic", r.choice(CLAUDE)
                usage: dict[str, object] = {
                    "input_tokens": prompt - cached,
                    "cache_creation_input_tokens": 0,
                    "cache_read_input_tokens": cached,
                    "output_tokens": out,
                }
            elif kind < 0.85:
                provider = "openai"
                usage = {
                    "prompt_tokens": prompt,
                    "completion_tokens": out,
                    "total_tokens": prompt + out,
                    "prompt_tokens_details": {"cached_tokens": cached},
                    "completion_tokens_details": {"reasoning_tokens": thought},
                }
            else:
                provider = "google"
                usage = {
                    "promptTokenCount": prompt,
                    "cachedContentTokenCount": cached,
                    "candidatesTokenCount": out,
                    "thoughtsTokenCount": thought,
                    "totalTokenCount": prompt + out + thought,
                }
            if provider != "anthropic":
                model = r.choice(OTHERS[provider])
            row = {
                "ts": _time(number, rows),
                "request_id": f"req_{r.getrandbits(96):024x}",
                "provider": provider,
                "model": model,
                "project": f"p{r.randrange(20):02d}",
                "usage": usage,
            }
            stream.write(json.dumps(row, separators=(",", ":")) + "\n")
    return path


def write_plain_calls(path: Path, rows: int, *, with_ids: bool) -> Path:
    """Write a gateway's log of one API, fast enough for ten million rows."""
    r = random.Random(9)
    few = [
        f'"provider":"anthropic","model":"{CLAUDE[number % 3]}","project":"p{number % 20:02d}",'
        f'"usage":{{"input_tokens":{r.randrange(4_000)},"cache_creation_input_tokens":0,'
        f'"cache_read_input_tokens":{r.randrange(150_000)},"output_tokens":{r.randrange(2_500)}}}}}'
        for number in range(10_007)
    ]
    with open(path, "w", encoding="utf-8") as stream:
        for first in range(0, rows, 100):
            start = f'{{"ts":"{_time(first, rows)}",'
            stream.writelines(
                f'{start}"request_id":"req_{number:024x}",{few[number % len(few)]}\n'
                if with_ids
                else f'{start}"request_id":null,{few[number % len(few)]}\n'
                for number in range(first, min(first + 100, rows))
            )
    return path


def write_parquet(path: Path, rows: int) -> Path:
    """Write requests as a warehouse has them: model, time and counts in columns."""
    import numpy as np
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    made = np.random.default_rng(3)
    start = int(START.timestamp()) * 1_000_000
    schema = pa.schema(
        [("model", pa.string()), ("at", pa.timestamp("us", tz="UTC"))]
        + [(name, pa.int64()) for name in ("input", "cache_read", "output")]
    )
    with ParquetWriter(path, schema) as writer:
        for first in range(0, rows, 1_000_000):
            count = min(1_000_000, rows - first)
            columns = [
                pa.array(np.array(CLAUDE)[made.integers(0, len(CLAUDE), count)]),
                pa.array(
                    start + made.integers(0, 60 * 86_400_000_000, count), schema.field(1).type
                ),
                *(pa.array(made.integers(0, most, count)) for most in (4_000, 150_000, 2_500)),
            ]
            writer.write_table(pa.table(columns, schema=schema))
    return path
