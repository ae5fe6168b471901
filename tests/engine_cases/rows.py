"""The rows: where they stand, what each holds, and which of them wait for another reader."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "cases" / "engine"
OWN = ROOT / "tests" / "cases" / "engine.jsonl"

#: rows name no instant that means anything, but for those with ``billed_at``
AT = "2026-11-20T12:00:00Z"

_SELLERS = {
    "aws": "aws-bedrock",
    "bedrock": "aws-bedrock",
    "bedrock_anthropic": "aws-bedrock",
    "dashscope": "alibaba",
    "gemini": "google-aistudio",
    "google": "google-aistudio",
    "google-gla": "google-aistudio",
    "moonshotai": "moonshot",
    "vertex_anthropic": "google-vertex",
    "vertex_gemini": "google-vertex",
    "x-ai": "xai",
}
_BUCKETS = {
    "text": "input",
    "audio": "input.audio",
    "image": "input.image",
    "video": "input.video",
    "read": "cache_read",
    "cached": "cache_read",
    "read_audio": "cache_read.audio",
    "w5": "cache_write",
    "w1h": "cache_write.1h",
    "out": "output",
    "out_reason": "output",
    "out_audio": "output.audio",
    "search": "web_search",
}


@dataclass(frozen=True)
class Row:
    """One worked example."""

    id: str
    verdict: str
    seller: str
    model: str
    rates: Mapping[str, Any] | None
    #: the response; None: the row holds counts only, and they are what is priced
    body: Any
    #: what the reading must give: meters, or (``inclusive``) counts inside one another
    counts: Mapping[str, Decimal] | None = None
    inclusive: bool = False
    total: Decimal | None = None
    reported: Decimal | None = None
    #: what the call's surroundings tell: a batch, an endpoint
    attributes: Mapping[str, str] = field(default_factory=dict)
    at: str | int = AT
    why: str = ""
    expect: str = ""
    source: str = ""
    #: other tools' message, where they refuse the row
    error: str = ""
    #: the API whose reader this row waits for
    waits_for: str | None = None
    #: the shape that the body is to be read as, where it does not tell it
    shape: str | None = None
    #: time windows that the card names
    windows: Mapping[str, Any] = field(default_factory=dict)
    #: how the total comes about
    sum: str = ""


def rows_of(name: str) -> list[Row]:
    """Give the rows of one file of the shared cases, or ``own``: those of the project itself."""
    path, read = FILES[name]
    with path.open(encoding="utf-8") as file:
        return [
            # bodies as everybody reads them; rates and expectations to the last digit
            read(json.loads(line), json.loads(line, parse_float=Decimal), f"{name}:{number}")
            for number, line in enumerate(file, 1)
        ]


def _own(plain: dict[str, Any], exact: dict[str, Any], place: str) -> Row:
    counts = exact.get("meters")
    return Row(
        id=f"{place} {exact['case']}",
        verdict=exact["verdict"],
        seller=exact["seller"],
        model=exact["response"]["model"],
        rates=exact.get("card"),
        body=plain["response"],
        counts=None if counts is None else {name: Decimal(n) for name, n in counts.items()},
        total=Decimal(exact["total"]) if "total" in exact else None,
        reported=Decimal(exact["reported"]) if "reported" in exact else None,
        attributes=exact.get("attributes", {}),
        at=exact.get("at", AT),
        why=exact.get("why", ""),
        expect=exact.get("expect", ""),
        source=exact["source"],
        windows=exact.get("windows", {}),
        sum=exact.get("sum", ""),
    )


#: a complaint about what the other tool was asked, not about the body
_NO_FLAVOR = "ValueError: Unknown api_flavor"


def _genai(plain: dict[str, Any], exact: dict[str, Any], place: str) -> Row:
    body = plain.get("response_json")
    counts = exact.get("usage")
    reported = (exact.get("reported_cost") or {}).get("cost")
    known = {"other_tool_wrong": "correct_total", "needs_other_card": "correct_total_estimate"}
    total = exact.get(known.get(exact["verdict"], "expected_total"))
    provider = exact.get("provider") or "nobody"
    return Row(
        id=f"{place} {exact['case_id'].rpartition('/')[2]}",
        verdict=exact["verdict"],
        seller=_SELLERS.get(provider, provider),
        model=exact.get("model") or "",
        rates=exact.get("rates"),
        body=body,
        counts=counts,
        inclusive=True,
        total=None if total is None else Decimal(total),
        reported=reported,
        why=exact.get("why", ""),
        source=exact["source"],
        error="" if exact.get("error", "").startswith(_NO_FLAVOR) else exact.get("error", ""),
        waits_for=_waits(body),
        shape=_named(body, provider, str(exact.get("api_flavor"))),
    )


def _litellm(plain: dict[str, Any], exact: dict[str, Any], place: str) -> Row:
    usage, dialect = plain["usage"], exact["dialect"]
    total = exact.get("expected_cost")
    attributes: dict[str, str] = {}
    if exact.get("batch"):
        attributes["service_tier"] = "batch"
    elif "service_tier" in exact and not exact["shape"].startswith("requested_"):
        # elsewhere it is the tier that was asked for, and the usage tells which one served
        attributes["service_tier"] = exact["service_tier"]
    if "location" in exact:
        attributes["endpoint"] = "regional"
    if "data_residency" in exact:
        attributes["endpoint"] = {"eu": "regional", "us": "geo"}[exact["data_residency"]]
    said = {}
    if "grounding_queries" in exact:
        queries = [f"query {number}" for number in range(int(exact["grounding_queries"]))]
        said["candidates"] = [{"groundingMetadata": {"webSearchQueries": queries}}]
    body: dict[str, Any] | None = {"model": plain["model"], "usage": usage, **said}
    buckets = exact.get("buckets")
    if dialect == "tokens_by_type":
        body, buckets = None, usage
    counts: dict[str, Decimal] | None = None
    if buckets is not None:
        counts = defaultdict(Decimal)
        for name, count in buckets.items():
            counts[_BUCKETS.get(name, name)] += count
    return Row(
        id=f"{place} {exact['id']}",
        verdict=exact["verdict"],
        seller=_SELLERS.get(exact["provider"], exact["provider"]),
        model=exact["model"],
        rates=exact["rates"] | {k: exact[k] for k in ("discount",) if k in exact} or None,
        body=body,
        counts=counts,
        total=None if total is None else Decimal(total),
        reported=exact.get("reported"),
        attributes=attributes,
        at=exact.get("billed_at", AT),
        why=exact.get("why") or exact.get("note", ""),
        expect=exact.get("expect", ""),
        source=exact["source"],
        waits_for=_waits(body),
    )


def _waits(body: Any) -> str | None:
    """Give the API that a row's body comes from, where no reader of this project takes it yet."""
    if body is None:
        return None
    usage = body.get("usage")
    if isinstance(usage, list):
        return "streams and logs"
    return None


