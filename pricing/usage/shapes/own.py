"""How APIs tell usage in their own responses, events and reports.

Each function fits one shape's records, by keys that no other shape has.
"""

from __future__ import annotations

from pricing.usage.shapes import kept, makers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Record = Mapping[str, Any]

#: the last event of a stream of Responses
_ENDS = ("response.completed", "response.incomplete", "response.failed")
#: objects and events of managed agents that hold usage
_MANAGED = ("session.usage", "session", "session_thread", "span.model_request_end")
_LIVE = ("session.usage.updated", "session.closed")


def anthropic_messages(r: Record, u: Record) -> bool:
    return (
        "input_tokens" in u
        and u.keys().isdisjoint(("total_tokens", "input_tokens_details", "input_token_details"))
        and "uncached_input_tokens" not in u
        and not openai_admin(r, u)
        and not anthropic_managed(r, u)
        and not kept.is_kept(r, u)
        and not makers.is_makers(r, u)
    )


def anthropic_managed(r: Record, u: Record) -> bool:
    if r.get("type") in _MANAGED:
        return not r.keys().isdisjoint(("usage", "model_usage"))
    return not u.keys().isdisjoint(("active_seconds", "list_cost"))


def anthropic_batch(r: Record, u: Record) -> bool:
    return {"custom_id", "result"} <= r.keys()


def anthropic_admin(r: Record, u: Record) -> bool:
    return "uncached_input_tokens" in u


def openai_chat(r: Record, u: Record) -> bool:
    return (
        "prompt_tokens" in u
        and r.get("object") != "batch"
        and not kept.is_kept(r, u)
        and not makers.is_makers(r, u)
    )


def openai_responses(r: Record, u: Record) -> bool:
    if r.get("type") in _ENDS:
        return "response" in r and not makers.is_makers(r, u)
    return (
        "input_tokens" in u
        and not u.keys().isdisjoint(("total_tokens", "input_tokens_details"))
        and u.keys().isdisjoint(("type", "input_token_details"))
        and r.get("object") != "batch"
        and not openai_admin(r, u)
        and not openai_images(r, u)
        and not kept.is_kept(r, u)
        and not makers.is_makers(r, u)
    )


def openai_batch(r: Record, u: Record) -> bool:
    return r.get("object") == "batch" and not u.keys().isdisjoint(("input_tokens", "prompt_tokens"))


def openai_images(r: Record, u: Record) -> bool:
    is_event = str(r.get("type")).startswith(("image_generation.", "image_edit."))
    return "input_tokens" in u and (is_event or {"created", "data"} <= r.keys())


def openai_realtime(r: Record, u: Record) -> bool:
    if r.get("type") == "response.done" or r.get("type") in _LIVE:
        return True
    return "input_token_details" in u and "type" not in u and not kept.is_kept(r, u)


def openai_admin(r: Record, u: Record) -> bool:
    return str(r.get("object")).startswith("organization.usage.")


def openai_transcription(r: Record, u: Record) -> bool:
    is_typed = "type" in u and not u.keys().isdisjoint(("seconds", "total_tokens"))
    return is_typed or "duration_seconds" in u
