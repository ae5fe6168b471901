"""A row of LiteLLM's spend logs, from its API (JSON) or the table's dump (CSV).

``metadata`` is an object or its JSON text; the usage object in it tells more than the row's counts,
in which cache is inside the prompt. ``spend`` is LiteLLM's estimate. What its own cache answered
and what failed is free. Times without a zone are UTC's. All tags of a row together are its label
``tag``, so that no row counts twice; those that the proxy adds itself (``User-Agent: …``) are none.
Source: LiteLLM schema.prisma (LiteLLM_SpendLogs) of BerriAI/litellm at 029f645f, proxy/_types.py;
docs.litellm.ai on request tags (read 2026-11-21).
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.attributes import parsed, tags_of
from pricing.usage.lines import dollars
from pricing.usage.numbers import count, details, name
from pricing.usage.sellers import seller_of
from pricing.usage.shapes import litellm
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_LABELS = {
    "session_id": "session",
    "api_key": "key",
    "team_id": "team",
    "user": "user",
    "end_user": "end_user",
    "organization_id": "organization",
    "agent_id": "agent",
    "model_group": "model_group",
}
#: who called, which the proxy adds to every row's tags
_OWN_TAG = "User-Agent:"


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row.

    Raises:
        UsageError: a count that is no count, or metadata that is no JSON.
    """
    row = {key: value for key, value in record.items() if value not in (None, "")}
    metadata = parsed(row, "metadata")
    usage = {key: row[key] for key in _COUNTS if key in row}
    for key in ("additional_usage_values", "usage_object"):
        held = details(metadata, key)
        usage |= {name: value for name, value in held.items() if value is not None}
    body = {"model": name(row, "model") or name(row, "model_group"), "usage": usage}
    (found,) = litellm.read(body)
    models = metadata.get("batch_models")
    if models:
        found.aggregate, found.context_tokens = True, None
        found.attributes["service_tier"] = "batch"
        if isinstance(models, list) and len(set(map(str, models))) > 1:
            raise UsageError(f"a batch of {len(models)} models in one row")
    found.id = name(row, "request_id")
    found.at = when(row, "startTime", "start_time", utc=True)
    found.seller = seller_of(name(row, "custom_llm_provider"))
    found.labels = {new: str(row[key]) for key, new in _LABELS.items() if key in row}
    project = metadata.get("project_id")
    tag = tags_of(row.get("request_tags"), _OWN_TAG)
    found.labels |= {"project": str(project)} if project else {}
    found.labels |= {"tag": tag} if tag else {}
    found.raw = record
    found.reported = dollars("spend", row.get("spend"))
    if found.reported is not None:
        found.reported_kind = "estimate"
    if str(row.get("cache_hit")).lower() == "true":
        found.free = "cache_hits"
    elif row.get("status", metadata.get("status")) == "failure":
        found.free = "errors_not_billed"
    mismatched = [
        f"{key} is {row[key]}, in its metadata {usage[key]}"
        for key in _COUNTS
        if key in row and count(row, key) != count(usage, key)
    ]
    found.warnings += tuple(mismatched)
    return (found,)
