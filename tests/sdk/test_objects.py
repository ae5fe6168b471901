"""Objects of the providers' own packages are read as the bodies that they were made from.

Each goes through its real client, which gets the body from a transport that answers with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pricing

WHY = "not installed here: `make test-sdk` makes an environment that has it"
anthropic = pytest.importorskip("anthropic", reason=f"anthropic is {WHY}")
openai = pytest.importorskip("openai", reason=f"openai is {WHY}")
genai = pytest.importorskip("google.genai", reason=f"google-genai is {WHY}")
httpx = pytest.importorskip("httpx2", reason=f"httpx2, which they call with, is {WHY}")


def answering(body: object) -> Any:
    """Give an HTTP client that answers everything with a body."""

    def answer(request: Any) -> Any:
        if isinstance(body, str):
            return httpx.Response(200, text=body, headers={"content-type": "application/x-jsonl"})
        return httpx.Response(200, json=body)

    return httpx.Client(transport=httpx.MockTransport(answer))


def claude(body: object) -> Any:
    return anthropic.Anthropic(api_key="k", http_client=answering(body))


def gpt(body: object) -> Any:
    return openai.OpenAI(api_key="k", admin_api_key="k", http_client=answering(body))


def gemini(body: object) -> Any:
    options = genai.types.HttpOptions(httpx_client=answering(body))
    return genai.Client(api_key="k", http_options=options)


def message(**more: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [{"type": "text", "text": "Hi"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
    } | more


COUNTS = {
    "input_tokens": 21,
    "cache_creation_input_tokens": 5000,
    "cache_read_input_tokens": 30000,
    "cache_creation": {"ephemeral_5m_input_tokens": 1500, "ephemeral_1h_input_tokens": 3500},
    "output_tokens": 700,
    "output_tokens_details": {"thinking_tokens": 500},
    "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
    "service_tier": "priority",
    "speed": "fast",
    "inference_geo": "us",
}
NO_CACHE = {
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
}
DECLINED = message(
    model="claude-opus-4-8",
    content=[
        {
            "type": "fallback",
            "from": {"model": "claude-fable-5"},
            "to": {"model": "claude-opus-4-8"},
            "trigger": {"type": "refusal", "category": "bio"},
        },
        {"type": "text", "text": "Hi"},
    ],
    usage={
        "input_tokens": 412,
        "output_tokens": 264,
        **NO_CACHE,
        "iterations": [
            {
                "type": "message",
                "model": "claude-fable-5",
                "input_tokens": 535,
                "output_tokens": 0,
                **NO_CACHE,
            },
            {
                "type": "fallback_message",
                "model": "claude-opus-4-8",
                "input_tokens": 412,
                "output_tokens": 264,
                **NO_CACHE,
            },
        ],
    },
)
REFUSED = message(
    model="claude-fable-5",
    content=[],
    stop_reason="refusal",
    stop_details={"type": "refusal", "category": "cyber", "explanation": None},
    usage={"input_tokens": 106, "output_tokens": 0, **NO_CACHE},
)
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_790_000_000,
    "model": "gpt-5.6-sol",
    "choices": [],
    "service_tier": "fast",
    "usage": {
        "prompt_tokens": 9000,
        "completion_tokens": 1500,
        "total_tokens": 10500,
        "prompt_tokens_details": {
            "cached_tokens": 6000,
            "cache_write_tokens": 2500,
            "audio_tokens": 100,
            "image_tokens": 0,
            "text_tokens": 400,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 1100,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    },
}
OPENROUTER = COMPLETION | {
    "model": "google/gemini-2.5-flash",
    "provider": "Google",
    "usage": {
        "prompt_tokens": 326,
        "completion_tokens": 91,
        "total_tokens": 417,
        "cost": 0.0001,
        "is_byok": True,
        "cost_details": {"upstream_inference_cost": 0.0003253},
    },
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_790_000_000,
    "model": "gpt-5.6-sol",
    "status": "completed",
    "service_tier": "default",
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [
        {"type": "web_search", "search_context_size": "high"},
        {"type": "image_generation", "model": "gpt-image-2"},
    ],
    "output": [
        {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": "q"},
        },
        {
            "type": "web_search_call",
            "id": "ws_2",
            "status": "completed",
            "action": {"type": "open_page", "url": "https://example.com"},
        },
        {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["a"]},
        {
            "type": "code_interpreter_call",
            "id": "ci_1",
            "status": "completed",
            "container_id": "c1",
            "code": "1",
            "outputs": [],
        },
    ],
    "tool_usage": {
        "web_search": {"num_requests": 1},
        "image_gen": {
            "input_tokens": 50,
            "input_tokens_details": {"text_tokens": 40, "image_tokens": 10},
            "output_tokens": 272,
            "output_tokens_details": {"text_tokens": 0, "image_tokens": 272},
            "total_tokens": 322,
        },
    },
    "prompt_cache_options": {"mode": "implicit", "ttl": "12h"},
    "usage": {
        "input_tokens": 9000,
        "input_tokens_details": {
            "cached_tokens": 6000,
            "cache_write_tokens": 2500,
            "cache_write_tokens_details": {"ttl_30m_tokens": 500, "ttl_12h_tokens": 2000},
        },
        "output_tokens": 1500,
        "output_tokens_details": {"reasoning_tokens": 1100},
        "total_tokens": 10500,
    },
}
COMPACTION = {
    "id": "resp_2",
    "object": "response.compaction",
    "created_at": 1_790_000_000,
    "output": [],
    "usage": RESPONSE["usage"],
}
EMBEDDING = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
    "usage": {"prompt_tokens": 812, "total_tokens": 812},
}
IMAGES = {
    "created": 1_790_000_000,
    "data": [{"b64_json": "AA=="}],
    "size": "1024x1024",
    "quality": "high",
    "usage": {
        "input_tokens": 370,
        "input_tokens_details": {"text_tokens": 50, "image_tokens": 320},
        "output_tokens": 4160,
        "total_tokens": 4530,
    },
    "svg_usage": {
        "model": "gpt-5.6-luna",
        "input_tokens": 90,
        "output_tokens": 60,
        "reasoning_tokens": 20,
        "total_tokens": 150,
    },
}
SPOKEN = {
    "text": "hi",
    "usage": {
        "type": "tokens",
        "input_tokens": 140,
        "input_token_details": {"text_tokens": 10, "audio_tokens": 130},
        "output_tokens": 35,
        "total_tokens": 175,
    },
}
SECONDS = {"text": "hi", "usage": {"type": "duration", "seconds": 12.5}}
BATCH = {
    "id": "batch_1",
    "object": "batch",
    "completion_window": "24h",
    "created_at": 1_790_000_000,
    "endpoint": "/v1/responses",
    "input_file_id": "f",
    "model": "gpt-5.2-2025-12-11",
    "status": "completed",
    "usage": {
        "input_tokens": 3000,
        "input_tokens_details": {"cached_tokens": 1000},
        "output_tokens": 600,
        "output_tokens_details": {"reasoning_tokens": 200},
        "total_tokens": 3600,
    },
}
GENERATED = {
    "responseId": "r1",
    "modelVersion": "gemini-2.5-pro",
    "candidates": [
        {
            "content": {"parts": [{"text": "Hi"}], "role": "model"},
            "groundingMetadata": {"webSearchQueries": ["a", "b"]},
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 2345,
        "cachedContentTokenCount": 1230,
        "candidatesTokenCount": 51,
        "thoughtsTokenCount": 213,
        "toolUsePromptTokenCount": 119,
        "totalTokenCount": 2728,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 587},
            {"modality": "AUDIO", "tokenCount": 1500},
            {"modality": "DOCUMENT", "tokenCount": 258},
        ],
        "cacheTokensDetails": [
            {"modality": "TEXT", "tokenCount": 230},
            {"modality": "AUDIO", "tokenCount": 1000},
        ],
        "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 51}],
        "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 119}],
        "trafficType": "ON_DEMAND",
    },
}
TURN = [{"role": "user", "content": "x"}]
CALLS: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "messages": (
        lambda b: claude(b).messages.create(model="m", max_tokens=1, messages=TURN),
        message(usage=COUNTS),
    ),
    "beta messages, declined": (
        lambda b: claude(b).beta.messages.create(model="m", max_tokens=1, messages=TURN),
        DECLINED,
    ),
    "messages, refused": (
        lambda b: claude(b).messages.create(model="m", max_tokens=1, messages=TURN),
        REFUSED,
    ),
    "chat": (lambda b: gpt(b).chat.completions.create(model="m", messages=TURN), COMPLETION),
    "chat at a gateway": (
        lambda b: gpt(b).chat.completions.create(model="m", messages=TURN),
        OPENROUTER,
    ),
    "responses": (lambda b: gpt(b).responses.create(model="m", input="x"), RESPONSE),
    "compaction": (lambda b: gpt(b).responses.compact(model="m"), COMPACTION),
    "embeddings": (
        lambda b: gpt(b).embeddings.create(model="m", input="x", encoding_format="float"),
        EMBEDDING,
    ),
    "images": (lambda b: gpt(b).images.generate(prompt="x"), IMAGES),
    "transcription": (
        lambda b: gpt(b).audio.transcriptions.create(model="m", file=("a.wav", b"")),
        SPOKEN,
    ),
    "transcription by the second": (
        lambda b: gpt(b).audio.transcriptions.create(model="whisper-1", file=("a.wav", b"")),
        SECONDS,
    ),
    "batch": (lambda b: gpt(b).batches.retrieve("batch_1"), BATCH),
    "generateContent": (
        lambda b: gemini(b).models.generate_content(model="m", contents="x"),
        GENERATED,
    ),
}


#: responses that name other models, tools or searches beside the usage object
TELL_MORE = ("images", "responses", "generateContent")


def facts(usages: tuple[pricing.Usage, ...]) -> list[dict[str, Any]]:
    """Give all that a usage says but for the record itself."""
    names = ("meters", "attributes", "model", "context_tokens", "aggregate", "id", "at", "free")
    more = ("reported", "reported_kind", "upstream", "unknown", "warnings", "cumulative", "labels")
    return [{name: getattr(usage, name) for name in (*names, *more)} for usage in usages]


@pytest.mark.parametrize("name", CALLS)
def test_an_object_is_read_as_its_body_is(name: str) -> None:
    call, body = CALLS[name]
    answer = call(body)
    assert not isinstance(answer, dict)
    found = facts(pricing.read_usage(answer))
    assert found == facts(pricing.read_usage(body))
    assert found[0]["meters"]
    assert not found[0]["unknown"]


@pytest.mark.parametrize("name", [name for name in CALLS if name not in TELL_MORE])
def test_a_bare_usage_object_has_the_meters_of_its_response(name: str) -> None:
    call, body = CALLS[name]
    (whole, *rest) = pricing.read_usage(body)
    found = pricing.read_usage(call(body).usage)
    got = [usage.meters for usage in found]
    meters = whole.meters
    if whole.model and whole.model.startswith("gpt-") and "cache_write.30m" in meters:
        # only the model tells how long a cache write of Chat lasts
        meters = {m.replace(".30m", "") if name == "chat" else m: q for m, q in meters.items()}
    assert got == [meters, *(usage.meters for usage in rest)]


def test_the_results_of_a_batch_are_read_line_by_line() -> None:
    import json

    line = {"custom_id": "a", "result": {"type": "succeeded", "message": message(usage=COUNTS)}}
    lines = [line, {"custom_id": "b", "result": {"type": "expired"}}]
    batch = {
        "id": "b",
        "type": "message_batch",
        "processing_status": "ended",
        "results_url": "https://api.anthropic.com/results",
        "request_counts": dict.fromkeys(
            ("canceled", "errored", "expired", "processing", "succeeded"), 0
        ),
        "created_at": "2026-11-20T12:00:00Z",
        "expires_at": "2026-11-21T12:00:00Z",
    }

    def answer(request: Any) -> Any:
        if request.url.path == "/results":
            return httpx.Response(200, text="\n".join(map(json.dumps, lines)))
        return httpx.Response(200, json=batch)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    client = anthropic.Anthropic(api_key="k", http_client=http)
    found = [pricing.read_usage(result) for result in client.messages.batches.results("b")]
    assert [facts(each) for each in found] == [facts(pricing.read_usage(each)) for each in lines]


def test_an_event_of_realtime_is_read_as_its_body_is() -> None:
    from openai.types.realtime import ResponseDoneEvent

    body = {
        "type": "response.done",
        "event_id": "e",
        "response": {
            "id": "resp_2",
            "object": "realtime.response",
            "usage": {
                "total_tokens": 1253,
                "input_tokens": 1132,
                "output_tokens": 121,
                "input_token_details": {
                    "text_tokens": 119,
                    "audio_tokens": 1013,
                    "cached_tokens": 564,
                    "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 500},
                },
                "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
            },
        },
    }
    event = ResponseDoneEvent.model_validate(body)
    assert facts(pricing.read_usage(event)) == facts(pricing.read_usage(body))
    assert facts(pricing.read_usage(event.response)) == facts(pricing.read_usage(body))


def test_usage_of_gemini_alone_and_live_is_read_as_its_body_is() -> None:
    counts = GENERATED["usageMetadata"]
    # Vertex tells the time; the client of the other API leaves it out
    dated = GENERATED | {"createTime": "2026-11-20T12:00:00Z"}
    whole = genai.types.GenerateContentResponse.model_validate(dated)
    assert facts(pricing.read_usage(whole)) == facts(pricing.read_usage(dated))
    (alone,) = pricing.read_usage(whole.usage_metadata)
    (body,) = pricing.read_usage(dated)
    fees = {meter for meter in body.meters if "grounding" in meter}
    assert alone.meters == {meter: n for meter, n in body.meters.items() if meter not in fees}
    live = {
        "usageMetadata": {
            "promptTokenCount": 900,
            "promptTokensDetails": [
                {"modality": "AUDIO", "tokenCount": 800},
                {"modality": "TEXT", "tokenCount": 100},
            ],
            "responseTokenCount": 240,
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 240}],
            "totalTokenCount": 1140,
        }
    }
    event = genai.types.LiveServerMessage.model_validate(live)
    assert facts(pricing.read_usage(event)) == facts(pricing.read_usage(live))
    assert counts["totalTokenCount"] == sum(alone.meters.values())


def test_a_row_of_a_usage_report_is_read_as_its_body_is() -> None:
    row = {
        "object": "organization.usage.completions.result",
        "input_tokens": 141201,
        "input_cached_tokens": 100000,
        "input_cache_write_tokens": 1200,
        "input_cache_write_12h_tokens": 200,
        "input_cache_write_30m_tokens": 1000,
        "input_uncached_tokens": 40001,
        "output_tokens": 9756,
        "num_model_requests": 470,
        "model": "gpt-5.6-sol",
        "batch": True,
    }
    bucket = {"object": "bucket", "start_time": 1, "end_time": 2, "results": [row]}
    page = gpt({"object": "page", "data": [bucket], "has_more": False, "next_page": None})
    report = page.admin.organization.usage.completions(start_time=1)
    (result,) = report.data[0].results
    assert facts(pricing.read_usage(result)) == facts(pricing.read_usage(row))


def test_usage_of_a_managed_session_is_read_as_its_body_is() -> None:
    from anthropic.types.beta import BetaManagedAgentsSessionUsageEvent

    body = {
        "id": "evt_1",
        "type": "session.usage",
        "processed_at": "2026-08-01T10:00:00Z",
        "usage": {
            "active_seconds": 412.5,
            "input_tokens": 5200,
            "output_tokens": 900,
            "cache_read_input_tokens": 41000,
            "cache_creation": {"ephemeral_5m_input_tokens": 2200, "ephemeral_1h_input_tokens": 0},
            "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
            "list_cost": {"amount": "8", "currency": "USD"},
        },
    }
    event = BetaManagedAgentsSessionUsageEvent.model_validate(body)
    assert facts(pricing.read_usage(event)) == facts(pricing.read_usage(body))
    assert pricing.read_usage(event)[0].reported == pricing.Money("0.08", "USD")


def test_a_message_object_costs_what_its_body_costs() -> None:
    call, body = CALLS["beta messages, declined"]
    catalog = pricing.load_catalog()
    # 535 x 10 (billed: bio) + 412 x 5 + 264 x 25 = 14,010 per million
    assert str(catalog.cost(call(body), at="2026-10-01").total) == "0.01401 USD"