def _named(body: Any, provider: str, api: str) -> str | None:
    """Give the shape that must be named, where the body alone does not tell it."""
    if (provider, api) == ("cohere", "tokens"):
        return "cohere.tokens"
    usage = body.get("usage") if isinstance(body, dict) else None
    if provider == "x-ai" and isinstance(usage, dict) and "total_tokens" not in usage:
        # without the sum nothing tells that reasoning stands beside the completion here
        return "xai.chat"
    return None


def iterations(row: Row) -> bool:
    """Tell whether a response was sampled several times: its top level is no sum then."""
    usage = row.body.get("usage") if isinstance(row.body, dict) else None
    return isinstance(usage, dict) and bool(usage.get("iterations"))


class File(NamedTuple):
    """Where rows stand, and how one is read: as JSON gives it, and with exact numbers."""

    path: Path
    read: Callable[[dict[str, Any], dict[str, Any], str], Row]


#: the files of rows: the project's own, and those that lie beside it
FILES = {
    "own": File(OWN, _own),
    "recorded": File(SHARED / "recorded.jsonl", _genai),
    "peer_tests": File(SHARED / "peer_tests.jsonl", _genai),
    "grid": File(SHARED / "grid.jsonl", _litellm),
    "reported_bugs": File(SHARED / "reported_bugs.jsonl", _litellm),
}
